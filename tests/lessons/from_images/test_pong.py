"""Lesson 14's Pong: small images on black, trainings that go on where they were, and what a record shows."""

import dataclasses
import json

import gymnasium
import numpy as np
import pytest
import torch

import qlib
from qlib.lessons.from_images import pong
from qlib.show.marks import Line


def test_on_black_only_what_moves_is_left():
    screen = np.full((42, 42), pong.BACKGROUND, np.uint8)
    screen[10:14, 5], screen[20, 20], screen[3, 3], screen[-1] = 150, 100, 236, 236
    found = pong.on_black(screen)
    assert found.dtype == np.uint8 and set(np.unique(found)) == {0, 255}
    assert found[10:14, 5].all() and found[20, 20] and np.count_nonzero(found) == 5, "no points, no edge"
    assert screen[3, 3] == 236, "the screen itself is as it was"


def test_the_game_has_small_images_and_three_moves():
    pytest.importorskip("ale_py")
    env = qlib.make_env(pong.SETTINGS)
    first = np.array(env.reset(seed=0)[0])
    assert first.shape == (4, 42, 42) and first.dtype == np.uint8 and set(np.unique(first)) == {0, 255}
    assert env.action_space.n == 3
    rows = {}
    for action in range(3):
        env.reset(seed=0)
        for _ in range(12):
            screen = np.array(env.step(action)[0])[-1]
        rows[action] = np.flatnonzero(screen[:, 34:38].any(1)).min()  # the upper edge of the paddle on the right
    assert rows[1] < rows[0] < rows[2], "0 stays, 1 goes up, 2 goes down"


def test_a_training_is_filmed_at_its_moments(monkeypatch):
    pytest.importorskip("ale_py")
    monkeypatch.setattr(pong, "MOMENTS", (0, 100))
    monkeypatch.setattr(pong, "SETTINGS", dataclasses.replace(pong.SETTINGS, memory_size=2_000, learning_starts=10**6))
    found = pong.measure(0, steps=200)
    assert found["film 0"].shape == found["film 1"].shape == (pong.SHOWN, 42, 42)
    assert found["returns"].shape == found["ends"].shape == (1,) and found["ends"][0] > 200
    assert -21 <= found["returns"][0] < 0 and found["weights layers.0.weight"].shape[0] == 256


def of(seed):
    """Make what `measure` would give: an agent that is worth more and more."""
    agent = qlib.QAgent(SMALL, seed)
    weights = {f"weights {name}": tensor.clone() for name, tensor in agent.online.state_dict().items()}
    films = {f"film {k}": torch.full((3, 42, 42), 10 * k, dtype=torch.uint8) for k in range(len(pong.MOMENTS))}
    returns = torch.linspace(-21, 3.0 * seed, 60)
    return {"returns": returns, "ends": torch.arange(1, 61) * 1_000} | films | weights


SMALL = dataclasses.replace(pong.SETTINGS, env_id="qlib/Screens-v0", memory_size=64)


class Screens(gymnasium.Env):
    observation_space = gymnasium.spaces.Box(0, 255, (42, 42), np.uint8)
    action_space = gymnasium.spaces.Discrete(3)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.zeros((42, 42), np.uint8), {}

    def step(self, action):
        return np.zeros((42, 42), np.uint8), 0.0, False, False, {}


gymnasium.register("qlib/Screens-v0", lambda **how: Screens(), max_episode_steps=9)


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """Record two agents, whose trainings are counted in the list that is returned."""
    calls = []
    monkeypatch.chdir(tmp_path)
    (tmp_path / "records").mkdir()
    monkeypatch.setattr(pong, "SETTINGS", SMALL)
    monkeypatch.setattr(pong, "measure", lambda seed: calls.append(seed) or of(seed))
    pong.record((2,))
    assert not pong.RECORD.exists(), "the other one is missing"
    pong.record()
    return calls


def test_what_was_trained_already_is_not_trained_again(recorded):
    assert recorded == [2, 1]
    pong.record()
    assert recorded == [2, 1]
    made = pong.Run().made
    assert made["how"] == "seeds (1, 2), 400,000 steps" and made["settings"]["learning_rate"] == 3e-4
    assert json.dumps(made)


@pytest.mark.usefixtures("recorded")
def test_the_record_gives_curves_films_and_the_first_agent():
    run = pong.Run()
    lines = [mark for mark in run.curve().panels[0].marks if isinstance(mark, Line)]
    assert [line.label for line in lines] == ["seed 1", "seed 2"]
    assert lines[0].y[-1] == pytest.approx(of(1)["returns"][-20:].mean()) and lines[0].x[-1] == 60_000
    assert run.late == pytest.approx([of(seed)["returns"][-20:].mean().item() for seed in (1, 2)])
    films = run.films()
    assert [film.trained_steps for film in films] == list(pong.MOMENTS) and all(len(f.frames) == 3 for f in films)
    agent = run.agent()
    for name, tensor in agent.online.state_dict().items():
        torch.testing.assert_close(tensor, of(1)[f"weights {name}"], rtol=0, atol=0)
        torch.testing.assert_close(agent.target.state_dict()[name], tensor)


@pytest.mark.usefixtures("recorded")
def test_without_atari_a_sentence_says_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(pong, "is_here", lambda: False)
    assert pong.watch(pong.Run()) is None
    assert "[atari]" in capsys.readouterr().out


@pytest.mark.usefixtures("recorded")
def test_with_atari_the_agent_plays(monkeypatch):
    monkeypatch.setattr(pong, "is_here", lambda: True)
    shown = pong.watch(pong.Run())
    assert shown.view.demo["trained_steps"] == pong.STEPS and "cannot be drawn" in shown.view.demo["ending"]
    shown.close()


@pytest.mark.usefixtures("beside_the_notebooks")
def test_the_lesson_s_record_says_what_the_lesson_says():
    run = pong.Run()
    assert run.made["how"] == "seeds (1, 2), 400,000 steps"
    assert run.made["settings"] == json.loads(json.dumps(dataclasses.asdict(pong.SETTINGS)))
    assert (run.late < 0).all(), "neither beats its opponent yet"
    assert (run.late > [run._means(seed)[1][19] + 5 for seed in pong.SEEDS]).all(), "better and better"
    assert pong.RECORD.stat().st_size < 3_000_000
