"""What lesson 12's questions hide: what explains their answers, all of which a cell computes."""

ANSWERS = {
    "How many of these 16 agents fell by more than 150 steps from one examination to the next, at least once?": {
        "because": "each fell at another time, and the mean hides that. As good as before its largest "
        "fall, at some later examination, were {back} of 16"
    },
    "What is the rank of the move of +35?": {
        "because": "of the four others, +40, +20, +17 and +5, three are smaller. So this fall was 'warned'"
    },
    "One instrument's mean rank is surely above chance under all three rules, at both learning rates. Which?": {
        "because": "of six times, surely above 0.5: {counts}"
    },
    "The highest value rings its alarm 100 times, at learning rate 0.003. How many great falls follow?": {
        "because": "by chance it would be 12. An alarm that is wrong five times of six is soon ignored"
    },
    "In how many of 100 networks that score 475 or more is a lost corner valued above half of the upright pole?": {
        "because": "there were {n} such networks here, and the median of their doomed value is {doomed:.0f}, where the "
        "truth is at most 3"
    },
    "How many falls are left in the ring after 5,000 steps of balancing?": {
        "because": "half of the ring is from before, with a fall in each 50. After 10,000 steps none is left"
    },
    "Which memory scores the least over training, that is, on average over the eight examinations?": {
        "because": "it holds one batch, and learns from its last second again and again. The table has the others"
    },
    "Which of these costs the most score over training?": {
        "because": "the table below has all four, with their intervals"
    },
    "Nearly every base agent is solved (475 or more) at some examination. How many of 64 are so at the last one?": {
        "because": "{ever} of 64 were solved at one of 20 examinations. It learns, and it does not stay"
    },
    "With which of these, alone, do surely more seeds end solved than in the base?": {
        "because": "the picture and the table have all nineteen"
    },
    "RECOMMENDED has twelve such parts. Without how many of them does it surely end lower, or less often solved?": {
        "because": "{needed}"
    },
    "Report the best of each seed's 20 examinations in place of its last: how many steps better does the base look?": {
        "because": "the last examinations have a mean of {last:.0f}, and nothing was learned in between. The luckiest "
        "seed ends at {lucky:.0f}, the unluckiest at {unlucky:.0f}"
    },
}
