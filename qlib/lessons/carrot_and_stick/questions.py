"""What explains the answers of lesson 10, by question: a cell that asks gives nothing away."""

from __future__ import annotations

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "the last reward": {
        "question": "The original's agent holds the pole for all 500 steps; the limit ends the game. Its last reward?",
        "choices": [1, 0, -10],
        "because": "a perfect episode ends with a punishment. Section 4 measures what that costs.",
    },
    "one more step": {
        "question": "Gamma 0.8: how many times as much is one more step worth with a stick of −10 as without?",
        "between": (1.0, 30.0, 0.5),
        "within": 1.0,
        "because": (
            "the factor is (1 − stick · (1 − gamma)) / gamma, wherever you are. A stick of −100 makes it "
            "{heavy:.0f}; at gamma 0.99 one of −10 makes it {far:.1f}."
        ),
    },
    "without a stick": {
        "question": "A random policy falls after some 22 steps. Without a stick, how many gammas are shown to pass 90?",
        "choices": [0, 1, 2, 3],
        "because": "count the intervals that lie above 90 steps. So at these three gammas nobody needs a stick.",
    },
    "other seeds": {
        "question": "The next sixteen seeds, 16 to 31: what does the stick of −100 change there?",
        "between": (-120, 120, 5),
        "unit": "steps",
        "because": (
            "the next sixteen say nothing of a loss. Both intervals were computed as they should be. All 128"
            " seeds together say {every:.0f}."
        ),
    },
    "where it helps": {
        "question": "At which gammas is a stick of −10 shown to help, on both sets of seeds?",
        "choices": ["none of them", "0.8", "0.8 and 0.95", "0.95 and 0.99", "0.8 and 0.95 and 0.99"],
        "because": "by some tens of steps, and at 0.8 it is open. A stick of −100 does harm there.",
    },
    "its own gamma": {
        "question": "Each at its own best gamma: how many of the three sticks are shown to be above no stick?",
        "choices": [0, 1, 2, 3],
        "because": (
            "the best gammas are: {gammas}. There, against no stick, the held-out seeds say: {gains}. All hold 0. What "
            "a stick wins at a long horizon, no stick has at a shorter one."
        ),
    },
    "without the cut": {
        "question": "Without the terminal cut, which of these three are shown to pass 90 steps over training?",
        "choices": [
            "none of them",
            "stick none, gamma 0.8",
            "stick -10, gamma 0.8",
            "stick -10, gamma 0.99",
            "stick -10, gamma 0.8; stick -10, gamma 0.99",
            "stick none, gamma 0.8; stick -10, gamma 0.8; stick -10, gamma 0.99",
        ],
        "because": "the stick stands in for the missing cut, and it can do so only where the look ahead is short.",
    },
    "limit punished": {
        "question": "What does the punishment at the limit change in the score, in the second half of training?",
        "between": (-200, 50, 5),
        "unit": "steps",
        "because": "on 32 held-out seeds it is {change:.0f}. No cost is shown, and a large one is ruled out.",
    },
    "limit of 20": {
        "question": "Punished at the limit of 20 as well: how many steps do they hold it, after 1,500 steps?",
        "between": (0, 20, 1),
        "unit": "steps",
        "because": (
            "against the others that is {change:.1f}. A step of balancing pays {pays:.2f} on average, so it "
            "is better to fall at once, and that is what they learned."
        ),
    },
    "out of sight": {
        "question": (
            "Gamma 0.8, no stick: a fall 3 steps away costs 2.56. From how many steps on does it cost less than 0.1?"
        ),
        "between": (4, 60, 1),
        "within": 3,
        "because": (
            "from there on it is as good as invisible. Ten steps away it costs {ten:.2f}, and 30 "
            "steps away {thirty:.3f}."
        ),
    },
    "wider gap": {
        "question": "Where the pole tips, which gamma has the wider action gap, as a share of its ceiling?",
        "choices": ["gamma 0.8", "gamma 0.99"],
        "answer": {True: "gamma 0.99", False: "gamma 0.8"},
        "because": "the gap is {short:.2f} of the ceiling at gamma 0.8, and {long:.2f} at 0.99.",
    },
    "beside the goal": {
        "question": "Gamma 0.95, 500 sweeps: the state beside the goal is worth −1 with the cut. And without?",
        "between": (-25.0, 0.0, 0.5),
        "within": 0.5,
        "because": (
            "every other state is worth the same, the first one {first:.1f}. All are −1 / (1 − gamma), and "
            "there is nothing to choose between."
        ),
    },
    "turns round": {
        "question": "Under the bonus, where does the best policy turn round, and go left?",
        "choices": ["nowhere", "at the wall", "in the middle", "one step before the goal"],
        "because": "one step back costs nothing, one step forth pays 0.5, for ever. The goal would end it.",
    },
    "worlds kept": {
        "question": "With a potential that is not 0 at the end: in how many of 1,000 worlds is the best policy kept?",
        "between": (0, 1000, 10),
        "within": 50,
        "because": (
            "otherwise ending itself is paid or punished, and that matters in the rest. With 0 at the end it"
            " is {safe:,}. With a bonus that is no potential it is {free}."
        ),
    },
    "speed bonus": {
        "question": "Without a bonus they score 204 over training, on 128 seeds. And with the speed bonus?",
        "between": (0, 400, 5),
        "within": 20,
        "unit": "steps",
        "because": "far fewer than without. For the two other bonuses no harm is shown.",
    },
    "what is paid": {
        "question": "Against no bonus, is the agent with the speed bonus paid more or less, bonus included?",
        "choices": [
            "less for a step, less for the episode",
            "less for a step, more for the episode",
            "more for a step, less for the episode",
            "more for a step, more for the episode",
        ],
        "because": (
            "its episodes are so short. Whether it seems better depends on how you add it up. It learned exactly what "
            "it was paid for, a rush that ends in a fall."
        ),
    },
}
