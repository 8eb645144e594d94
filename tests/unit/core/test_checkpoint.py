"""A saved agent goes on as if it had never stopped; a file that is not one is refused, and never run."""

import collections
import contextlib
import copy
import dataclasses
import faulthandler
import json
import math
import os
import pickle
import stat
import subprocess
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

import qlib
from qlib import QAgent, Settings
from qlib.core import checkpoint
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


@pytest.mark.parametrize("where", ["write", "replace"])
@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()], ids=["disk full", "interrupt"])
def test_an_error_while_writing_leaves_the_old_file_and_no_litter(where, error, tmp_path, monkeypatch):
    path = trained().save(tmp_path / "agent.safetensors")
    old = path.read_bytes()

    def fail(target, *rest):
        if where == "write":
            target.open("wb").write(b"half of it")
        raise error

    monkeypatch.setattr(*{"write": (Path, "write_bytes"), "replace": (os, "replace")}[where], fail)
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


def rewritten(path, change_meta=lambda meta: meta, change_tensors=lambda tensors: tensors, checksums=True):
    """Write the file again with other text or tensors in it, and with checksums that fit it or the old ones."""
    with safetensors.safe_open(path, "pt") as file:
        meta, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}
    meta, tensors = change_meta(meta), change_tensors(tensors)
    if meta and checksums:
        meta["checksums"] = json.dumps(checkpoint.checksums(tensors, meta))
    safetensors.torch.save_file(tensors, path, meta)
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


@pytest.mark.parametrize(
    "name", ["memory.actions", "memory.terminated", "online.layers.0.bias", "generator", "highest"]
)
def test_a_flipped_bit_is_said_with_its_place(name, tmp_path):
    path = trained(replay="prioritized").save(tmp_path / "agent")

    def flip(tensors):
        tensors[name].reshape(-1).view(torch.uint8)[-1] ^= 1
        return tensors

    with pytest.raises(
        ValueError, match=rf"{path} was changed after it was saved, by a flipped bit.*'{name}' is not what"
    ):
        QAgent.load(rewritten(path, change_tensors=flip, checksums=False))


@pytest.mark.parametrize("text", ["settings", "counts", "checksums"])
def test_a_changed_text_is_said(text, tmp_path):
    path = trained().save(tmp_path / "agent")
    rewritten(path, lambda meta: meta | {text: meta[text].replace("1", "2")}, checksums=False)
    with pytest.raises(ValueError, match=r"was changed after it was saved"):
        QAgent.load(path)
    for none in ({}, {"checksums": "["}, {"checksums": "[" * 10**5}, {"checksums": "7"}, {"checksums": "[1, 2]"}):
        rewritten(path, lambda meta, none=none: {"format": FORMAT} | none, checksums=False)
        with pytest.raises(ValueError, match=r"was changed after it was saved"):
            QAgent.load(path)


