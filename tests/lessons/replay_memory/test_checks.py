"""The checks of lesson 05: the solution passes, and each plausible mistake fails with the message meant for it."""

import collections
import itertools
import random
import re

import numpy as np
import pytest
import torch
from definitions import NOTEBOOKS
from tables import giving, make_right_test, make_tests

from qlib.core.memory import Batch, ReplayMemory
from qlib.lessons.replay_memory import checks as replay
from qlib.lessons.replay_memory.pictures import SUSPECTS


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
        "each sits one slot late once the ring is full",
    ),
    "from slot 1 on": (lambda n, c: slots(n, c)[-1:] + slots(n, c)[:-1], "number 0 goes to slot 0"),
    "one push too few": (lambda n, c: slots(n - 1, c), "one push is missing"),
    "one push too many": (lambda n, c: slots(n + 1, c), "one push too many"),
    "right for five slots": (lambda n, c: (slots(n, 5) + [-1] * c)[:c], "modulo the capacity"),
    "right until the third round": (lambda n, c: slots(min(n, 2 * c), c), "modulo the capacity"),
    "backwards": (lambda n, c: slots(n, c)[::-1], "modulo the capacity"),
    "slot 0 is written once": (lambda n, c: [min(n - 1, 0), *slots(n, c)[1:]], "modulo the capacity"),
}


def draw(storage, rows):
    return Batch(*(column[rows] for column in storage))


def held(storage, pushed):
    return min(pushed, len(storage.actions))


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


