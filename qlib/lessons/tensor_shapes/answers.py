"""What lesson 03's questions are answered with, and why: kept out of its cells."""

ANSWERS = {
    "Four values in a column, (4, 1), minus four targets in a row, (4,): which shape comes out?": {
        "because": "PyTorch stretched the column to the right and the row downwards until they fitted: sixteen "
        "differences where you wanted four. This stretching is called broadcasting. It is useful when you mean it. "
        "Section 6 is about the day when you do not.",
    },
    "observation has shape (4,). Which shape has observation.unsqueeze(1)?": {
        "because": "a frame around every number: the row has become a column.",
    },
    "a and b have shape (4,). Which shape has torch.stack([a, b], 0)?": {
        "because": "stack first unsqueezes each, and then joins them along the new dimension: one frame more than "
        "before.",
    },
    "a and b have shape (4,). Which shape has torch.cat([a, b])?": {
        "because": "cat joins along a dimension that is there, end to end, and nobody can tell any more where a stops.",
    },
    "values has shape (3, 2), index is a column of three. Which shape has values.gather(1, index)?": {
        "because": "the result has the index's shape: from each row one entry, and the dimension stays.",
    },
    "values has shape (3, 2). Which shape has values.max(1)[0]?": {
        "because": "the largest of each row stays, and dimension 1 is gone. [0] takes the values, [1] would take "
        "their places.",
    },
    "A batch of one: chosen has shape (1, 1). Which shape has chosen.squeeze(), without a number?": {
        "because": "it takes every dimension of size 1 away, the batch as well. squeeze(1) takes the column only.",
    },
    "A curve is fitted with the loss that lacks the squeeze. What comes out after 300 steps?": {
        "answer": "a flat line",
        "because": "at the mean of the targets, {mean:.2f}. Each value is compared with the targets of all points, "
        "so the loss asks for one and the same number everywhere.",
    },
    "After 350 steps of training: how many steps do agents without the squeeze stay up, on average?": {
        "because": "those with it stay up for {whole:.0f}. The difference is {difference:.0f} steps, mean and 95 % "
        "interval over 16 seeds. {fast} of the 16 broken agents fall within 10 steps. A cart that is pushed to one "
        "side only stays up for {one_sided:.1f}: that is what most of them do. The mean gap between the two actions' "
        "values is {gaps[1]:.2f}, and {gaps[0]:.2f} in the whole agents.",
    },
}
