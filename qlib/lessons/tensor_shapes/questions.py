"""What lesson 03's questions are answered with, and why: kept out of its cells."""

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "column and row": {
        "question": "Four values in a column, (4, 1), minus four targets in a row, (4,): which shape comes out?",
        "choices": ["(4, 1)", "(4,)", "(4, 4)", "an error"],
        "because": (
            "PyTorch stretched the column to the right and the row downwards until they fitted: sixteen "
            "differences where you wanted four. This stretching is called broadcasting. It is useful when "
            "you mean it. Section 6 is about the day when you do not."
        ),
    },
    "unsqueeze": {
        "question": "observation has shape (4,). Which shape has observation.unsqueeze(1)?",
        "choices": ["(4,)", "(1, 4)", "(4, 1)", "an error"],
        "because": "a frame around every number: the row has become a column.",
    },
    "stack": {
        "question": "a and b have shape (4,). Which shape has torch.stack([a, b], 0)?",
        "choices": ["(8,)", "(2, 4)", "(4, 2)", "(1, 8)"],
        "because": (
            "stack first unsqueezes each, and then joins them along the new dimension: one frame more than before."
        ),
    },
    "cat": {
        "question": "a and b have shape (4,). Which shape has torch.cat([a, b])?",
        "choices": ["(8,)", "(2, 4)", "(4, 2)", "(1, 8)"],
        "because": (
            "cat joins along a dimension that is there, end to end, and nobody can tell any more where a stops."
        ),
    },
    "gather": {
        "question": "values has shape (3, 2), index is a column of three. Which shape has values.gather(1, index)?",
        "choices": ["(3,)", "(3, 1)", "(3, 2)", "(1, 3)"],
        "because": "the result has the index's shape: from each row one entry, and the dimension stays.",
    },
    "max": {
        "question": "values has shape (3, 2). Which shape has values.max(1)[0]?",
        "choices": ["(2,)", "(3,)", "(3, 1)", "()"],
        "because": ("the largest of each row stays, and dimension 1 is gone. Their places, [1], have the same shape."),
    },
    "squeeze": {
        "question": "A batch of one: a has shape (1, 1). Which shape has a.squeeze(), without a number?",
        "choices": ["(1, 1)", "(1,)", "()", "an error"],
        "because": "it takes every dimension of size 1 away, the batch as well. squeeze(1) takes the column only.",
    },
    "before the loss": {
        "question": "chosen has shape (B, 1), targets has shape (B,). What should you do before you subtract?",
        "choices": ["nothing", "chosen.squeeze(1)", "chosen.squeeze()", "targets.unsqueeze(0)"],
        "answer": "chosen.squeeze(1)",
        "because": (
            "then both are rows, (B,). squeeze() does the same until a batch has one transition, and "
            "targets.unsqueeze(0) is a row as before."
        ),
    },
    "a fitted curve": {
        "question": "A curve is fitted with the loss that lacks the squeeze. What comes out after 300 steps?",
        "choices": ["The wave, less exactly", "The wave, upside down", "A flat line", "Noise"],
        "answer": "A flat line",
        "because": (
            "at the mean of the targets, {mean:.2f}. Each value is compared with the targets of all points, "
            "so the loss asks for one and the same number everywhere."
        ),
    },
    "steps after training": {
        "question": "After 350 steps of training: how many steps do agents without the squeeze stay up, on average?",
        "between": (0, 500, 10),
        "within": 30,
        "because": (
            "those with it stay up for {whole:.0f}. The difference, taken before rounding, is {difference:.0f} "
            "steps: mean and 95 % interval over 16 seeds. {fast} of the 16 broken agents fall within 10 steps on "
            "average; a pole whose cart is always pushed to the same side stays up for {one_sided:.1f}. The gap "
            "between the two actions' values is {gap:.2f} without the squeeze and {closer:.2f} wider with it."
        ),
    },
}
