"""Lesson 05's pictures: both ends of every control give a picture or a clear sentence, and the numbers are right."""

import numpy as np
import pytest
import torch
from controls import drawn, marks, texts

import qlib
from qlib.core.memory import Batch
from qlib.lessons.replay_memory import correlation
from qlib.lessons.replay_memory import pictures as replay
from qlib.lessons.replay_memory.price import Price
from qlib.show.marks import Bars, Dots, Interval, Line
from qlib.show.shapes import Box, Words


@pytest.fixture(scope="module")
def run() -> tuple[Batch, np.ndarray]:
    """A run of 2,010 steps in episodes of 30, each with its own drift; the last step of each terminates."""
    steps, length = 2_010, 30
    step = torch.arange(steps)
    observations = torch.randn(steps, 4, generator=torch.Generator().manual_seed(0)).cumsum(0) * 0.01
    ends = step % length == length - 1
    return Batch(observations, step % 2, torch.ones(steps), observations, ends), (step // length).numpy()


def test_pairs_stay_within_an_episode():
    first, second = replay.pairs(np.array([0, 0, 0, 1, 1]), 2)
    assert first.tolist() == [0] and second.tolist() == [2]


def test_correlations_agree_with_numpy():
    a, b = np.random.default_rng(0).normal(size=(2, 50, 4))
    assert correlation.correlations(a, b) == pytest.approx([np.corrcoef(a[:, i], b[:, i])[0, 1] for i in range(4)])


@pytest.mark.parametrize("quantity", replay.NAMES)
@pytest.mark.parametrize("lag", (1, 25))
def test_neighbours_draws(run, lag, quantity):
    log, episode = run
    picture, text = replay.neighbours(log.observations.numpy(), episode)(lag, quantity)
    assert drawn(picture) and f"lag {lag}" in text
    (here,), (in_order, _) = marks(picture, Dots, 1), marks(picture, Line, 1)
    first, second = replay.pairs(episode, lag)
    column = replay.NAMES.index(quantity)
    agreed = correlation.correlations(log.observations.numpy()[first], log.observations.numpy()[second])[column]
    assert here.x == [lag] and here.y[0] == in_order.y[lag - 1] == pytest.approx(agreed, abs=1e-5)
    assert [len(cloud.x) for cloud in marks(picture, Dots)] == [150, 150]


def test_a_lag_longer_than_the_episodes_is_a_sentence(run):
    log, episode = run
    with pytest.raises(ValueError, match="smaller lag"):
        replay.neighbours(log.observations.numpy(), episode)(40, "pole angle")


@pytest.mark.parametrize("step", (50, 2_000))
@pytest.mark.parametrize("capacity", (50, 2_000))
def test_contents_draws_at_both_ends(run, step, capacity):
    picture, text = replay.contents(*run, step, capacity)
    held = min(step, capacity)
    assert drawn(picture) and f"holds {held:,} transitions" in text
    *thirds, ended = marks(picture, Dots)
    assert sum(len(third.x) for third in thirds) == held and len(ended.x) == run[0].terminated[step - held : step].sum()
    assert sum(marks(picture, Bars, 1)[0].y) == held


def test_contents_counts_the_terminations(run):
    _, text = replay.contents(*run, 90, 60)
    assert "Episodes in it: 2. Oldest: 59 steps old. Terminations: 2, 3.3 %" in text


@pytest.mark.parametrize("capacity", (1, 12))
@pytest.mark.parametrize("pushed", (0, 5, 30))
def test_the_ring_holds_what_the_memory_holds(pushed, capacity):
    memory = qlib.ReplayMemory(capacity, 1)
    for n in range(pushed):
        memory.push([0.0], 0, n, [0.0], False)
    picture, text = replay.ring(pushed, capacity)
    labels = texts(picture)
    assert f"{pushed} goes here" in labels
    assert [words.words for words in marks(picture, Words)[:capacity]] == [f"{slot}" for slot in range(capacity)]
    held = [str(int(n)) for n in memory.storage.rewards[: len(memory)]] + ["–"] * (capacity - len(memory))
    assert [box.bold for box in marks(picture, Box)].count(True) == (pushed > 0)
    assert labels[: 2 * capacity : 2] == held and text


def test_the_other_pictures_draw(run):
    picture = replay.two_ways({"one": np.array([1.0, 2, 3]), "other": np.array([4.0, 5, 7])})
    assert drawn(picture) and [interval.x for interval in marks(picture, Interval)] == [[2.0], [16 / 3]]
    assert [dots.x.tolist() for dots in marks(picture, Dots)] == [[1, 2, 3], [4, 5, 7]]
    picture = replay.all_four(run[0].observations.numpy(), run[1], 1)
    assert drawn(picture) and texts(picture) == [f"{value:.2f}" for value in marks(picture, Bars)[0].y]
    picture = replay.terminal_share(run[0], [250, 2_000])
    assert drawn(picture) and texts(picture) == ["250 slots", "2,000 slots"]
    picture = replay.jumps(np.array([0.0, 0.1]), np.array([True, False]))
    assert drawn(picture) and [(dots.label, dots.y.tolist()) for dots in marks(picture, Dots)] == [
        ("real", [1e-9]),
        ("automatic reset", [0.1]),
    ]
    picture = replay.jumps(np.array([0.0, 0.0]), np.array([True, True]))
    assert drawn(picture) and texts(picture) == ["real"]


def test_prices_stand_at_their_bars_and_are_told():
    picture = replay.price_bars({"ring": Price(45.0, 2e-5), "deque": Price(2_000.0, 3e-4)})
    assert drawn(picture) and [texts(picture, panel) for panel in (0, 1)] == [["45", "2,000"], ["20", "300"]]
    assert [panel.y.ticks for panel in picture.panels] == [{1.0: "ring", 0.0: "deque"}] * 2
    assert "bytes a transition: ring 45, deque 2,000; µs a batch: ring 20, deque 300." in picture.alt


def test_each_suspects_bars_are_its_draws_and_the_unwritten_slots_are_grey():
    picture = replay.suspects()
    assert drawn(picture) and "B: 212, 179" in picture.alt
    counts = [marks(picture, Bars, panel)[0].y for panel in range(4)]
    assert [sum(count) for count in counts] == [1_800] * 4
    drawn_unwritten = [letter for letter, count in zip(replay.SUSPECTS, counts, strict=True) if count[9:].any()]
    assert drawn_unwritten == [letter for letter, kind in replay.SUSPECTS.items() if kind == "unwritten"]
    (grey,) = marks(picture, Box)
    assert (grey.x - grey.width / 2, grey.x + grey.width / 2) == (8.5, 11.5)
    assert len({panel.y.high for panel in picture.panels}) == 1, "one scale for all four"