def rows_of_the_batch(storage, pushed, batch_size, generator):
    return draw(storage, torch.randint(min(pushed, batch_size), (batch_size,), generator=generator))


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
    **{
        f"a bias of a tenth, {exponent}": (
            lambda storage, n, b, g, exponent=exponent: draw(
                storage, (torch.rand(b, generator=g) ** exponent * held(storage, n)).long()
            ),
            "every transition has the same chance",
        )
        for exponent in (1.1, 1 / 1.1)
    },
    "a block of neighbours": (block_of_neighbours, "is no shuffled batch"),
    "one row again and again": (one_row_expanded, "is no shuffled batch"),
    "the generator is not used": (ignores_the_generator, "equal generators draw the same batch"),
    "four rows for ever": (lambda storage, n, b, g: sample(storage, n, 4, g), "batch_size is 12"),
    "each row twice": (
        lambda storage, n, b, g: draw(
            storage, torch.randint(held(storage, n), (b,), generator=g)[torch.arange(b) // 2]
        ),
        "is no shuffled batch",
    ),
    "the generator begins anew": (
        lambda storage, n, b, g: sample(storage, n, b, g.manual_seed(0)),
        "the draw is uniform over all",
    ),
    "never slot 0": (
        lambda storage, n, b, g: draw(
            storage, torch.randint(int(held(storage, n) > 1), held(storage, n), (b,), generator=g)
        ),
        "also the last slot and the first",
    ),
    "modulo in place of min": (rows_below(lambda n, c: n % c or c), "also the last slot"),
    "rewards of the next row": (
        lambda storage, n, b, g: sample(storage._replace(rewards=storage.rewards.roll(1)), n, b, g),
        "rewards must come from the same transition",
    ),
    "ends turned round": (
        lambda storage, n, b, g: sample(storage._replace(terminated=~storage.terminated), n, b, g),
        "terminated must come from the same transition",
    ),
    "rewards shuffled in place": (
        lambda storage, n, b, g: (storage.rewards.copy_(storage.rewards.flip(0)), sample(storage, n, b, g))[1],
        "changed its argument `storage`",
    ),
    "observations halved in place": (
        lambda storage, n, b, g: sample(storage._replace(observations=storage.observations.div_(2)), n, b, g),
        "changed its argument `storage`",
    ),
    "a list": (lambda storage, n, b, g: list(sample(storage, n, b, g)), "a Batch of five tensors"),
    "the unwritten slots too": (rows_below(lambda n, c: c), "zeros, which never happened"),
    "beyond the last slot": (rows_below(lambda n, c: n), "min(pushed, capacity)"),
    "never the newest": (rows_below(lambda n, c: min(n, c) - 1), "the upper end of torch.randint"),
    "as many rows as a Batch has columns": (
        lambda storage, n, b, g: draw(storage, torch.randint(min(n, len(storage)), (b,), generator=g)),
        "the len of a Batch is 5, its columns",
    ),
    "as many rows as the batch": (rows_of_the_batch, "draw rows below min(pushed, capacity)"),
    "other rows for each column": (other_rows_for_each_column, "must come from the same transition"),
    "one row only": (one_row_repeated, "batch_size is 12"),
    "always the last ones": (
        lambda storage, n, b, g: draw(storage, torch.arange(min(n, len(storage.actions)))[-b:]),
        "also the last slot and the first",
    ),
    "where a reward is": (
        lambda storage, n, b, g: draw(
            storage, (rows := storage.rewards.nonzero()[:, 0])[torch.randint(len(rows), (b,), generator=g)]
        ),
        "also the last slot and the first",
    ),
    "uneven": (lower_half_twice_as_often, "every transition has the same chance"),
    "observations and next observations swapped": (
        lambda storage, n, b, g: sample(
            storage._replace(next_observations=storage.observations, observations=storage.next_observations), n, b, g
        ),
        "in the order of Batch",
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


def rolled_alone(terminated, truncated):
    over = terminated | truncated
    return ~np.roll(over, 1, axis=0) if over.shape[1] == 1 else real(terminated, truncated)


REAL = {
    "rolled where one environment runs": (rolled_alone, "of 9 steps and 1"),
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
    "both flags needed": (lambda d, t: shifted(d & t, 0), "only ends with both flags count"),
    "exactly one flag": (lambda d, t: shifted(d ^ t, 0), "ends with both flags are forgotten"),
    "the end and what follows": (lambda d, t: shifted(d | t, 0) & ~(d | t), "the end is left out as well"),
    "nothing after an end": (
        lambda d, t: shifted(np.logical_or.accumulate(d | t, axis=0), 0),
        "all that follows an end is left out",
    ),
    "two steps late": (
        lambda d, t: np.vstack([np.ones((2, d.shape[1]), bool), ~(d | t)])[: len(d)],
        "so this one is the automatic reset",
    ),
    "the first environment only": (
        lambda d, t: np.where(np.arange(d.shape[1]) == 0, real(d, t), True),
        "so this one is the automatic reset",
    ),
    "the first step is no transition": (
        lambda d, t: real(d, t) & (np.arange(len(d)) > 0)[:, None],
        "the first step comes after the reset that you called",
    ),
    "numbers in place of truth": (lambda d, t: real(d, t).astype(int), "the rows 0 and 1"),
    "flags joined in place": (lambda d, t: (d.__ior__(t), real(d, t))[1], "changed its argument"),
}


class Ring:
    """The solution, in parts that a mistake can replace."""

    def __init__(self, capacity, n_observations):
        self.capacity, self.pushed = capacity, 0
        self.columns = self.room(capacity, n_observations)

    def room(self, capacity, n):
        kinds = torch.float32, torch.int64, torch.float32, torch.float32, torch.bool
        shapes = (capacity, n), (capacity,), (capacity,), (capacity, n), (capacity,)
        return Batch(*(torch.zeros(shape, dtype=kind) for shape, kind in zip(shapes, kinds, strict=True)))

    def slot(self):
        return self.pushed % self.capacity

    def push(self, *transition):
        for column, value in zip(self.columns, transition, strict=True):
            column[self.slot()] = torch.as_tensor(value)
        self.pushed += 1

    def rows(self, batch_size, generator):
        return torch.randint(len(self), (batch_size,), generator=generator)

    def sample(self, batch_size, generator):
        rows = self.rows(batch_size, generator)
        return Batch(*(column[rows] for column in self.columns))

    def __len__(self):
        return min(self.pushed, self.capacity)


def ring(base=Ring, **parts):
    """Return a kind of Ring with some of its parts replaced."""
    return type("Ring", (base,), parts)


def storing(change):
    """Return a ring that stores what `change` makes of a transition."""
    return ring(push=lambda self, *transition: Ring.push(self, *change(*transition)))


def of_kind(name, kind):
    """Return a ring of which one column has another dtype."""
    return ring(room=lambda self, *size: (c := Ring.room(self, *size))._replace(**{name: getattr(c, name).to(kind)}))


class OfTuples:
    """A right ring: a deque of tuples of tensors, as the original notebook has it."""

    kept = staticmethod(torch.tensor)

    def __init__(self, capacity, n_observations):
        self.capacity, self.deque = capacity, collections.deque(maxlen=capacity)

    def push(self, s, a, r, s_next, terminated):
        a, r, terminated = torch.tensor(a), torch.tensor(r), torch.tensor(terminated)
        self.deque.append((self.kept(s), a, r, self.kept(s_next), terminated))

    def sample(self, batch_size, generator):
        rows = torch.randint(len(self.deque), (batch_size,), generator=generator)
        s, a, r, s_next, over = map(torch.stack, zip(*(self.deque[i] for i in rows), strict=True))
        return Batch(s.float(), a.long(), r.float(), s_next.float(), over)

    def __len__(self):
        return min(len(self.deque), self.capacity)


class Distinct(OfTuples):
    def push(self, s, a, r, s_next, terminated):
        if not any(np.array_equal(there, s) and action == a for there, action, *_ in self.deque):
            super().push(s, a, r, s_next, terminated)


class Unbounded(OfTuples):
    def __init__(self, capacity, n_observations):
        self.capacity, self.deque = capacity, []


class Shared(OfTuples):
    everything: list = []  # noqa: RUF012 the mistake: all rings have this one

    def __init__(self, capacity, n_observations):
        self.capacity, self.deque = capacity, self.everything


class SharedColumns(Ring):
    columns_of: dict = {}  # noqa: RUF012 the mistake: rings of one size share their columns, and count for themselves

    def room(self, *size):
        return self.columns_of.setdefault(size, Ring.room(self, *size))


class OneBatch(Ring):
    """Hands out the same tensors each time, with other numbers in them."""

    def sample(self, batch_size, generator):
        made = Ring.sample(self, batch_size, generator)
        self.out = getattr(self, "out", made)
        if len(self.out.actions) != batch_size:
            self.out = made
        for column, values in zip(self.out, made, strict=True):
            column.copy_(values)
        return self.out


class TakesOut(OfTuples):
    def sample(self, batch_size, generator):
        batch = super().sample(batch_size, generator)
        self.deque.pop()
        return batch


class Emptied(Ring):
    def rows(self, batch_size, generator):
        return torch.randint((self.pushed - 1) % self.capacity + 1, (batch_size,), generator=generator)


class NoLen:
    __init__, room, slot, push, rows, sample = (
        vars(Ring)[name] for name in ("__init__", "room", "slot", "push", "rows", "sample")
    )


def slices(self, batch_size, generator):
    start = int(torch.randint(len(self) - batch_size + 1, (1,), generator=generator))
    return Batch(*(column[start : start + batch_size] for column in self.columns))


def views(self, batch_size, generator):
    """Give a slice, which is a view, where all that is held is asked for."""
    held = slice(batch_size) if batch_size == len(self) else self.rows(batch_size, generator)
    return Batch(*(column[held] for column in self.columns))


def all_rows(self, size, generator):
    return torch.randint(self.capacity, (size,), generator=generator)


def cut_at_a_hundred(s, a, r, s_next, terminated):
    return np.clip(s, -100, 100), a, r, s_next, terminated


RINGS = {
    "observations of four digits": (
        storing(lambda s, a, r, s_next, over: (np.round(s, 4), a, r, np.round(s_next, 4), over)),
        "none that the memory holds",
    ),
    "rewards of four digits": (
        storing(lambda s, a, r, s_next, over: (s, a, round(r, 4), s_next, over)),
        "rewards must come from the same transition",
    ),
    "observations cut at a hundred": (storing(cut_at_a_hundred), "none that the memory holds, among them zeros"),
    "a bias of a tenth": (
        ring(rows=lambda self, b, g: (torch.rand(b, generator=g) ** 1.1 * len(self)).long()),
        "every transition has the same chance",
    ),
    "nothing is overwritten": (Unbounded, "nothing is ever overwritten"),
    "full for ever": (
        ring(push=lambda self, *t: Ring.push(self, *t) if self.pushed < self.capacity else None),
        "a full ring takes nothing more",
    ),
    "empty again when full": (Emptied, "only what came since the last time round"),
    "the newest slot is overwritten": (ring(slot=lambda self: min(self.pushed, self.capacity - 1)), "holds the last"),
    "the newest is not sampled": (
        ring(
            rows=lambda self, b, g: (
                (self.pushed - min(2, len(self)) - torch.randint(max(1, len(self) - 1), (b,), generator=g))
                % self.capacity
            )
        ),
        "the newest is not there",
    ),
    "the last slot is not sampled": (
        ring(rows=lambda self, b, g: torch.randint(max(1, len(self) - 1), (b,), generator=g)),
        "the last slot is never drawn",
    ),
    "the oldest is not sampled": (
        ring(
            OfTuples,
            __len__=lambda self: min(self.capacity, len(self.deque)),
            push=lambda self, *t: (
                OfTuples.push(self, *t),
                self.deque.popleft() if len(self.deque) == self.capacity > 1 else None,
            ),
        ),
        "len(ring) is how many transitions it holds",
    ),
    "unwritten slots are sampled": (ring(rows=all_rows), "zeros, which never happened"),
    "len counts all pushes": (
        ring(
            __len__=lambda self: self.pushed,
            rows=lambda self, b, g: all_rows(self, b, g) % min(self.pushed, self.capacity),
        ),
        "len(ring) is how many transitions it holds",
    ),
    "len is the capacity": (ring(__len__=lambda self: self.capacity), "len(ring) is how many transitions it holds"),
    "other rows for each column": (
        ring(sample=lambda self, b, g: Batch(*(column[self.rows(b, g)] for column in self.columns))),
        "must come from the same transition",
    ),
    "the arrays themselves": (
        ring(OfTuples, kept=staticmethod(torch.from_numpy)),
        "write each observation into one and the same array",
    ),
    "the next observation's array itself": (
        ring(
            OfTuples,
            push=lambda self, s, a, r, s_next, d: self.deque.append(
                (torch.tensor(s), torch.tensor(a), torch.tensor(r), torch.as_tensor(s_next), torch.tensor(d))
            ),
        ),
        "next_observations: an environment may write",
    ),
    "observations swapped": (storing(lambda s, a, r, s_next, d: (s_next, a, r, s, d)), "in the order of Batch"),
    "one observation twice": (
        storing(lambda s, a, r, s_next, d: (s, a, r, s, d)),
        "next_observations must come from the same transition",
    ),
    "terminated forgotten": (
        storing(lambda s, a, r, s_next, d: (s, a, r, s_next, False)),
        "terminated must come from the same transition",
    ),
    "ends left out": (
        ring(push=lambda self, *t: None if t[-1] else Ring.push(self, *t)),
        "len(ring) is how many transitions it holds",
    ),
    "no reward at an end": (
        storing(lambda s, a, r, s_next, d: (s, a, 0.0 if d else r, s_next, d)),
        "rewards must come from the same transition",
    ),
    "no observation after an end": (
        storing(lambda s, a, r, s_next, d: (s, a, r, 0 * s_next if d else s_next, d)),
        "next_observations must come from the same transition",
    ),
    "what is there already is left out": (Distinct, "each push is a transition more"),
    "observations clipped": (
        storing(lambda s, a, r, s_next, d: (np.clip(s, -50, 50), a, r, np.clip(s_next, -50, 50), d)),
        "numbers above a thousand",
    ),
    "a reward of 0 is none": (storing(lambda s, a, r, s_next, d: (s, a, r or -1.0, s_next, d)), "zeros and numbers"),
    "rewards clipped": (
        storing(lambda s, a, r, s_next, d: (s, a, max(-1.0, min(1.0, r)), s_next, d)),
        "rewards must come from the same transition",
    ),
    "two actions only": (
        storing(lambda s, a, r, s_next, d: (s, a % 2, r, s_next, d)),
        "actions must come from the same transition",
    ),
    "whole numbers for observations": (of_kind("observations", torch.int64), "floats stay floats"),
    "floats for actions": (of_kind("actions", torch.float32), "actions of torch.int64"),
    "32-bit actions": (of_kind("actions", torch.int32), "actions of torch.int64"),
    "floats for ends": (of_kind("terminated", torch.float32), "terminated of torch.bool"),
    "64-bit rewards": (of_kind("rewards", torch.float64), "rewards of torch.float32"),
    "whole numbers for rewards": (of_kind("rewards", torch.int64), "rewards must come from the same transition"),
    "four numbers an observation": (
        ring(
            room=lambda self, c, n: Ring.room(self, c, 4),
            push=lambda self, *t: Ring.push(self, *(np.resize(value, 4) if np.ndim(value) else value for value in t)),
        ),
        "an observation has 3 numbers",
    ),
    "a list in place of a Batch": (ring(sample=lambda self, b, g: list(Ring.sample(self, b, g))), "a Batch of five"),
    "batches of four": (ring(sample=lambda self, b, g: Ring.sample(self, 4, g)), "batch_size is"),
    "the newest ones": (ring(rows=lambda self, b, g: (self.pushed - 1 - torch.arange(b)) % self.capacity), "holds the"),
    "a block": (
        ring(rows=lambda self, b, g: (torch.randint(len(self), (1,), generator=g) + torch.arange(b)) % len(self)),
        "is no shuffled batch",
    ),
    "slices": (ring(sample=slices), "whoever changes a batch must not change the ring"),
    "the newer more often": (
        ring(rows=lambda self, b, g: torch.randint(len(self), (2, b), generator=g).amax(0)),
        "every transition has the same chance",
    ),
    "PyTorch's own generator": (
        ring(rows=lambda self, b, g: torch.randint(len(self), (b,))),
        "equal generators draw the same batch",
    ),
    "Python's generator": (
        ring(rows=lambda self, b, g: torch.tensor(random.choices(range(len(self)), k=b))),
        "equal generators draw the same batch",
    ),
    "the generator begins anew": (ring(rows=lambda self, b, g: Ring.rows(self, b, g.manual_seed(0))), "holds the last"),
    "all rings are one": (Shared, "how many transitions it holds"),
    "rings of one size share their columns": (SharedColumns, "two rings share nothing"),
    "one batch for all": (OneBatch, "the first of them does not change"),
    "what is sampled is gone": (TakesOut, "sampling takes none out"),
    "its own rows are handed out": (ring(sample=views), "whoever changes a batch must not change the ring"),
    "scaled where it stands": (
        storing(lambda s, *rest: (np.multiply(s, 0.5, out=s), *rest)),
        "changed its argument",
    ),
    "sample gives nothing": (ring(sample=lambda self, b, g: None), "a Batch of sample"),
    "no len": (NoLen, "len(ring) is missing"),
    "len gives nothing": (ring(__len__=lambda self: None), "how many transitions the ring holds"),
}


def suspects():
    return dict(SUSPECTS)


READINGS = {
    "all are sound": (lambda: dict.fromkeys("ABCD", "sound"), "which bars stand where nobody wrote"),
    "noise is bias": (lambda: SUSPECTS | {"B": "uneven"}, "more than chance would have it"),
    "B misses one": (lambda: SUSPECTS | {"B": "newest missing"}, "more than chance would have it"),
    "A is sound": (lambda: SUSPECTS | {"A": "sound"}, "which bars stand where nobody wrote"),
    "A is uneven": (lambda: SUSPECTS | {"A": "uneven"}, "which bars stand where nobody wrote"),
    "C is sound": (lambda: SUSPECTS | {"C": "sound"}, "the slot that was written last"),
    "D is sound": (lambda: SUSPECTS | {"D": "sound"}, "compare the left half with the right half"),
    "C and D swapped": (lambda: SUSPECTS | {"C": "uneven", "D": "newest missing"}, "2 right"),
    "three letters": (lambda: {"A": "sound", "B": "sound", "C": "sound"}, "the keys A, B, C, D"),
    "another word": (lambda: SUSPECTS | {"A": "broken"}, "one of newest missing, sound, uneven, unwritten"),
    "a list": (lambda: list(SUSPECTS.values()), "the keys A, B, C, D"),
}


SENTENCES = {
    "A too": (giving("ABEF"), "A: the two pools differ"),
    "C too": (giving("BCEF"), "C: an interval that holds 0 leaves it open"),
    "D too": (giving(["B", "D", "E", "F"]), "differ in the rate, too"),
    "all": (giving("ABCDEF"), "A: the two pools differ"),
    "what is not shown": (giving("ACD"), "A: the two pools differ"),
    "without B": (giving("EF"), "the first of section 3's two settings"),
    "without E": (giving("BF"), "section 2's first picture"),
    "without F": (giving("BE"), "that nobody had looked at"),
    "none": (giving(""), "is missing"),
    "another": (giving("BEG"), "letters out of ABCDEF"),
    "numbers": (giving([2, 5, 6]), "letters out of ABCDEF"),
}

test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (replay.slots, slots, SLOTS),
        (replay.sample, sample, SAMPLES),
        (replay.real_transitions, real, REAL),
        (replay.ring, Ring, RINGS),
        (replay.suspects, suspects, READINGS),
        (replay.what_was_shown, giving("BEF"), SENTENCES),
    ]
)


