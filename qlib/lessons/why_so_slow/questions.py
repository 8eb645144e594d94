"""What explains the answers of lesson 15, by question: a cell that asks gives nothing away."""

from __future__ import annotations

from typing import Any

QUESTIONS: dict[str, dict[str, Any]] = {
    "what takes longest": {
        "question": "One step: act, move the environment, remember, 40 updates. What takes most of its time?",
        "choices": [
            "playing: act, environment, remember",
            "fetching the 40 batches from the memory",
            "the network: forward, loss, backward, optimiser",
        ],
        "because": "it takes {share:.0%} here. But it contains more than matrix products. Section 4 counts those.",
    },
    "more threads": {
        "question": "PyTorch may split one operation over all cores. What does that do to this update?",
        "choices": ["it becomes faster", "hardly anything", "it becomes slower"],
        "because": (
            "with {cores} it takes {ratio:.2f} times as long as with one, on this machine. Threads wait for each "
            "other, and a batch of 64 is little to share."
        ),
    },
    "fewer requests": {
        "question": "Which of these three changes at least halves the number of operations that PyTorch is asked for?",
        "choices": ["ring of tensors", "no graph for the target", "fused Adam", "none of them"],
        "because": (
            "one call does all of Adam's work. The ring asks for about as many as before, and they are lighter. "
            "Without a graph they are as many, too, without the notes for the way back."
        ),
    },
    "largest step": {
        "question": "Which of the changes makes an update faster by the largest factor?",
        "choices": [
            "ring of tensors",
            "no graph for the target",
            "fused Adam",
            "gradient by hand, NumPy",
            "compiled, one agent",
            "compiled, among sixteen",
        ],
        "because": "{factor:.1f} times faster than the way before it, in this run.",
    },
    "all in all": {
        "question": "And from the first to the last: how many times faster is one update, on one core?",
        "between": (1, 150, 1),
        "within": 15,
        "unit": "times",
        "because": "and each way ends at the same weights. On your machine it may be half or twice that.",
    },
    "share of arithmetic": {
        "question": "How much of the time of the original's update is its multiply-adds, at the speed measured here?",
        "between": (0.0, 100.0, 0.5),
        "within": 5.0,
        "unit": "%",
        "because": "of an update among sixteen compiled agents it is {last:.0f} %. The fold below says more.",
    },
    "the rest grows": {
        "question": (
            "Width 24, batch 64 becomes width 256, batch 256: {times:.0f} times the multiply-adds. By how much "
            "does the compiled update's rest grow?"
        ),
        "choices": ["not at all", "some ten times", "some hundred times", "as the multiply-adds do"],
        "because": (
            "{rest:.1f} times in this run, and PyTorch's {torch:.1f} times. So it is not all overhead: part of it is "
            "work on each number."
        ),
    },
    "starting on a GPU": {
        "question": (
            "To start one operation on a GPU takes some 5 to 10 µs, a rule of thumb. PyTorch asks for {kernels}. "
            "Beside the whole compiled update here, starting them takes"
        ),
        "choices": ["less time", "about as long", "more time"],
        "because": "{low:.0f} to {high:.0f} µs against {compiled:.0f} µs. That is starting alone, without computing.",
    },
    "another machine": {
        "question": (
            "The original's whole run, seed 0, ended with a greedy score of {first:.0f} steps. The same settings, "
            "seed and code ran on another machine too. Its score?"
        ),
        "between": (0, 500, 5),
        "within": 50,
        "unit": "steps",
        "because": (
            "processors may round otherwise, and a last digit is enough: on one machine, with each first weight moved "
            "by its last digit, the run took {nudged:,.0f} steps in place of {steps:,.0f}."
        ),
    },
    "who parts further": {
        "question": "After 1,000 updates, on three seeds: who is furthest from the compiled agent?",
        "choices": ["the readable agent", "the most distant of the nudged ones"],
        "because": "on {seeds} of 3 seeds. No change of a weight is smaller than a nudge's.",
    },
    "an agent just made": {
        "question": "Somebody times learn() on two agents. The one just made is many times faster. Why?",
        "choices": [
            "its memory fits the processor's cache",
            "it makes no update",
            "its weights are smaller",
            "it was compiled more recently",
        ],
        "answer": "it makes no update",
        "because": (
            "with fewer transitions than a batch learn() returns NaN at once, {times:.0f} times faster here. After 120 "
            "calls, with one more transition each, it has made {made} updates, and the other 120."
        ),
    },
    "the first call": {
        "question": "A function that Numba compiles at its first call: how many times as long is that as a later one?",
        "choices": ["less than 10 times", "10 to 1,000 times", "more than 1,000 times"],
        "because": "{seconds:.1f} s against {later:.0f} µs.",
    },
}