def test_a_file_of_the_format_without_checksums_is_loaded_and_looked_at(tmp_path):
    agent = trained(replay="prioritized")
    path = agent.save(tmp_path / "agent")

    def older(meta):
        return {name: text for name, text in meta.items() if name != "checksums"} | {"format": "qlib agent 1"}

    assert_same(agent, QAgent.load(rewritten(path, older, checksums=False)))
    rewritten(
        path,
        change_tensors=lambda tensors: tensors | {"memory.rewards": tensors["memory.rewards"] / 0},
        checksums=False,
    )
    with pytest.raises(ValueError, match=r"rewards are not all finite"):
        QAgent.load(path)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("memory.actions", lambda x: x + 2, r"action=.* is not allowed"),
        ("memory.actions", lambda x: x - 1, r"action=.* is not allowed"),
        ("memory.actions", lambda x: x * 0 + 2**62, r"action=.* is not allowed"),
        ("memory.rewards", lambda x: x / 0, r"rewards are not all finite"),
        ("memory.next_observations", lambda x: x * math.nan, r"next_observations are not all finite"),
        (
            "memory.terminated",
            lambda x: (x.view(torch.uint8) + 2).view(torch.bool),
            r"terminated are not all True or False",
        ),
        ("priorities", lambda x: x * math.nan, r"priorities: there must be"),
        ("priorities", lambda x: x * 0, r"priorities: there must be"),
        ("priorities", lambda _: None, r"priorities is missing"),
        ("highest", lambda x: x * math.inf, r"highest=inf is not allowed"),
        ("highest", lambda x: -x, r"highest=-.* is not allowed"),
        ("highest", lambda _: None, r"highest is missing"),
        ("optimizer.0.exp_avg_sq", lambda x: x - 1, r"optimizer.0.exp_avg_sq is below 0"),
        ("optimizer.0.exp_avg", lambda x: x / 0, r"optimizer.0.exp_avg is not finite"),
        ("optimizer.0.step", lambda x: x - 1e6, r"optimizer.0.step is below 0"),
        ("optimizer.9.step", lambda x: torch.zeros(()), r"nothing is called 'optimizer.9.step'"),
        ("online.scale", lambda x: x * 0, r"online.scale is not observation_scale"),
        ("online.layers.0.weight", torch.Tensor.double, r"online.layers.0.weight is torch.float64"),
        ("generator", lambda x: x * 0 + 255, r"generator is no state|state"),
    ],
)
def test_a_number_that_cannot_be_is_refused_by_name(name, change, words, tmp_path):
    path = trained(replay="prioritized", observation_scale=(1, 2, 3, 4)).save(tmp_path / "agent")

    def changed(tensors):
        tensors = tensors | {name: change(tensors.get(name))}
        return {name: t for name, t in tensors.items() if t is not None}

    rewritten(path, change_tensors=changed)
    with pytest.raises(ValueError, match=rf"does not hold what its settings promise \(.*{words}"):
        QAgent.load(path)


def test_a_generator_that_would_read_beyond_its_numbers_is_refused(tmp_path):
    path = trained().save(tmp_path / "agent")

    def change(tensors):
        tensors["generator"].numpy()[16:24] = np.array([624], np.uint64).view(np.uint8)  # the next number
        tensors["generator"].numpy()[8:12] = np.array([624], np.int32).view(np.uint8)  # how many are left
        return tensors

    with pytest.raises(ValueError, match=r"generator is no state of a generator"):
        QAgent.load(rewritten(path, change_tensors=change))


def test_every_state_that_a_generator_can_have_is_loaded(tmp_path):
    agent = QAgent(Settings())
    for draws in (0, 1, 622, 1, 1, 1):
        torch.rand(draws, generator=agent.generator)
        loaded = QAgent.load(agent.save(tmp_path / "agent"))
        assert torch.equal(loaded.generator.get_state(), agent.generator.get_state())


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"memory_size": 10**12}, r"memory_size.=1000000000000 is not allowed: it would take .* GB"),
        ({"memory_size": 10**30}, r"memory_size=10{30} is not allowed"),
        ({"hidden": [10**9] * 2}, r"has hidden=\(1000000000, 1000000000\) in its settings"),
        ({"hidden": [10**9]}, r"hidden=\(1000000000,\) is not allowed: it would take .* GB"),
        ({"hidden": [1] * 10**6}, r"has hidden=\(1, 1, 1,.* in its settings"),
        ({"episodes": 10**30}, r"episodes=10{30} is not allowed"),
        ({"observation_scale": [1.0] * 10**6}, r"observation_scale has 1000000 entries"),
    ],
)
def test_an_absurd_size_is_refused_at_once(field, words, tmp_path):
    def absurd(meta):
        return meta | {"settings": json.dumps(json.loads(meta["settings"]) | field)}

    path = rewritten(trained().save(tmp_path / "agent"), absurd)
    with pytest.raises(ValueError, match=words) as error:
        QAgent.load(path)
    assert len(str(error.value)) < 500


@pytest.mark.parametrize("text", ["settings", "counts"])
@pytest.mark.parametrize(
    "deep", ["[" * 10**5, '{"a":' * 10**5, "[" * 900 + "]" * 900], ids=["lists", "objects", "closed"]
)
def test_deep_nesting_is_refused(text, deep, tmp_path):
    path = rewritten(trained().save(tmp_path / "agent"), lambda meta: meta | {text: deep})
    with pytest.raises(ValueError, match=r"settings or counts that cannot be read"):
        QAgent.load(path)