def by_formula(pushed, capacity):
    slot = np.arange(capacity)
    return np.where(slot < pushed, pushed - 1 - (pushed - 1 - slot) % capacity, -1)


def by_dictionary(pushed, capacity):
    held = {n % capacity: n for n in range(pushed)}
    return tuple(held.get(slot, -1) for slot in range(capacity))


def by_rotation(pushed, capacity):
    held = collections.deque(range(max(0, pushed - capacity), pushed))
    held.extend([-1] * (capacity - len(held)))
    held.rotate(pushed if pushed > capacity else 0)
    return list(held)


def by_tensor(pushed, capacity):
    held = torch.full((capacity,), -1)
    for n in range(max(0, pushed - capacity), pushed):
        held[n % capacity] = n
    return held


def by_rounds(pushed, capacity):
    rounds, rest = divmod(pushed, capacity)
    return [max(-1, (rounds - (slot >= rest)) * capacity + slot) if rounds or slot < rest else -1.0
            for slot in range(capacity)]  # fmt: skip


def without_replacement(storage, pushed, batch_size, generator):
    return draw(storage, torch.randperm(min(pushed, len(storage.actions)), generator=generator)[:batch_size])


def sorted_rows(storage, pushed, batch_size, generator):
    held = min(pushed, len(storage.actions))
    return draw(storage, torch.randint(0, held, (batch_size,), generator=generator).sort().values)


