"""What lesson 14's questions hide: what explains their answers."""

from __future__ import annotations

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "parameters": {
        "question": "A dense layer from 4 × 10 × 10 pixels to these 16 × 8 × 8 units has 410,624 parameters. And the "
        "convolution?",
        "choices": [592, 9_216, 37_888, 410_624],
        "because": "each of the 16 filters has 4 × 3 × 3 weights and a bias, wherever it looks.",
    },
    "two layers": {
        "question": "Two layers of 3 × 3, one after the other, stride 1: how many pixels across does a unit of the "
        "second see?",
        "between": (1, 12, 1),
        "within": 0,
        "because": "its own window is 3 units wide, and the outer two of them see one pixel further on each side.",
    },
    "three layers": {
        "question": "How many pixels across does a unit of the third layer see, of 84?",
        "between": (1, 84, 1),
        "within": 4,
        "because": "8 in the first layer; then 3 steps of 4 pixels more; then 2 steps of 8 pixels more.",
    },
    "one frame": {
        "question": "The ball falls 9 times. Whoever sees one frame at a time and plays as well as can be: how many "
        "are caught, on average?",
        "between": (0, 9, 0.5),
        "because": "at a wall there is one way to go, and elsewhere one frame says nothing of two. With the frame "
        "before there is nothing to guess: the ball of the question goes to column 3.",
    },
    "two frames": {
        "question": "And whoever sees the last two frames?",
        "between": (0, 9, 0.5),
        "within": 0.5,
        "because": "only the first step has to be guessed, unless the ball begins at a wall.",
    },
    "learned": {
        "question": "The network with a convolution and two frames: how many does it catch after 1,200 steps?",
        "between": (0, 9, 0.5),
        "because": "that is the mean of 16 seeds. The rules are what one frame and two can reach.",
    },
    "camera": {
        "question": "After 6,000 steps, how many steps does the agent balance that sees one picture at a time?",
        "between": (0, 500, 10),
        "within": 30,
        "because": "how fast the pole falls is in no single picture. Who sees the one before, too, gets to {two:.0f}.",
    },
    "bytes": {
        "question": "A million steps of Atari, 84 × 84 pixels, with each stack of four frames and the next one kept as "
        "float32: how many gigabytes?",
        "choices": [7, 28, 56, 226],
        "unit": "GB",
        "because": "eight frames a step and four bytes a pixel. Each frame once, a byte a pixel: {once:.1f} GB.",
    },
    "not scaled": {
        "question": "By what factor do a layer's outputs spread farther if nobody divides by 255?",
        "choices": [1, 16, 255],
        "because": "a layer is linear, so what goes in too large comes out too large.",
    },
    "by chance": {
        "question": "Given as (H, W, C), from which row on does the layer see the pixel? In the right order it answers "
        "in rows 0 to 2, whose windows hold row 2.",
        "choices": [0, 2, 3],
        "because": "rows {rows} answer, and no error came.",
    },
    "across": {
        "question": "Ten frames an episode, stacks of four: which share of them holds frames of two episodes?",
        "between": (0, 100, 5),
        "unit": "%",
        "within": 3,
        "because": "three of every ten: the stacks that end in an episode's first three frames.",
    },
    "lives": {
        "question": "Three lives a game. How many times as high is the mean score of a game as that of an 'episode'?",
        "choices": [1, 3, 9],
        "because": "{life:.2f} a life, {game:.2f} a game. The same play looks three times as bad.",
    },
    "flicker": {
        "question": "Which share of these frames shows the ball?",
        "choices": [0, 25, 50],
        "unit": "%",
        "because": "every fourth frame is always one of those without it. With another phase it is always there.",
    },
    "which channel": {
        "question": "Why does one frame of MinAtar's Breakout say which way the ball flies?",
        "choices": ["by the paddle", "by where the ball was", "it does not"],
        "answer": "by where the ball was",
        "because": "the third channel holds the ball's last place, so the game has stacked two frames itself.",
    },
    "100,000 steps": {
        "question": "After 100,000 steps, what is the mean return of the last 100 episodes of training?",
        "between": (0.0, 20.0, 0.5),
        "because": "with its interval {interval:.1f} over sixteen seeds, of which the lowest has {least:.1f}. One "
        "action in a hundred is still at random.",
    },
    "at the ball": {
        "question": "In which share of a game's frames does the ball, or where it was, change the values most when it "
        "is covered?",
        "between": (0, 100, 5),
        "unit": "%",
        "because": "of one game of one agent. Look at the frames in which it is something else.",
    },
    "pong": {
        "question": "After 400,000 steps, what is the mean return of the agents' last 20 games?",
        "between": (-21.0, 21.0, 0.5),
        "within": 4,
        "because": "{least:.1f} and {most:.1f}: better and better, and neither beats its opponent yet.",
    },
    "gradient": {
        "question": "Without residual connections: the first of 12 convolutions gets one part in how many of what the "
        "last one gets?",
        "choices": [1, 12, 144, 100_000],
        "because": "a geometric mean of eight seeds, rounded. With residual connections it gets {residual:.0%} of it, "
        "and without them from He's start {he:.0%}.",
    },
    "depth 12": {
        "question": "Without residual connections 12 convolutions have learned the table on none of 16 seeds. And with "
        "them?",
        "between": (0, 16, 1),
        "within": 2,
        "unit": "seeds",
        "because": "learned means 95 % or more. Without, most of them stay at a fifth: that comes of naming one column "
        "always. From He's start {he} of 16 learn it without residual connections.",
    },
    "forgets": {
        "question": "What share of the upper half does the dense network still have right at the end?",
        "between": (0, 100, 5),
        "unit": "%",
        "because": "and the one with convolutions {conv:.0f} %. There is little to forget here.",
    },
}
