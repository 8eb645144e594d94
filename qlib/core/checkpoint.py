"""Saving and loading agents as safetensors files: numbers and text only, nothing that could run."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import os
import re
import secrets
import stat
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import safetensors
import torch
from safetensors.torch import save as to_bytes

from qlib.core.demands import demand_whole, is_number, is_present, shown
from qlib.core.network import QNetwork
from qlib.core.prioritized import PrioritizedReplayMemory
from qlib.core.settings import Settings

FORMAT, WITHOUT_CHECKSUMS = "qlib agent 2", "qlib agent 1"
SAME: tuple[str, ...] = ("env_id", "frames", "channels", "network", "filters", "padded", "residual", "hidden")
SAME += ("observation_scale", "target_network")  # all of these shape the saved tensors
COUNTS = ("steps", "updates", "episodes", "epsilon", "seed")


def save(agent: Any, path: str | Path) -> Path:
    """Write an agent: see `QAgent.save`."""
    path = Path(path)
    file = Path(os.path.realpath(path))  # a link stays a link
    if not os.path.isdir(file.parent):
        raise ValueError(f"The folder {file.parent} does not exist, so {path.name} was not saved. Make it first.")
    if os.path.isdir(file):
        raise ValueError(f"{path} is a folder, so the agent was not saved. Give the path of a file in it.")
    if os.path.lexists(file) and not os.path.isfile(file):
        raise ValueError(f"{path} is a device or a pipe, so the agent was not saved. Give the path of a file.")
    meta = {
        "format": FORMAT,
        "settings": _to_json(dataclasses.asdict(agent.settings)),
        "counts": _to_json({name: getattr(agent, name) for name in COUNTS} | {"pushed": agent.memory.pushed}),
    }
    tensors = {name: t.detach().contiguous() for name, t in _tensors(agent).items()}
    meta["checksums"] = json.dumps(checksums(tensors, meta))
    try:
        _write(file, tensors, meta)
    except (safetensors.SafetensorError, OSError) as error:
        raise ValueError(f"{path} was not saved ({error}). Give the path of a file that you may write.") from error
    return path


def _write(path: Path, tensors: dict[str, torch.Tensor], meta: dict[str, str]) -> None:
    for part in path.parent.iterdir():
        if _is_left_over(part, path.name):
            part.unlink(missing_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")  # a thread, a name
    try:
        temporary.write_bytes(to_bytes(tensors, meta))  # its own save_file leaves litter of other names, and mode 600
        if path.exists():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        os.replace(temporary, path)  # in one step: whoever reads sees the old file or the new one
    finally:
        temporary.unlink(missing_ok=True)


def _is_left_over(part: Path, name: str) -> bool:
    """Say whether a file was begun for a name by a process that was killed."""
    match = re.fullmatch(rf"\.{re.escape(name)}\.(\d+)(\.[0-9a-f]+)?\.part", part.name)
    if match is None:
        return False
    try:  # a number may have been given out again since
        return psutil.Process(int(match[1])).create_time() > part.stat().st_mtime
    except psutil.NoSuchProcess:
        return True
    except (psutil.Error, OSError, OverflowError):
        return False


def checksums(tensors: dict[str, torch.Tensor], meta: dict[str, str]) -> dict[str, str]:
    """Compute a number for each tensor and text of a file, which is another one when a bit of it is another."""
    content = {name: hashlib.blake2b(text.encode()) for name, text in meta.items() if name != "checksums"}
    for name, t in tensors.items():
        content[name] = hashlib.blake2b(f"{t.dtype} {tuple(t.shape)}".encode())
        content[name].update(t.cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return {name: number.hexdigest()[:32] for name, number in content.items()}


def load(kind: Any, path: str | Path, settings: Settings | None, device: str | None) -> Any:
    """Read an agent: see `QAgent.load`."""
    path = Path(path)
    if not os.path.isfile(path):
        raise ValueError(f"There is no file {path}. Give the path that agent.save(...) wrote.")
    try:
        with safetensors.safe_open(path, "pt") as file:
            meta = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except (safetensors.SafetensorError, OSError) as error:
        raise ValueError(
            f"{path} is not a whole safetensors file ({error}). It was cut off, or it is of another kind, such as a "
            "pickle from torch.save, which this tutorial never opens: a pickle can run code. Save the agent again."
        ) from error
    if meta.get("format") not in (FORMAT, WITHOUT_CHECKSUMS):
        given = shown(meta.get("format"))
        raise ValueError(f"{path} holds no agent of this version: format {given}, not {FORMAT!r}.")
    if meta["format"] == FORMAT:
        _demand_unchanged(path, tensors, meta)
    try:
        saved, counts = Settings(**json.loads(meta["settings"])), _counts(meta["counts"])
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"{path} has settings or counts that cannot be read ({error}). Save the agent again."
        ) from error
    numbers, hidden = sum(t.numel() for t in tensors.values()), saved.hidden
    if len(hidden) > len(tensors) or sum(n_in * n_out for n_in, n_out in itertools.pairwise(hidden)) > numbers:
        raise ValueError(  # before such a network is made, which may take minutes
            f"{path} has hidden={shown(hidden)} in its settings, and its {len(tensors)} tensors of {numbers:,} numbers "
            "are too few for that. Save the agent again."
        )
    settings = saved if settings is None else settings
    for name in SAME:
        if getattr(saved, name) != getattr(settings, name):
            raise ValueError(
                f"{path} was saved with {name}={getattr(saved, name)!r}, and you ask for "
                f"{name}={getattr(settings, name)!r}: its weights do not fit. Load it without settings, or with "
                f"the same {name}."
            )
    if device is None:
        device = settings.device if is_present(settings.device) else "cpu"
    agent = kind(dataclasses.replace(settings, device=device), counts["seed"])
    try:
        _demand_fitting(agent, tensors, is_prioritized=saved.replay == "prioritized")
        _fill(agent, tensors, counts)
    except (LookupError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path} does not hold what its settings promise ({error}). Save the agent again.") from error
    return agent


def _demand_unchanged(path: Path, tensors: dict[str, torch.Tensor], meta: dict[str, str]) -> None:
    try:
        saved = dict(json.loads(meta["checksums"]))
    except (LookupError, TypeError, ValueError, RecursionError):
        saved = {}
    now = checksums(tensors, meta)
    changed = sorted(name for name in saved.keys() | now.keys() if saved.get(name) != now.get(name))
    if changed:
        raise ValueError(
            f"{path} was changed after it was saved, by a flipped bit or an edit: {shown(', '.join(changed))} is not "
            "what was written. Save the agent again, or take another copy of the file."
        )


def _to_json(values: dict) -> str:
    return json.dumps(values, default=lambda number: number.item())  # an epsilon of numpy's, set by hand


def _counts(text: str) -> dict[str, Any]:
    counts = json.loads(text)
    for name in (*COUNTS, "pushed"):
        if name != "epsilon":
            demand_whole(name, counts[name], least=0)
        elif not (is_number(counts[name]) and 0 <= counts[name] <= 1):
            raise ValueError(f"epsilon={shown(counts[name])} is not allowed: epsilon must be a number from 0 to 1.")
    return counts


def _tensors(agent: Any) -> dict[str, torch.Tensor]:
    """Name every tensor that an agent holds; `_fill` reads the same names."""
    tensors = {"generator": agent.generator.get_state()}
    tensors |= {f"online.{name}": t for name, t in agent.online.state_dict().items()}
    if agent.target is not None:
        tensors |= {f"target.{name}": t for name, t in agent.target.state_dict().items()}
    for i, state in agent.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{i}.{name}": t for name, t in state.items()}
    tensors |= {f"memory.{name}": t for name, t in agent.memory.saved().items()}
    if isinstance(agent.memory, PrioritizedReplayMemory):
        tensors["priorities"] = torch.from_numpy(agent.memory.priorities)
        tensors["highest"] = torch.tensor(agent.memory.highest, dtype=torch.float64)
    return tensors


def _demand_fitting(agent: Any, tensors: dict[str, torch.Tensor], is_prioritized: bool) -> None:
    """Raise a ValueError that names a tensor unless all are there, of the shapes, types and values that they may have.

    What belongs to the memory, it looks at itself.
    """
    expected = _tensors(agent)
    if any(name.startswith("optimizer.") for name in tensors):  # PyTorch's optimisers do not look at what they load
        for i, p in enumerate(agent.online.parameters()):
            expected |= {f"optimizer.{i}.{name}": p for name in ("exp_avg", "exp_avg_sq")}
            expected[f"optimizer.{i}.step"] = torch.zeros(())
    priorities = {"priorities", "highest"}
    for name in sorted((expected.keys() - priorities | (priorities if is_prioritized else set())) ^ tensors.keys()):
        raise ValueError(f"{name} is missing" if name not in tensors else f"nothing is called {shown(name)}")
    for name in expected.keys() - priorities:
        t, example = tensors[name], expected[name]
        if name.startswith("memory."):
            continue
        if t.dtype != example.dtype or t.shape != example.shape:
            raise ValueError(
                f"{name} is {t.dtype} of shape {tuple(t.shape)}, not {example.dtype} of shape {tuple(example.shape)}"
            )
        if not t.isfinite().all():
            raise ValueError(f"{name} is not finite")
        if name.endswith(("step", "exp_avg_sq", "running_var")) and (t < 0).any():
            raise ValueError(f"{name} is below 0")
        if (
            name in ("online.scale", "target.scale")
            and isinstance(agent.online, QNetwork)
            and (t != example.cpu()).any()
        ):
            raise ValueError(f"{name} is not observation_scale")
    left, following = (int(tensors["generator"].numpy()[at].view(kind)[0]) for at, kind in _PLACES)
    if not 0 < left + following <= 625:  # PyTorch would read its 624 numbers and go on
        raise ValueError("generator is no state of a generator")


_PLACES = ((slice(8, 12), np.int32), (slice(16, 24), np.uint64))  # of numbers left, and of the next, in a state


def _fill(agent: Any, tensors: dict[str, torch.Tensor], counts: dict) -> None:
    """Put saved tensors and counts into a new agent."""

    def under(prefix: str) -> dict[str, torch.Tensor]:
        return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}

    agent.generator.set_state(tensors["generator"])
    agent.online.load_state_dict(under("online."))
    if agent.target is not None:
        agent.target.load_state_dict(under("target."))
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, t in under("optimizer.").items():
        i, name = key.split(".")
        state.setdefault(int(i), {})[name] = t
    agent.optimizer.load_state_dict(agent.optimizer.state_dict() | {"state": state})
    transitions = type(agent.memory.storage)(**under("memory."))
    if isinstance(agent.memory, PrioritizedReplayMemory) and "priorities" in tensors:  # it was prioritized before
        priorities, highest = tensors["priorities"].numpy(), tensors["highest"].item()
        agent.memory.restore(transitions, counts["pushed"], priorities, highest)
    else:
        agent.memory.restore(transitions, counts["pushed"])
    for name in COUNTS:
        setattr(agent, name, counts[name])
