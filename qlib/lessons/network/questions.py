"""What lesson 02's questions are answered with, and why: kept out of its cells."""

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "how many numbers": {
        "question": "How many numbers does a network with layers of 4, 24, 24 and 2 units learn?",
        "between": (0, 2000, 10),
        "within": 100,
        "because": (
            "4 · 24 + 24 · 24 + 24 · 2 lines carry a weight each, and 24 + 24 + 2 units have a bias each. "
            "Section 5 takes the count apart."
        ),
    },
    "one step": {
        "question": "w is 2, the loss is (3w - 5)², the rate is 0.1. What is w after one step of SGD?",
        "choices": [0.6, 1.4, 2.0, 2.6],
        "because": "the loss is (3w - 5)², so its slope at 2 is 2 · (6 - 5) · 3 = 6, and SGD goes 0.1 · 6 downhill.",
    },
    "two backwards": {
        "question": "The loss is (3w - 5)², w is 2: backward() runs twice, zero_grad() never. What is w.grad?",
        "choices": [0, 3, 6, 12, 36],
        "because": (
            "gradients add up until zero_grad() takes them away. No error is raised, and SGD's step is twice "
            "as long as it should be."
        ),
    },
    "without ReLU": {
        "question": "Layers of 4, 24, 24 and 2 units without a ReLU: how many numbers would one layer need instead?",
        "choices": [2, 10, 58, 192],
        "because": (
            "W3 W2 W1 is one matrix of 2 by 4, and the biases melt into 2 numbers. Without the ReLU, all the"
            " other weights are for nothing: the network is a straight line in disguise."
        ),
    },
    "leaning": {
        "question": "The pole is at rest, 0.05 rad to the right. Which push has the higher value?",
        "choices": ["Push left", "Push right"],
        "because": "left is worth {values[0]:.2f}, right {values[1]:.2f}: a cart that goes right gets under the pole.",
    },
    "swinging back": {
        "question": "The pole, 0.05 rad to the right, swings back at 1.5 rad/s. Which push has the higher value?",
        "choices": ["Push left", "Push right"],
        "because": (
            "left is worth {values[0]:.2f}, right {values[1]:.2f}. The pole will be on the other side in a "
            "moment, and the network reads that from the speed. A rule on the angle alone could not."
        ),
    },
    "twice the units": {
        "question": "4, 24, 24, 2 becomes 4, 48, 48, 2. How many times as many numbers does the network have?",
        "between": (1.0, 8.0, 0.1),
        "within": 0.3,
        "because": (
            "the weights between the two hidden layers become four times as many, the other weights twice: "
            "{before} before, {after:,} after. Double one layer only, and it is {one:.1f} times."
        ),
    },
    "before the fall": {
        "question": "A stick of -10, gamma 0.8: what is the return two steps before the fall?",
        "between": (-12.0, 2.0, 0.5),
        "within": 0.3,
        "because": (
            "the next reward is 1, and after it comes the stick, discounted once: 1 + 0.8 · (-10). With "
            "three steps left it is 1 + 0.8 · (-7) = -4.6. From six steps on the return is above 0: {means}."
        ),
    },
    "a ReLU at the end": {
        "question": "One step before the fall: what does the network with a ReLU at its end say, on average?",
        "between": (-10.0, 5.0, 0.5),
        "within": 1,
        "because": (
            "it comes as near to -10 as it can, and a ReLU lets nothing below 0 through. To it, a fall in the next "
            "step and a return of nothing are the same. Without an activation the network goes below 0 as the returns "
            "do, to {open_end:.1f} there after 250 steps, and further down with more steps. In {silent} of 16 seeds "
            "the ReLU's network says 0 of every state. Bands: 95 % intervals over 16 seeds."
        ),
    },
    "its gradient": {
        "question": "A ReLU at the end cut the output off, the loss is 100. How large is the largest gradient?",
        "choices": [0, 10, 20, 100],
        "because": (
            "where the ReLU cuts, its slope is 0, and so is every gradient before it. Without the ReLU the "
            "largest gradient is {without:.0f} at the same place. A large loss and no gradient: nothing "
            "raises an error, and nothing is learned."
        ),
    },
}
