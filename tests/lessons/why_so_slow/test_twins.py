"""Lesson 15's twins and whole runs: the smallest nudge is one float32 wide, and the records say what the text says."""

import os
import subprocess
import sys

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


def test_without_vector_instructions_one_processor_gives_another_run(monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath / "notebooks")
    rows = [line.split() for line in whole_run.by_capability().lines]
    (_, steps, _), (name, other, _) = rows
    assert name == "DEFAULT" and steps != other and rows[0][0] != name
    assert whole_run.first_episodes(2)[0] == torch.backends.cpu.get_cpu_capability()


def test_the_first_weights_differ_in_their_last_digit_only():
    """What lesson 15 says of them; where PyTorch finds no vector instructions there is nothing to compare."""
    words = (
        "import qlib; print(*(p.item() for q in qlib.QAgent(qlib.ORIGINAL, 0).online.parameters() for p in q.view(-1)))"
    )
    here, without = (
        np.array(
            subprocess.run([sys.executable, "-c", words], env=os.environ | more, capture_output=True).stdout.split(),
            float,
        )
        for more in ({}, {"ATEN_CPU_CAPABILITY": "default"})
    )
    assert np.allclose(here, without, rtol=0, atol=1e-7)
    assert torch.backends.cpu.get_cpu_capability() == "DEFAULT" or (here != without).any()


def test_a_live_run_stops_in_time():
    lengths, microseconds = whole_run.live(0.5)
    assert lengths and microseconds > 0


@pytest.mark.parametrize("length", (50, 100, 200))
def test_minutes_follow_from_the_mean_length(length):
    rows = {line.split()[0]: line for line in whole_run.minutes_by_length(30.0, 600.0).lines[1:]}
    row = rows[str(length)]
    assert f"{length * 40_000:,}" in row and f"{length * 0.02:.1f} min" in row and f"{length * 0.4:.1f} min" in row
