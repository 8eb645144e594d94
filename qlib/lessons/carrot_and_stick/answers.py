"""What explains the answers of lesson 10, by question: a cell that asks gives nothing away."""

from __future__ import annotations

from typing import Any

ANSWERS: dict[str, dict[str, Any]] = {
    "The original's agent holds the pole for all 500 steps; the limit ends the game. Its last reward?": {
        "because": "a perfect episode ends with a punishment. Section 4 measures what that costs."
    },
    "Gamma 0.8: how many times as much is one more step worth with a stick of −10 as without?": {
        "because": "the factor is (1 − stick · (1 − gamma)) / gamma, wherever you are. A stick of −100 makes it "
        "{heavy:.0f}; at gamma 0.99 one of −10 makes it {far:.1f}."
    },
    "A random policy falls after some 22 steps. Without a stick, which gammas surely pass 90?": {
        "because": "their intervals lie above 90 steps. So nobody needs a stick here, whatever the gamma."
    },
    "The next sixteen seeds, 16 to 31: what does the stick of −100 change there?": {
        "because": "the next sixteen say nothing of a loss. Both intervals were computed as they should be. All 128 "
        "seeds together say {every:.0f}."
    },
    "At which gammas does a stick of −10 help, over 128 seeds?": {
        "because": "by some tens of steps, and at 0.8 the interval holds 0. A stick of −100 does harm there."
    },
    "Without the terminal cut, which of these three surely pass 90 steps over training?": {
        "because": "the stick stands in for the missing cut, and it can do so only where the look ahead is short."
    },
    "What does the punishment at the limit change in the score, in the second half of training?": {
        "because": "with its interval {change:.0f}. No cost is shown, and a large one is ruled out."
    },
    "Punished at the limit of 20 as well: how many steps do they hold it, after 1,500 steps?": {
        "because": "against the others that is {change:.1f}. A step of balancing pays {pays:.2f} on average, so it is "
        "better to fall at once, and that is what they learned."
    },
    "Gamma 0.8, no stick: a fall 3 steps away costs 2.56. What does a fall 30 steps away cost?": {
        "because": "it is as good as invisible. Ten steps away it costs {ten:.2f}. At gamma 0.99 a fall 30 steps away "
        "costs {far:.0f}."
    },
    "Where the pole tips, which gamma has the wider action gap, as a share of its ceiling?": {
        "because": "the gap is {short:.2f} of the ceiling at gamma 0.8, and {long:.2f} at 0.99."
    },
    "Gamma 0.95, 500 sweeps: the state beside the goal is worth −1 with the cut. And without?": {
        "because": "every other state is worth the same, the first one {first:.1f}. All are −1 / (1 − gamma), and "
        "there is nothing to choose between."
    },
    "Under the bonus, where does the best policy turn round, and go left?": {
        "because": "one step back costs nothing, one step forth pays 0.5, for ever. The goal would end it."
    },
    "With a potential that is not 0 at the end: in how many of 1,000 worlds is the best policy kept?": {
        "because": "otherwise ending itself is paid or punished, and that matters in the rest. With 0 at the end it is "
        "{safe:,}. With a bonus that is no potential it is {free}."
    },
    "Without a bonus they score 204 over training, on 128 seeds. And with the speed bonus?": {
        "because": "they learned exactly what they are paid for: a rush that ends in a fall. For the two other bonuses "
        "no harm is shown."
    },
    "Against no bonus, is the agent with the speed bonus paid more or less, bonus included?": {
        "because": "its episodes are so short. Whether it seems better depends on how you add it up."
    },
}
