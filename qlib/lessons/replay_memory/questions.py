"""What lesson 05's questions are answered with, kept out of its cells."""

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "one step later": {
        "question": "How strongly does the pole's angular velocity correlate with that of the next step?",
        "between": (0.0, 1.0, 0.05),
        "drag": "y",
        "because": (
            "the most restless of the four; the other three are above 0.9. In a shuffled batch all four are near 0."
        ),
    },
    "twenty steps later": {
        "question": "Twenty steps later, which of the four still says most about itself?",
        "choices": ["cart position", "cart velocity", "pole angle", "pole angular velocity"],
        "because": "the cart drifts slowly, and the pole swings to and fro within a few steps.",
    },
    "gamma 0.98": {
        "question": "With gamma 0.98 and rate 0.002: which agents score higher?",
        "choices": ["everything so far", "the last 64", "no difference shows"],
        "because": (
            "the pools differ by {gain} steps (everything so far minus the last 64; 95 % interval over 16 seeds). Yet "
            "the dots overlap: a single run of each could have told you the opposite."
        ),
    },
    "gamma 0.95": {
        "question": "And with gamma 0.95 and rate 0.005?",
        "choices": ["everything so far", "the last 64", "no difference shows"],
        "because": (
            "the pools differ by {gain} steps (everything so far minus the last 64; 95 % interval over 16 seeds). An "
            "interval that holds 0 is open, however far its middle is from 0."
        ),
    },
    "which sentence": {
        "question": "Which sentence may you write under these two pictures?",
        "choices": [
            "mixing the batch helps learning",
            "mixing the batch does not help learning",
            "gamma decides how much the pool matters",
            "this is what came out in these two settings",
        ],
        "answer": "this is what came out in these two settings",
        "because": (
            "two settings are no rule, and they differ in gamma and in the rate, so neither is known to matter. "
            "Nor do the pools differ in mixing alone, as you will see next."
        ),
    },
    "no memory": {
        "question": (
            "Full online learning against everything so far, each at its own best rate: what does it change in the "
            "mean of ten examinations?"
        ),
        "between": (-300, 100, 10),
        "within": 50,
        "unit": "steps",
        "because": (
            "{newest:.0f} on the held-out seeds. It sees each transition once, and batches of 64 see it some 64 times: "
            "the work differs as well as the mixing, and this does not say which of them counts. The last 64 only: "
            "{recent:.0f}."
        ),
    },
    "64 of 64": {
        "question": "Draw 64 times from a memory of 64. How many different transitions come, on average?",
        "between": (0, 64, 1),
        "because": (
            "each is missed with chance (1 - 1/64)^64, about 1 / e. From a memory of 1,000 it is {of_many:.0f}."
        ),
    },
    "terminations": {
        "question": "From step 300 to step 2,000: what becomes of the share of terminations in a memory of 2,000?",
        "choices": ["it falls", "it stays", "it rises"],
        "because": "the longer the episodes, the rarer their ends. A good agent's small memory may hold none at all.",
    },
    "slot 2": {
        "question": "Transitions 0 to 10 are pushed into a ring of 8 slots. Which of them sits in slot 2?",
        "choices": [2, 3, 8, 10],
        "answer": 10,
        "because": "10 modulo 8 is 2, and it overwrites number 2. The oldest, number 3, is the next to go.",
    },
    "tuples": {
        "question": "A transition in the ring takes 45 bytes. How much do the tuples of small tensors take?",
        "choices": ["about the same", "about three times", "more than ten times that"],
        "answer": {True: "more than ten times that", False: "about three times"},
        "because": "each is a Python object with a header, a reference count and memory of its own.",
    },
    "never happened": {
        "question": "How many of the 64 never happened?",
        "between": (0, 64, 1),
        "because": "99 of 100 rows are zeros. They teach an agent that a perfect state earns 0 and leads to itself.",
    },
    "remembered": {
        "question": "What does the list hold now?",
        "choices": ["all three observations", "three times the newest", "three times the first"],
        "because": "it holds one array three times. Writing into a row of a tensor makes a copy; so does .copy().",
    },
}