def test_a_save_through_a_link_writes_the_file_and_keeps_the_link(tmp_path):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "agent", tmp_path / "link"
    for _ in range(2):  # first the target is not there
        if not link.is_symlink():
            link.symlink_to(Path("far") / "agent")
        assert trained().save(link) == link
        assert link.is_symlink() and target.is_file() and not target.is_symlink()
    assert_same(QAgent.load(link), QAgent.load(target))
    assert sorted(os.listdir(tmp_path)) == ["far", "link"] and os.listdir(tmp_path / "far") == ["agent"]


def test_a_device_a_pipe_or_a_circle_of_links_is_refused_and_stays(tmp_path):
    pipe, one, two = tmp_path / "pipe", tmp_path / "one", tmp_path / "two"
    os.mkfifo(pipe)
    one.symlink_to(two)
    two.symlink_to(one)
    for path in (pipe, one, Path("/dev/null")):
        kind = stat.S_IFMT(path.lstat().st_mode)
        with pytest.raises(ValueError, match=r"is a device or a pipe.*Give the path of a file"):
            trained().save(path)
        assert stat.S_IFMT(path.lstat().st_mode) == kind
    assert sorted(os.listdir(tmp_path)) == ["one", "pipe", "two"]


def test_the_mode_of_a_file_is_kept_and_a_new_one_has_the_usual(tmp_path):
    path, usual = tmp_path / "agent", tmp_path / "usual"
    usual.touch()
    trained().save(path)
    assert path.stat().st_mode == usual.stat().st_mode
    for mode in (0o600, 0o664):
        path.chmod(mode)
        trained().save(path)
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_threads_may_save_to_one_path(tmp_path):
    agents = [trained(seed=seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(25):
            for done in [pool.submit(agent.save, tmp_path / "agent") for agent in agents]:
                done.result()
            assert QAgent.load(tmp_path / "agent").seed in range(4)
    assert os.listdir(tmp_path) == ["agent"]


def test_what_a_killed_save_left_is_removed_by_the_next(tmp_path):
    over = subprocess.Popen([sys.executable, "-c", ""])
    over.wait()
    here = os.getpid()
    left = [f".agent.{over.pid}.ab12cd34.part", f".agent.{over.pid}.part", f".agent.{here}.0123abcd.part"]
    kept = [f".agent.{here}.ab12cd34.part", f".other.{over.pid}.ab12cd34.part", ".agent.part", "agent.7.part"]
    for name in left + kept:
        (tmp_path / name).touch()
    os.utime(tmp_path / left[2], (1e9, 1e9))  # begun before this process was: its number was another's
    trained().save(tmp_path / "agent")
    assert sorted(os.listdir(tmp_path)) == sorted([*kept, "agent"])


def test_a_save_that_is_under_way_is_not_taken_for_a_left_over(tmp_path, monkeypatch):
    path, replace = tmp_path / "agent", os.replace

    def another_first(part, target):
        monkeypatch.setattr(os, "replace", replace)
        trained(seed=4).save(path)
        replace(part, target)

    monkeypatch.setattr(os, "replace", another_first)
    trained(seed=5).save(path)
    assert QAgent.load(path).seed == 5


# Fuzzing: a file may hold anything. A case ends in a ValueError that names the field, or in an agent that trains. All
# run in a process of their own, which a crash or a hang would end.

FUZZED = [
    {},
    {"replay": "prioritized", "target_network": "soft", "double": True, "observation_scale": (2, 2, 1, 3)},
    {"network": "batch_norm", "target_network": "hard", "learning_rate_end": 1e-5},
    {"compiled": False, "replay": "prioritized", "weight_decay": 0.01, "stick": -1.0},
]
VALUES = [None, True, -1, 0, 1, 2, 2.5, 10**11, 10**12, 10**30, -(10**30), 10**400, math.nan, math.inf, -math.inf]
VALUES += [1e300, -1e300, 1e-300, "", "x" * 10_000, "CartPole-v1", "Acrobot-v1", "os:CartPole-v1", "cuda:99", "meta"]
VALUES += [[], {}, [[]], {"a": 1}, [0], [-1], [10**10], [10**5] * 3, [1] * 10**5, [1e300] * 4, [math.nan] * 4, [8, 8]]
NUMBERS = [math.nan, math.inf, -math.inf, -1, 0, 0.5, 1, 2, 10**6, -(10**6), 3e38, 1e-45, 2**40, 2**63 - 1, -(2**63)]
KINDS_OF_NUMBERS = [torch.float64, torch.float16, torch.bfloat16, torch.int32, torch.uint8, torch.bool, torch.complex64]
TEXTS = ["[" * 10**5, '{"a":' * 10**5, "", "null", "[]", "{}", "5", '{"steps": 1e999}']


def flipped(data: bytes, rng, n: int) -> bytes:
    bits = np.unpackbits(np.frombuffer(data, np.uint8))
    bits[rng.integers(len(bits), size=n)] ^= 1
    return np.packbits(bits).tobytes()


def damaged(t: torch.Tensor, rng) -> torch.Tensor | None:
    """Change a tensor's bits, numbers, shape or type; None: leave it out."""
    way = rng.choice(["flip", "random", "number", "number", "number", "shape", "type", "out"])
    if way == "number":
        t = t.clone()
        with contextlib.suppress(RuntimeError, OverflowError, ValueError):  # not every number is one of this type
            t.reshape(-1)[rng.integers(t.numel(), size=rng.integers(1, 5))] = NUMBERS[rng.integers(len(NUMBERS))]
        return t
    if way == "shape":
        return [t.reshape(-1)[1:], t.unsqueeze(0), t.unsqueeze(-1), t.reshape(-1).repeat(2)][rng.integers(4)]
    if way == "type":
        return t.to(KINDS_OF_NUMBERS[rng.integers(len(KINDS_OF_NUMBERS))])
    if way == "out":
        return None
    data = t.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    data = flipped(data, rng, int(rng.integers(1, 4))) if way == "flip" else rng.bytes(len(data))
    return torch.frombuffer(bytearray(data), dtype=torch.uint8).view(t.dtype).reshape(t.shape)


def damage(path: Path, case: int) -> tuple[str, bool]:
    """Change one thing in a saved agent's file; return what, and whether its checksums were made to fit."""
    rng = np.random.default_rng(case)
    if case % 5 == 0:
        path.write_bytes(flipped(path.read_bytes(), rng, int(rng.integers(1, 4))))
        return "bits", False
    fits = case % 5 > 1
    with safetensors.safe_open(path, "pt") as file:
        meta, names = file.metadata(), sorted(file.keys())
    if rng.random() < 0.5:
        name = str(rng.choice(names))

        def change(tensors):
            tensors = tensors | {name: damaged(tensors[name], rng)}
            return {name: t.contiguous() for name, t in tensors.items() if t is not None}

        rewritten(path, change_tensors=change, checksums=fits)
        return name, fits
    text = str(rng.choice(["settings", "settings", "counts"]))
    fields = json.loads(meta[text])
    name, value = str(rng.choice(sorted(fields))), VALUES[rng.integers(len(VALUES))]
    changed = json.dumps(fields | {name: value})
    if rng.random() < 0.2:
        name, changed = text, TEXTS[rng.integers(len(TEXTS))]
    rewritten(path, lambda meta: meta | {text: changed}, checksums=fits)
    return name, fits


def outcome(path: Path) -> str:
    """Load a file and learn; return the words of a ValueError, or "trains", "diverges", "waits" for transitions."""
    try:
        agent = QAgent.load(path)
        here = np.zeros(agent.n_observations, np.float32)
        for _ in range(3):
            loss = agent.learn()
            agent.remember(here, agent.act(here), 1.0, here, terminated=True)
    except qlib.DivergedError:  # what was damaged is a number that may be, but not a good one
        return "diverges"
    except ValueError as error:
        return str(error)
    return "waits" if math.isnan(loss) else "trains"


def fuzz(first: int, last: int) -> None:
    """Run cases and print one line each, as JSON: its number, what was changed, whether checksums fit, what came."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        files = [trained(2, **kind).save(Path(folder) / f"{i}").read_bytes() for i, kind in enumerate(FUZZED)]
        for case in range(first, last):
            path = Path(folder) / "fuzzed"
            path.write_bytes(files[case % len(files)])
            faulthandler.dump_traceback_later(10, exit=True)
            name, fits = damage(path, case)
            print(json.dumps([case, name, fits]), flush=True)
            print(json.dumps(outcome(path)), flush=True)
            faulthandler.cancel_dump_traceback_later()


def test_whatever_a_file_holds_it_is_refused_by_name_or_the_agent_trains():
    run = subprocess.run([sys.executable, __file__, "0", "500"], capture_output=True, text=True, timeout=300)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0, f"after {lines[-1:]}: {run.stderr[-3000:]}"
    assert len(lines) == 1_000
    counts: collections.Counter = collections.Counter()
    for (case, name, fits), came in zip(lines[::2], lines[1::2], strict=True):
        if came in ("trains", "diverges", "waits"):
            assert fits or name != "bits", f"case {case}: a flipped bit was not noticed"
            counts[came] += 1
        elif not fits:
            words = (
                "was changed after it was saved",
                "is not a whole safetensors file",
                "holds no agent of this version",
            )
            assert any(part in came for part in words), f"case {case}, {name}: {came}"
            counts["changed"] += 1
        else:
            part = name.split(".")[-1].removesuffix("s")
            assert part in came or "does not hold what its settings promise" in came, f"case {case}, {name}: {came}"
            counts["refused"] += 1
    print(counts)
    assert min(counts[each] for each in ("trains", "changed", "refused")) > 40, counts


IMAGES = {
    "conv": {},
    "stacked": {"frames": 3, "target_network": "hard"},
    "prioritized": {"frames": 2, "replay": "prioritized"},
    "residual": {"filters": ((4, 3, 1), (4, 3, 1)), "padded": True, "residual": True},
    "dense": {"network": "plain"},
}


def trained_on_images(**changes) -> QAgent:
    import tiny  # not at the top: this file also runs as a script, which the tests' folder is no path of

    looks = {"env_id": tiny.register(), "network": "conv", "filters": ((4, 3, 1),), "memory_size": 30}
    return trained(8, **looks | changes)


@pytest.mark.parametrize("name", list(IMAGES))
def test_an_agent_that_sees_images_goes_on_as_if_it_had_never_stopped(name, tmp_path):
    agent = trained_on_images(**IMAGES[name])
    assert len(agent.memory) < agent.memory.pushed, "the oldest frames are gone"
    loaded = QAgent.load(agent.save(tmp_path / "agent.safetensors"))
    assert loaded.settings == agent.settings
    for one in (agent, loaded):
        for _ in qlib.train(one, episodes=5):
            pass
    for a, b in zip(agent.online.state_dict().values(), loaded.online.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert torch.equal(*(one.memory.sample(8, one.generator).observations for one in (agent, loaded)))


def test_images_go_on_with_a_memory_of_another_size_and_kind(tmp_path):
    agent = trained_on_images()
    path = agent.save(tmp_path / "agent.safetensors")
    for changes in ({"memory_size": 16}, {"memory_size": 90}, {"replay": "prioritized"}):
        loaded = QAgent.load(path, dataclasses.replace(agent.settings, **changes))
        n = len(loaded.memory)
        assert n == len(agent.memory) if changes != {"memory_size": 16} else 0 < n < len(agent.memory)
        newest = [one.memory.at(torch.from_numpy(one.memory.slots()[-n:])) for one in (agent, loaded)]
        assert all(map(torch.equal, *newest))
        assert math.isfinite(loaded.learn())


OTHERS = {"frames": 2, "filters": ((4, 2, 1),), "residual": True, "padded": True}


@pytest.mark.parametrize(("name", "value"), list(OTHERS.items()))
def test_a_network_of_another_shape_is_refused(name, value, tmp_path):
    agent = trained_on_images(filters=((4, 3, 1), (4, 1, 1)))
    path = agent.save(tmp_path / "agent.safetensors")
    with pytest.raises(ValueError, match=f"was saved with {name}=.*its weights do not fit"):
        QAgent.load(path, dataclasses.replace(agent.settings, **{name: value}))


def test_a_file_from_before_there_were_images_still_loads(tmp_path):
    agent = trained()
    path = agent.save(tmp_path / "agent.safetensors")
    with safetensors.safe_open(path, "pt") as file:
        meta, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}
    settings = json.loads(meta["settings"])
    for name in ("frames", "channels", "filters", "padded", "residual", "steps_per_update"):
        del settings[name]
    meta["settings"] = json.dumps(settings)
    meta["checksums"] = json.dumps(checkpoint.checksums(tensors, meta))
    safetensors.torch.save_file(tensors, path, meta)
    assert_same(agent, QAgent.load(path))


if __name__ == "__main__":
    fuzz(int(sys.argv[1]), int(sys.argv[2]))
