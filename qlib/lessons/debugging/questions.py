"""What lesson 08's questions hide: answers that no cell computes, and what explains them."""

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "errors raised": {
        "question": "We train a network with each of the five broken losses. How many of them raise an error?",
        "choices": [0, 1, 2, 3, 5],
        "answer": 0,
        "because": (
            "PyTorch checks shapes and types, and all of these fit. What is wrong is what they mean. (For "
            "the broadcast, F.mse_loss would warn. The loss here is written out by hand, and then nothing "
            "does.)"
        ),
    },
    "lowest loss": {
        "question": "Which of the six has the lowest loss after 100 updates?",
        "choices": ["whole", "all actions", "no cut", "broadcast", "through target", "same observation"],
        "because": (
            "without the cut, a doomed state's target is a guess about what follows a fall. The network "
            "makes that guess itself, and agrees with it. A lower loss than the whole update's, and the most"
            " wrong values: see its doomed states."
        ),
    },
    "half the gap": {
        "question": "For how many of the five broken updates is the mean gap less than half of the whole one's?",
        "choices": [0, 1, 2, 3, 4, 5],
        "because": (
            "the smallest gaps are those of {smallest}. Where both actions are pulled to one target, or "
            "every value to all targets, the greedy choice hangs on noise. Why through target is among them, "
            "the table does not say."
        ),
    },
    "limit as a fall": {
        "question": "The time limit is stored as a fall. What becomes of the values of the last steps (truth: 20)?",
        "choices": ["higher", "lower", "the same", "they vanish"],
        "answer": "lower",
        "because": (
            "the network learns that at that place of the track nothing follows. An agent that acts on such values "
            "would shy away from a perfectly good place. Where nothing shows the time (centred), the same mistake "
            "lowers all values a little, and hides."
        ),
    },
    "two actions": {
        "question": (
            "Two actions, one network, the usual maximum: how high is the highest value of a state, on average over "
            "the memory, in the median seed?"
        ),
        "choices": ["about 20", "20 to 40", "40 to 200", "above 200"],
        "answer": "above 200",
        "because": (
            "with one output, and so no maximum, the values come out at 20. With two they run away. A slower"
            " network in the target, with or without Double DQN, holds them back: after 200 updates they "
            "are still on their way up."
        ),
    },
    "same observation": {
        "question": "The update that values the same observation looked almost whole. Which probe fails it first?",
        "choices": ["Value", "Observation", "End", "Delay", "Action", "Policy", "none"],
        "because": (
            "it is the first that needs a next observation other than the one before: its 0 must learn from its 1."
        ),
    },
    "through the target": {
        "question": "Now the gradient through the target. Which is the first probe that fails it?",
        "choices": ["Value", "Observation", "End", "Delay", "Action", "Policy", "none"],
        "because": (
            "without chance in them, its values came out right: a test finds only what it was made for. Nor "
            "has any probe a time limit; there you count. The first failure of each: {firsts}."
        ),
    },
    "absolute values": {
        "question": "A network sees absolute values only, and learns by a flawless update. Does the audit find that?",
        "choices": ["yes", "no"],
        "answer": "no",
        "because": (
            "the audit compares an agent with its own settings and its own network, and there all agrees. "
            "That it cannot tell two states apart is seen where the truth is known: the probe Observation "
            "fails."
        ),
    },
    "best instrument": {
        "question": "The audit aside: which has the largest share of alarms on broken agents minus that on sound ones?",
        "choices": [
            "score",
            "highest value / ceiling",
            "gap between actions",
            "loss",
            "gradient",
            "counted rows",
            "any probe",
        ],
        "because": (
            "hits {hits:.0%}, false alarms {false:.0%}. The striped bars are alarms on sound "
            "agents: an instrument that cries at everything is no instrument."
        ),
    },
    "audit": {
        "question": "And the audit: how many of the 18 faults did it find on most seeds?",
        "between": (0, 18),
        "within": 1,
        "because": (
            "hits {hits:.0%}, false alarms {false:.0%} on sound agents. The picture shows which instrument "
            "found which fault."
        ),
    },
}
