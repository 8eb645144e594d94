"""Lesson 15's twins and whole runs: the smallest nudge is one float32 wide, and the records say what the text says."""

import numpy as np
import pytest
import torch

import qlib
from qlib.lessons.why_so_slow import twins, ways, whole_run


def test_a_nudge_moves_every_weight_to_a_neighbour():
    agent, other = qlib.QAgent(qlib.ORIGINAL, seed=0), twins.nudge(qlib.QAgent(qlib.ORIGINAL, seed=0), 1)
    for before, after in zip(agent.online.parameters(), other.online.parameters(), strict=True):
        up = torch.nextafter(before, torch.full_like(before, 9.0))
        down = torch.nextafter(before, torch.full_like(before, -9.0))
        assert ((after == up) | (after == down)).all() and (after != before).all()


def test_apart_is_a_share_of_the_way_gone():
    a, b = np.array([[0.0, 0], [2, 0], [4, 0]]), np.array([[0.0, 0], [1, 0], [4, 2]])
    assert twins.apart(a, b).tolist() == [0.5, 0.5]


def test_the_readable_agent_stays_near_the_compiled_one():
    own, nudged = twins.gaps(ways.collect().memory, seed=1, nudges=2)
    assert own.shape == (50,) and nudged.shape == (2, 50)
    assert twins.largest({1: (own, nudged)}, 100) < 1e-4


def test_the_further_one_is_named():
    near, far = np.array([0.1, 0.1]), np.array([0.1, 0.9])
    assert twins.further(
        {1: (near, np.array([far])), 2: (near, np.array([far, near])), 3: (far, np.array([near]))}
    ) == (
        "the most distant of the nudged ones",
        2,
    )
    assert twins.further({1: (far, np.array([near]))}) == ("the readable agent", 1)


def test_the_records_are_of_one_algorithm_and_part(monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath / "notebooks")
    other, run = whole_run.on_two_machines()
    assert run["episodes"] == other["episodes"] == 1_000
    assert run["updates"] == 40 * run["steps"] - 40 * 63, "none before there is a batch of 64"
    assert abs(run["score"] - other["score"]) > 100
    nudges = whole_run.nudged()
    assert nudges["steps"] == run["steps"], "the same seed gave the same run on one machine"
    assert nudges["nudged"] != nudges["steps"]


def test_a_live_run_stops_in_time():
    lengths, microseconds = whole_run.live(0.5)
    assert lengths and microseconds > 0


@pytest.mark.parametrize("length", (50, 100, 200))
def test_minutes_follow_from_the_mean_length(length):
    rows = {line.split()[0]: line for line in whole_run.minutes_by_length(30.0, 600.0).lines[1:]}
    row = rows[str(length)]
    assert f"{length * 40_000:,}" in row and f"{length * 0.02:.1f} min" in row and f"{length * 0.4:.1f} min" in row
