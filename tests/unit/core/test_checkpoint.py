"""A saved agent goes on as if it had never stopped; a file that is not one is refused, and never run."""

import copy
import dataclasses
import json
import math
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

import qlib
from qlib import QAgent, Settings
from qlib.core.checkpoint import FORMAT

KINDS = {
    "plain": {},
    "readable": {"compiled": False},
    "soft target and double": {"target_network": "soft", "double": True, "observation_scale": (2.4, 2, 0.2, 2)},
    "batch norm and hard target": {"network": "batch_norm", "target_network": "hard", "target_every": 7},
    "falling rate": {"learning_rate_end": 1e-5, "learning_rate_steps": 200, "weight_decay": 0.01},
}


def trained(episodes=4, seed=3, **changes) -> QAgent:
    settings = Settings(hidden=(8,), batch_size=8, memory_size=60, epsilon_episodes=9)
    agent = QAgent(dataclasses.replace(settings, **changes), seed)
    for _ in qlib.train(agent, episodes=episodes):
        pass
    return agent


def state(agent: QAgent) -> list[torch.Tensor]:
    """Everything that an agent is made of."""
    networks = [agent.online] + ([agent.target] if agent.target is not None else [])
    tensors = [t for network in networks for t in network.state_dict().values()]
    tensors += [each[name] for each in agent.optimizer.state_dict()["state"].values() for name in sorted(each)]
    tensors += [column[: len(agent.memory)] for column in agent.memory.storage]
    counts = [agent.steps, agent.updates, agent.episodes, agent.epsilon, agent.memory.pushed]
    return [*tensors, agent.generator.get_state(), torch.tensor(counts, dtype=torch.float64)]


def assert_same(one: QAgent, two: QAgent):
    for a, b in zip(state(one), state(two), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("episodes", [1, 6], ids=["memory not full", "memory full"])
def test_a_loaded_agent_goes_on_as_if_it_had_never_stopped(kind, episodes, tmp_path):
    agent = trained(episodes, **KINDS[kind])
    loaded = QAgent.load(agent.save(tmp_path / "agent.safetensors"))
    assert loaded.settings == agent.settings
    assert_same(agent, loaded)
    assert [agent.learn() for _ in range(5)] == [loaded.learn() for _ in range(5)]
    assert list(qlib.train(agent, episodes=5)) == list(qlib.train(loaded, episodes=5))
    assert_same(agent, loaded)


def test_an_untouched_agent_can_be_saved(tmp_path):
    agent = QAgent(Settings(), seed=1)
    assert_same(agent, QAgent.load(agent.save(tmp_path / "new")))


def test_saving_changes_nothing_in_the_agent_and_leaves_one_file(tmp_path):
    agent = trained()
    before = copy.deepcopy(state(agent))
    path = agent.save(str(tmp_path / "agent.safetensors"))
    agent.save(path)
    assert all(torch.equal(a, b) for a, b in zip(before, state(agent), strict=True))
    assert os.listdir(tmp_path) == ["agent.safetensors"]


@pytest.mark.parametrize("where", ["save_file", "replace"])
@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()], ids=["disk full", "interrupt"])
def test_an_error_while_writing_leaves_the_old_file_and_no_litter(where, error, tmp_path, monkeypatch):
    path = trained().save(tmp_path / "agent.safetensors")
    old = path.read_bytes()

    def fail(tensors, target, *rest):
        if where == "save_file":
            with open(target, "wb") as file:
                file.write(b"half of it")
        raise error

    monkeypatch.setattr(f"qlib.core.checkpoint.{'save_file' if where == 'save_file' else 'os.replace'}", fail)
    with pytest.raises(ValueError if isinstance(error, OSError) else KeyboardInterrupt) as raised:
        trained(episodes=6).save(path)
    if isinstance(error, OSError):
        assert f"{path} was not saved (disk full)" in str(raised.value)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["agent.safetensors"]


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"folder .*nowhere does not exist, so agent was not saved. Make it first"):
        trained().save(tmp_path / "nowhere" / "agent")


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "is a folder"), ("x" * 300, "too long"), ("x" * 300 + "/agent", "does not exist"), (None, "not saved")],
    ids=["a folder", "a long name", "a long folder", "not writable"],
)
def test_a_path_that_cannot_be_written_is_named(name, words, tmp_path):
    path = Path("/proc/agent.safetensors") if name is None else tmp_path / name
    with pytest.raises(ValueError) as error:
        trained().save(path)
    for part in (path.name, words):
        assert part.lower() in str(error.value).lower()
    assert not list(tmp_path.parent.glob(".*.part"))


