"""What lesson 12's questions hide: what explains their answers, all of which a cell computes."""

ANSWERS = {
    "How many of these 16 agents fell by more than 150 from one examination to the next, ever?": {
        "because": "each fell at another time, and the mean hides that. As good as before its largest "
        "fall, at some later examination, were {back} of 16"
    },
    "What is the rank of the move of +35?": {
        "because": "of the four others, +40, +20, +17 and +5, three are smaller. So this fall was 'warned'"
    },
    "Under all three rules, at both rates, one instrument's mean rank is surely above chance. Which?": {
        "because": "of six times, surely above 0.5: {counts}"
    },
    "The highest value rings its alarm 100 times, at learning rate 0.003. How many great falls follow?": {
        "because": "by chance it would be 12. An alarm that is wrong five times of six is soon ignored"
    },
    "Of 100 networks that score 475 or more, how many value a lost corner above half of the middle?": {
        "because": "there were {n} such networks here, and the median of their doomed value is {doomed:.0f}, where the "
        "truth is at most 3"
    },
    "How many falls are left in the ring after 5,000 steps of balancing?": {
        "because": "half of the ring is from before, with a fall in each 50. After 10,000 steps none is left"
    },
    "Which memory scores the least over training, that is, on average over the eight examinations?": {
        "because": "it holds one batch, and learns from its last second again and again. The table has the others"
    },
    "Which of these costs the most score over training?": {"because": "the table has all four, with their intervals"},
    "Nearly every base agent is solved (475) at some examination. How many of 64 are at the last one?": {
        "because": "{ever} of 64 were solved at one of 20 examinations. It learns, and it does not stay"
    },
    "With which of these, alone, do surely more seeds end solved than in the base?": {
        "because": "the picture and the table have all nineteen"
    },
    "And *over training*: how many of the nineteen rows are surely better than the base?": {
        "because": "better: {up}. Worse: {down}"
    },
    "With a memory of 1,000, and with one of 10,000: is it better or worse than the run's mean?": {
        "because": "{gains} steps. The same rule, two results"
    },
    "At the end, how many of the three smaller memories differ surely from 10,000?": {
        "because": "sixteen seeds say little about the end, where chance has the last word. Over training they say more"
    },
    "Without which of these parts is it surely faster over training?": {
        "because": "a target network slows it, and one that is slower still slows it more"
    },
    "It has twelve such parts. Without how many does it surely end lower, or less often solved?": {
        "because": "{needed}"
    },
    "Report each seed's best examination in place of its last: how much better does the base look?": {
        "because": "the last examinations have a mean of {last:.0f}, and nothing was learned in between. The luckiest "
        "seed ends at {lucky:.0f}, the unluckiest at {unlucky:.0f}"
    },
}
