"""What lesson 09's questions hide: answers that no cell computes, and what explains them."""

ANSWERS = {
    "The two agents have the same weights and the same batch. Which numbers differ between them?": {
        "because": "the target's numbers are the same, with a graph or without one, and so is the loss. "
        "Only the way back is another"
    },
    "What does an agent do whose gradient flows through the target, in 1,500 steps?": {
        "answer": "it learns, but worse",
        "because": "its curve stays below the whole agent's. Over 128 seeds that is some 60 steps",
    },
    "Whose loss is the lower one at the end?": {
        "because": "its highest value is {broken:.0f}, the whole agent's {whole:.0f}, and a loss is a square. "
        "A quiet loss is no sign of learning"
    },
    "Over 128 seeds, how many steps of score does the gradient through the target cost at gamma 0.8?": {
        "because": "at gamma 0.99 it costs three times as much. The table has the intervals"
    },
    "On how many of 16 seeds has the agent without no_grad exactly the whole one's weights at the end?": {
        "because": "a graph that nobody calls backward() on adds nothing to any gradient"
    },
    "And the agent without eval(), whose network has no batch norm?": {
        "because": "linear layers and ReLU do the same in train mode and in eval mode"
    },
    "After 300 steps of training it acts in 200 states. How many of the 2 actions does it ever take?": {
        "because": "two equal rows, minus their mean, are 0, whatever the state. It acts blindly"
    },
    "Both, against a whole agent: which of them scores surely less over training, over 128 seeds?": {
        "answer": "both",
        "because": "the doubled row by far, and the target in train mode by less",
    },
    "Which of the three agents does this diagnostic find?": {
        "because": "it moves its running averages with each look. The target in train mode is a fault of learning, and "
        "acting does not show it: no diagnostic finds everything"
    },
    "The ceiling is 100. How high does the highest value of *one* network climb, in the median seed?": {
        "because": "far past the ceiling. With a target network it is: {others}"
    },
    "After 4,000 steps, where do agents with a slow target network (hard, 100; soft, 0.01) stand?": {
        "answer": "below those without",
        "because": "by 42 steps and by 77, and surely so, with values that are nearer to the truth",
    },
    "With a target network: which gradient does its online network get, beside a whole agent's?": {
        "because": "the gradient through the target ends in the target network's weights, and nobody moves those"
    },
}