def one_by_one(storage, pushed, batch_size, generator):
    held = min(pushed, len(storage.rewards))
    rows = [int(torch.rand((), generator=generator) * held) for _ in range(batch_size)]
    return Batch(*(torch.stack([column[i] for i in rows]) for column in storage))


def with_weights(storage, pushed, batch_size, generator):
    weights = (torch.arange(len(storage.actions)) < pushed).double()
    return draw(storage, torch.multinomial(weights, batch_size, replacement=True, generator=generator))


def of_64_bits(storage, pushed, batch_size, generator):
    return Batch(*(column.double() for column in sample(storage, pushed, batch_size, generator)))


def in_a_loop(terminated, truncated):
    happened = np.ones(terminated.shape, dtype=bool)
    for t, i in np.ndindex(happened.shape):
        happened[t, i] = t == 0 or not (terminated[t - 1, i] or truncated[t - 1, i])
    return happened


def stacked(terminated, truncated):
    over = np.logical_or(terminated, truncated)
    return np.vstack([np.ones((1, over.shape[1]), bool), ~over[:-1]])


def rolled_and_mended(terminated, truncated):
    happened = ~np.roll(terminated | truncated, 1, axis=0)
    happened[0] = True
    return happened


def as_tensor(terminated, truncated):
    return torch.as_tensor(real(terminated, truncated))