def test_a_file_that_does_not_exist_is_named(tmp_path):
    for path in (tmp_path / "agent", tmp_path, tmp_path / ("x" * 300)):
        with pytest.raises(ValueError, match=r"There is no file .*agent.save"):
            QAgent.load(path)


@pytest.mark.parametrize("share", [0, 0.001, 0.02, 0.3, 0.7, 0.999])
def test_a_file_that_was_cut_off_is_refused(share, tmp_path):
    path = trained().save(tmp_path / "agent")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ValueError, match=r"not a whole safetensors file.*cut off.*Save the agent again"):
        QAgent.load(path)


class Bomb:
    def __reduce__(self):
        return (os.mkdir, (os.environ["QLIB_TEST_BOMB"],))


@pytest.mark.parametrize("write", [lambda p: torch.save(Bomb(), p), lambda p: p.write_bytes(pickle.dumps(Bomb()))])
def test_a_pickle_is_refused_and_its_payload_does_not_run(write, tmp_path, monkeypatch):
    monkeypatch.setenv("QLIB_TEST_BOMB", str(tmp_path / "exploded"))
    write(tmp_path / "agent.pt")
    with pytest.raises(ValueError, match=r"pickle.*never opens"):
        QAgent.load(tmp_path / "agent.pt")
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"env_id": "Acrobot-v1"},
        {"network": "batch_norm"},
        {"hidden": (9,)},
        {"target_network": "soft"},
        {"observation_scale": (1.0, 1.0, 1.0, 1.0)},
    ],
)
def test_other_environments_and_networks_are_refused(change, tmp_path):
    agent = trained()
    path = agent.save(tmp_path / "agent")
    ((name, value),) = change.items()
    with pytest.raises(ValueError) as error:
        QAgent.load(path, dataclasses.replace(agent.settings, **change))
    assert f"was saved with {name}={getattr(agent.settings, name)!r}" in str(error.value)
    assert f"{name}={value!r}" in str(error.value)


def test_other_settings_may_change_on_the_way(tmp_path):
    agent = trained(episodes=8)
    path = agent.save(tmp_path / "agent")
    settings = dataclasses.replace(agent.settings, learning_rate=0.5, memory_size=20, gamma=0.5, compiled=False)
    loaded = QAgent.load(path, settings)
    assert loaded.optimizer.param_groups[0]["lr"] == 0.5
    newest = [(agent.memory.pushed - 20 + i) % agent.memory.capacity for i in range(20)]
    assert torch.equal(loaded.memory.storage.observations, agent.memory.storage.observations[newest])


def rewritten(path, change_meta=lambda meta: meta, change_tensors=lambda tensors: tensors):
    """Write the file again with other text or tensors in it."""
    with safetensors.safe_open(path, "pt") as file:
        meta, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}
    safetensors.torch.save_file(change_tensors(tensors), path, change_meta(meta))
    return path


