"""What lesson 04's questions are answered with, kept out of its cells."""

ANSWERS: dict[str, dict] = {
    "How many of the 16 untrained agents push to one side in more than nine states out of ten?": {
        "because": "noise in the weights is no noise in the actions. Greed makes a habit of it.",
    },
    "Two actions, epsilon 0.1, 1,000 steps: how often is the action taken that looks worse?": {
        "because": "half of the 100 random actions happen to be the better one. A random action is not a wrong action.",
    },
    "1,000 episodes of 500 steps at epsilon 0, <= and torch.rand: how likely is a random step?": {
        "answer": "about 3%",
        "because": "500,000 draws, each 0.0 once in 17 million times. With NumPy's finer numbers it is 6e-11.",
    },
    "What does batch.argmax() give for the values of 1,000 states, shape (1000, 2)?": {
        "because": "it counts through the flattened tensor, to the highest of 2,000 values. argmax(1) gives actions.",
    },
    "Training ends near epsilon 0.05. Left on in scoring, how much of the score does that cost?": {
        "because": "one step in 40 goes the other way, and these agents mostly recover from it.",
    },
    "And at epsilon 0.5, where half of the steps are random?": {
        "because": "the thin lines, one an agent, tell more: the better the agent, the more it loses.",
    },
    "One agent plays one start five times. With which epsilon are all five scores the same?": {
        "because": "the greedy policy does the same in the same state. So different scores of one start give "
        "exploration away.",
    },
    "It reaches 0.0496 at episode 600. What is epsilon in the last of the 1,000 episodes?": {
        "because": "it falls through what the original calls min_epsilon. {printed} is what that notebook printed.",
    },
    "With a floor of 0.05 the last 100 of 2,000 episodes hold 500 random actions. And without?": {
        "because": "that count is the diagnostic: how many random actions are still to come?",
    },
    "With a floor of 0.05: how many runs of 100 end with the button that got better?": {
        "because": "without a floor it is {without:.0f}. What is not known when exploring ends is never learned. The "
        "toy is built to show that; what a floor is worth in CartPole is another question.",
    },
    "Always left lasts 9 steps on average. What if every tie is broken at random?": {
        "because": "pushes to both sides cancel out in part.",
    },
}