def as_lists(terminated, truncated):
    return real(terminated, truncated).tolist()


class OfArrays:
    """NumPy's arrays, a cursor, and batches without a row twice."""

    def __init__(self, capacity, n_observations):
        self.here, self.there = np.empty((2, capacity, n_observations), np.float32)
        self.actions, self.rewards = np.empty(capacity, np.int64), np.empty(capacity, np.float32)
        self.ends, self.cursor, self.full = np.empty(capacity, bool), 0, False

    def push(self, observation, action, reward, next_observation, terminated):
        i = self.cursor
        self.here[i], self.actions[i], self.rewards[i] = observation, action, reward
        self.there[i], self.ends[i] = next_observation, terminated
        self.cursor = (i + 1) % len(self.actions)
        self.full |= self.cursor == 0

    def sample(self, batch_size, generator):
        rows = torch.randperm(len(self), generator=generator)[:batch_size].numpy()
        columns = self.here, self.actions, self.rewards, self.there, self.ends
        return Batch(*(torch.from_numpy(column[rows]) for column in columns))

    def __len__(self):
        return len(self.actions) if self.full else self.cursor


class Wrapped:
    def __init__(self, capacity, n_observations):
        self.memory = ReplayMemory(capacity, n_observations)

    def push(self, *transition):
        self.memory.push(*transition)

    def sample(self, batch_size, generator):
        return self.memory.sample(batch_size, generator)

    def __len__(self):
        return len(self.memory)