def counted(**counts):
    return lambda meta: meta | {"counts": json.dumps(json.loads(meta["counts"]) | counts)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda meta: meta | {"format": "qlib agent 0"}, f"'qlib agent 0', not '{FORMAT}'"),
        (lambda meta: None, "format None"),
        (lambda meta: meta | {"settings": "{"}, "settings or counts that cannot be read"),
        (lambda meta: meta | {"settings": json.dumps({"colour": "red"})}, "colour"),
        (lambda meta: meta | {"settings": json.dumps({"gamma": 7})}, "gamma=7 is not allowed"),
        (lambda meta: {k: v for k, v in meta.items() if k != "counts"}, "counts"),
        (lambda meta: meta | {"counts": "{}"}, "counts that cannot be read ('steps')"),
        (lambda meta: meta | {"counts": "[]"}, "counts that cannot be read"),
        (lambda meta: meta | {"counts": "5"}, "counts that cannot be read"),
        (counted(seed="seven"), "seed='seven' is not allowed"),
        (counted(epsilon="small"), "epsilon='small' is not allowed"),
        (counted(epsilon=math.nan), "epsilon=nan is not allowed"),
        (counted(pushed=-5), "pushed=-5 is not allowed"),
        (counted(pushed=1), "pushed=1 is not allowed"),
        (counted(steps=2.5), "steps=2.5 is not allowed"),
    ],
)
def test_a_file_with_other_text_is_refused(change, message, tmp_path):
    path = rewritten(trained().save(tmp_path / "agent"), change_meta=change)
    with pytest.raises(ValueError) as error:
        QAgent.load(path)
    assert message in str(error.value)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("name", ["generator", "online.layers.0.weight", "memory.actions", "optimizer.0.exp_avg"])
def test_a_file_that_lacks_a_tensor_is_refused(name, tmp_path):
    path = trained().save(tmp_path / "agent")
    rewritten(path, change_tensors=lambda tensors: {k: v for k, v in tensors.items() if k != name})
    with pytest.raises(ValueError, match="does not hold what its settings promise"):
        QAgent.load(path)


@pytest.mark.parametrize("name", ["online.layers.0.weight", "memory.observations", "optimizer.0.exp_avg"])
def test_a_file_with_a_tensor_of_another_shape_is_refused(name, tmp_path):
    path = trained().save(tmp_path / "agent")
    rewritten(path, change_tensors=lambda tensors: tensors | {name: torch.zeros(3, 3)})
    with pytest.raises(ValueError, match="does not hold what its settings promise"):
        QAgent.load(path)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("optimizer.x.y", lambda _: torch.zeros(3)),
        ("optimizer.0.x.y", lambda _: torch.zeros(3)),
        ("memory.colour", lambda _: torch.zeros(3)),
        ("memory.actions", lambda x: x[:5]),
        ("memory.observations", lambda x: x[:, :1].contiguous()),
        ("memory.terminated", torch.Tensor.float),
        ("generator", torch.Tensor.float),
        ("online.layers.0.weight", lambda x: x * math.nan),
        ("target.layers.0.weight", lambda x: x * math.inf),
    ],
)
def test_a_file_with_a_damaged_tensor_is_refused(name, change, tmp_path):
    path = trained(target_network="soft").save(tmp_path / "agent")
    rewritten(path, change_tensors=lambda tensors: tensors | {name: change(tensors.get(name))})
    with pytest.raises(ValueError, match=f"^{path} does not hold what its settings promise"):
        QAgent.load(path)


def test_numpys_numbers_in_settings_can_be_saved(tmp_path):
    settings = Settings(batch_size=np.int64(8), gamma=np.float32(0.5), hidden=np.array([8, 8]))
    loaded = QAgent.load(QAgent(settings).save(tmp_path / "agent"))
    assert (loaded.settings.batch_size, loaded.settings.gamma, loaded.settings.hidden) == (8, 0.5, (8, 8))


def test_what_was_saved_on_an_absent_device_is_loaded_on_the_cpu(tmp_path):
    path = trained().save(tmp_path / "agent")

    def elsewhere(meta):
        return meta | {"settings": json.dumps(json.loads(meta["settings"]) | {"device": "cuda:77"})}

    assert QAgent.load(rewritten(path, change_meta=elsewhere)).device.type == "cpu"
    with pytest.raises(ValueError, match="device='cuda:77' is not on this machine"):
        QAgent.load(path, device="cuda:77")
