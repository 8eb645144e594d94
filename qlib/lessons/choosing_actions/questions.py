"""What lesson 04's questions are answered with, kept out of its cells."""

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "one side": {
        "question": "How many of the 16 untrained agents push to one side in more than nine states out of ten?",
        "between": (0, 16, 1),
        "because": (
            "the difference of an untrained network's two values hardly changes from state to state, so in most "
            "networks the same one stays on top. Greed makes a habit of that."
        ),
    },
    "the worse action": {
        "question": "Two actions, epsilon 0.1: about how often in 1,000 steps is the one taken that looks worse?",
        "choices": [10, 50, 100],
        "because": (
            "counted over 10,000 steps and divided by ten. To be expected are 50: half of the 100 random actions "
            "happen to be the better one. A random action is not a wrong action."
        ),
    },
    "a random zero": {
        "question": "1,000 episodes of 500 steps at epsilon 0, <= and torch.rand: how likely is a random step?",
        "choices": ["never happens", "about 1 in a million", "about 3 %", "about 50 %"],
        "answer": "about 3 %",
        "because": "500,000 draws, each 0.0 once in 17 million times. With NumPy's finer numbers it is 6e-11.",
    },
    "argmax of a batch": {
        "question": "What does batch.argmax() give for the values of 1,000 states, shape (1000, 2)?",
        "choices": ["1,000 actions", "an action", "one number, often far above 1", "an error"],
        "answer": {True: "an action", False: "one number, often far above 1"},
        "because": (
            "it counts through the flattened tensor, to the highest of 2,000 values. On a batch of one it is right, "
            "and so the slip goes unseen. argmax(1) gives 1,000 actions."
        ),
    },
    "epsilon left on": {
        "question": "Training ends near epsilon 0.05. Left on in scoring, how much of the score does that cost?",
        "between": (0, 100, 1),
        "within": 5,
        "unit": "%",
        "because": "half of the random actions are the greedy one, so only one step in 40 goes the other way.",
    },
    "half at random": {
        "question": "And at epsilon 0.5, where half of the steps are random?",
        "between": (0, 100, 1),
        "unit": "%",
        "because": "the thin lines are one an agent: what it costs differs from one to the next.",
    },
    "five scores": {
        "question": "One agent plays one start five times. With which epsilon are all five scores the same?",
        "choices": ["only with epsilon 0", "only with epsilon 0.5", "with both", "with neither"],
        "because": (
            "the greedy policy does the same in the same state, and CartPole has no randomness of its own after the "
            "start. That is the diagnostic: different scores of one start give exploration away."
        ),
    },
    "the last episode": {
        "question": "It reaches 0.0496 at episode 600. What is epsilon in the last of the 1,000 episodes?",
        "choices": [0.05, 0.02, 0.007, 0.001],
        "because": "it falls through what the original calls min_epsilon. {printed} is what that notebook printed.",
    },
    "without a floor": {
        "question": "With a floor of 0.05 the last 100 of 2,000 episodes hold 500 random actions. And without?",
        "choices": [500, 50, 5, 0.6],
        "because": "that count is the diagnostic: how many random actions are still to come?",
    },
    "the better button": {
        "question": "With a floor of 0.05: how many runs of 100 end with the button that got better?",
        "between": (0, 100, 5),
        "because": (
            "without a floor it is {without:.0f}. What is not known when exploring ends is never learned. "
            "The toy is built to show that; what a floor is worth in CartPole is another question."
        ),
    },
    "ties": {
        "question": "Always left lasts 9 steps on average. What if every tie is broken at random?",
        "choices": ["half as long", "about as long", "more than twice as long"],
        "because": "pushes to both sides cancel out in part.",
    },
}
