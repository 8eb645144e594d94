"""The checks of lesson 05: the solution passes, and each plausible mistake fails with the message meant for it."""

import itertools

import numpy as np
import torch
from tables import make_tests

from qlib.core.memory import Batch
from qlib.lessons.replay_memory import checks as replay


def slots(pushed, capacity):
    held = [-1] * capacity
    for n in range(pushed):
        held[n % capacity] = n
    return held


def starts_empty_again(pushed, capacity):
    held = [-1] * capacity
    for n in range(pushed):
        if n % capacity == 0:
            held = [-1] * capacity
        held[n % capacity] = n
    return held


SLOTS = {
    "oldest first": (
        lambda n, c: list(range(n)) + [-1] * (c - n) if n < c else list(range(n - c, n)),
        "nothing moves in a ring",
    ),
    "newest first": (
        lambda n, c: (list(range(n))[::-1] + [-1] * c)[:c],
        "slots are filled from 0 on",
    ),
    "only what is written": (lambda n, c: list(range(n))[-c:], "one entry a slot"),
    "zeros for the unwritten": (lambda n, c: [max(0, x) for x in slots(n, c)], "the others hold -1"),
    "counted from 1": (lambda n, c: [x + 1 if x >= 0 else x for x in slots(n, c)], "transitions count from 0"),
    "empty again when full": (starts_empty_again, "overwrites only the oldest"),
    "full for ever": (lambda n, c: slots(min(n, c), c), "overwrites only the oldest"),
    "one slot late": (
        lambda n, c: slots(n, c) if n <= c else slots(n, c)[-1:] + slots(n, c)[:-1],
        "each sits one slot late",
    ),
}


def draw(storage, rows):
    return Batch(*(column[rows] for column in storage))


def sample(storage, pushed, batch_size, generator):
    held = min(pushed, len(storage.actions))
    return draw(storage, torch.randint(held, (batch_size,), generator=generator))


def rows_below(high):
    def answer(storage, pushed, batch_size, generator):
        rows = torch.randint(high(pushed, len(storage.actions)), (batch_size,), generator=generator)
        return draw(storage, rows)

    return answer


def other_rows_for_each_column(storage, pushed, batch_size, generator):
    held = min(pushed, len(storage.actions))
    return Batch(*(column[torch.randint(held, (batch_size,), generator=generator)] for column in storage))


def one_row_repeated(storage, pushed, batch_size, generator):
    return draw(storage, torch.randint(min(pushed, len(storage.actions)), (1,), generator=generator))


def lower_half_twice_as_often(storage, pushed, batch_size, generator):
    held = min(pushed, len(storage.actions))
    rows = torch.randint(2 * held, (batch_size,), generator=generator)
    return draw(storage, torch.where(rows < held, rows, (rows - held) // 2))


def block_of_neighbours(storage, pushed, batch_size, generator):
    held = min(pushed, len(storage.actions))
    return draw(storage, (torch.randint(held, (1,), generator=generator) + torch.arange(batch_size)) % held)


def one_row_expanded(storage, pushed, batch_size, generator):
    row = torch.randint(min(pushed, len(storage.actions)), (1,), generator=generator)
    return draw(storage, row.expand(batch_size))


def ignores_the_generator(storage, pushed, batch_size, generator):
    return sample(storage, pushed, batch_size, torch.Generator().manual_seed(next(SEEDS)))


SEEDS = itertools.count()
SAMPLES = {
    "a block of neighbours": (block_of_neighbours, "is no shuffled batch"),
    "one row again and again": (one_row_expanded, "is no shuffled batch"),
    "the generator is not used": (ignores_the_generator, "equal generators draw the same batch"),
    "four rows for ever": (lambda storage, n, b, g: sample(storage, n, 4, g), "batch_size is 7"),
    "the unwritten slots too": (rows_below(lambda n, c: c), "zeros, which never happened"),
    "beyond the last slot": (rows_below(lambda n, c: n), "min(pushed, capacity)"),
    "never the newest": (rows_below(lambda n, c: min(n, c) - 1), "also the last slot"),
    "other rows for each column": (other_rows_for_each_column, "must come from the same transition"),
    "one row only": (one_row_repeated, "batch_size is 4"),
    "always the last ones": (
        lambda storage, n, b, g: draw(storage, torch.arange(min(n, len(storage.actions)))[-b:]),
        "also the last slot and the first",
    ),
    "uneven": (lower_half_twice_as_often, "every transition has the same chance"),
    "observations and next observations swapped": (
        lambda storage, n, b, g: sample(
            storage._replace(next_observations=storage.observations, observations=storage.next_observations), n, b, g
        ),
        "must come from the same transition",
    ),
}


def real(terminated, truncated):
    happened = np.ones_like(terminated)
    happened[1:] = ~(terminated | truncated)[:-1]
    return happened


def shifted(over, axis):
    happened = np.ones_like(over)
    if axis == 0:
        happened[1:] = ~over[:-1]
    else:
        happened[:, 1:] = ~over[:, :-1]
    return happened


REAL = {
    "the end itself left out": (lambda d, t: ~(d | t), "an end itself is left out"),
    "all are real": (lambda d, t: np.ones_like(d), "the automatic reset"),
    "truncation forgotten": (lambda d, t: shifted(d, 0), "after a truncation there is an automatic reset too"),
    "termination forgotten": (lambda d, t: shifted(t, 0), "the step after a termination"),
    "shifted along the environments": (lambda d, t: shifted(d | t, 1), "shift along axis 0"),
    "rolled round": (lambda d, t: ~np.roll(d | t, 1, axis=0), "the first step comes after the reset that you called"),
    "shifted the other way": (
        lambda d, t: np.vstack([~(d | t)[1:], np.ones((1, d.shape[1]), bool)]),
        "the step after a termination",
    ),
    "the first row left out": (lambda d, t: ~(d | t)[:-1], "one answer a step and environment"),
    "the mask turned round": (lambda d, t: ~real(d, t), "it is real"),
}


test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [(replay.slots, slots, SLOTS), (replay.sample, sample, SAMPLES), (replay.real_transitions, real, REAL)]
)


def test_drawing_without_replacement_is_right_too():
    def answer(storage, pushed, batch_size, generator):
        held = min(pushed, len(storage.actions))
        return draw(storage, torch.randperm(held, generator=generator)[:batch_size])

    assert replay.sample(answer).status == "passed", replay.sample(answer)
