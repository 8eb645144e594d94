"""What lesson 05's questions are answered with, kept out of its cells."""

ANSWERS: dict[str, dict] = {
    "How strongly does the pole's angular velocity correlate with that of the next step?": {
        "because": "and it is the most restless of the four: the other three are above 0.9. In a shuffled batch all "
        "four are near 0.",
    },
    "Twenty steps later, which of the four still says most about itself?": {
        "because": "the cart drifts slowly, and the pole swings to and fro within a few steps.",
    },
    "With gamma 0.98 and rate 0.002: which agents score higher?": {
        "because": "yet the dots overlap: a single run of each could have told you the opposite.",
    },
    "And with gamma 0.95 and rate 0.005?": {
        "because": "the interval of the difference holds zero.",
    },
    "Which sentence may you write under these two pictures?": {
        "answer": "this is what came out in these two settings",
        "because": "they differ in gamma and in the rate, so neither is known to matter, and in one no "
        "difference shows.",
    },
    "Draw 64 times from a memory of 64. How many different transitions come, on average?": {
        "because": "each is missed with chance (1 - 1/64)^64, about 1 / e. From a memory of 1,000 it is {of_many:.0f}.",
    },
    "From step 300 to step 2,000: what becomes of the share of terminations in a memory of 2,000?": {
        "because": "the longer the episodes, the rarer their ends. A good agent's small memory may hold none at all.",
    },
    "Transitions 0 to 10 are pushed into a ring of 8 slots. Which of them sits in slot 2?": {
        "answer": 10,
        "because": "10 modulo 8 is 2, and it overwrites number 2. The oldest, number 3, is the next to go.",
    },
    "A transition in the ring takes 45 bytes. How much do the tuples of small tensors take?": {
        "because": "each is a Python object with a header, a reference count and memory of its own.",
    },
    "How many of the 64 never happened?": {
        "because": "99 of 100 rows are zeros. They teach an agent that a perfect state earns 0 and leads to itself.",
    },
    "What does `remembered` hold now?": {
        "because": "it holds one array three times. Writing into a row of a tensor makes a copy; so does .copy().",
    },
}