def a_function_that_makes_one(capacity, n_observations):
    return Ring(capacity, n_observations)


test_other_ways = make_right_test(
    [(replay.slots, way) for way in (by_formula, by_dictionary, by_rotation, by_tensor, by_rounds)]
    + [(replay.sample, way) for way in (without_replacement, sorted_rows, one_by_one, with_weights, of_64_bits)]
    + [(replay.real_transitions, way) for way in (in_a_loop, stacked, rolled_and_mended, as_tensor, as_lists)]
    + [(replay.ring, way) for way in (OfTuples, OfArrays, Wrapped, ReplayMemory, a_function_that_makes_one)]
    + [
        (replay.what_was_shown, giving(way))
        for way in ("bef", {"B", "E", "F"}, ["F", "E", "B"], "B, E + F", ("BE", "F"))
    ]
)


class Unwritten:
    def __init__(self, capacity, n_observations): ...

    def push(self, observation, action, reward, next_observation, terminated):
        """Store a transition."""

    def sample(self, batch_size, generator): ...

    def __len__(self):
        return ...


class HalfWritten(Unwritten):
    def __init__(self, capacity, n_observations):
        self.capacity, self.pushed = capacity, 0


def test_a_ring_waits_until_one_of_its_methods_is_written():
    assert replay.ring(Unwritten).status == "waits"
    report = replay.ring(HalfWritten)
    assert report.status == "failed"
    assert "len(ring) to be a whole number" in report.message
    assert "Ring.py" in replay.ring(Ring).message


@pytest.mark.parametrize("name", ["rewards shuffled in place", "observations halved in place"])
def test_an_answer_that_changes_its_storage_spoils_nothing(name):
    """The official solution was refused after such an answer, until the kernel was restarted."""
    assert replay.sample(SAMPLES[name][0]).status == "failed"
    assert replay.sample(sample).status == "passed"


def test_an_error_in_a_method_names_its_line():
    def sample(self, batch_size, generator):
        return self.colums[0]

    message = replay.ring(ring(sample=sample)).message
    assert "AttributeError" in message and "return self.colums[0]" in message


def test_the_sentences_hold_by_what_the_lesson_has_printed():
    printed = (NOTEBOOKS / "05_replay_memory.ipynb").read_text()
    gains = re.findall(r"Answer: ([\w ]+): the pools differ by \S+ \[(-?\d+), (-?\d+)\]", printed)
    assert [said for said, *_ in gains] == ["everything so far", "no difference shows"]
    (low, high), (less, more) = ((int(low), int(high)) for _, low, high in gains)
    assert 0 < low and less < 0 < more
    assert less < high and low < more, "the two gains' intervals overlap: sentence D"
