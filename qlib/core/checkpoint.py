"""Saving and loading agents as safetensors files: numbers and text only, nothing that could run."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import safetensors
import torch
from safetensors.torch import save_file

from qlib.core.demands import demand_whole, is_number, is_present
from qlib.core.memory import Batch
from qlib.core.prioritized import PrioritizedReplayMemory
from qlib.core.settings import Settings

if TYPE_CHECKING:
    from qlib.core.agent import QAgent

FORMAT = "qlib agent 1"
SAME = ("env_id", "network", "hidden", "observation_scale", "target_network")  # what shapes the saved tensors
COUNTS = ("steps", "updates", "episodes", "epsilon", "seed")


def save(agent: QAgent, path: str | Path) -> Path:
    """Write an agent: see `QAgent.save`."""
    path = Path(path)
    if not os.path.isdir(path.parent):
        raise ValueError(f"The folder {path.parent} does not exist, so {path.name} was not saved. Make it first.")
    if os.path.isdir(path):
        raise ValueError(f"{path} is a folder, so the agent was not saved. Give the path of a file in it.")
    meta = {
        "format": FORMAT,
        "settings": _to_json(dataclasses.asdict(agent.settings)),
        "counts": _to_json({name: getattr(agent, name) for name in COUNTS} | {"pushed": agent.memory.pushed}),
    }
    tensors = {name: t.detach().contiguous() for name, t in _tensors(agent).items()}
    try:
        _write(path, tensors, meta)
    except (safetensors.SafetensorError, OSError) as error:
        raise ValueError(f"{path} was not saved ({error}). Give the path of a file that you may write.") from error
    return path


def _write(path: Path, tensors: dict[str, torch.Tensor], meta: dict[str, str]) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        save_file(tensors, temporary, meta)
        os.replace(temporary, path)  # in one step: whoever reads sees the old file or the new one
    finally:
        temporary.unlink(missing_ok=True)


def load(kind: type[QAgent], path: str | Path, settings: Settings | None, device: str | None) -> QAgent:
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
    if meta.get("format") != FORMAT:
        raise ValueError(f"{path} holds no agent of this version: format {meta.get('format')!r}, not {FORMAT!r}.")
    try:
        saved, counts = Settings(**json.loads(meta["settings"])), _counts(meta["counts"])
    except (LookupError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} has settings or counts that cannot be read ({error}). Save the agent again."
        ) from error
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
        _fill(agent, tensors, counts)
    except (LookupError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path} does not hold what its settings promise ({error}). Save the agent again.") from error
    return agent


def _to_json(values: dict) -> str:
    return json.dumps(values, default=lambda number: number.item())  # numpy's numbers, from a sweep over an array


def _counts(text: str) -> dict[str, Any]:
    counts = json.loads(text)
    for name in (*COUNTS, "pushed"):
        if name != "epsilon":
            demand_whole(name, counts[name], least=0)
        elif not is_number(counts[name]):
            raise ValueError(f"epsilon={counts[name]!r} is not allowed: epsilon must be a number.")
    return counts


def _tensors(agent: QAgent) -> dict[str, torch.Tensor]:
    """Name every tensor that an agent holds; `_fill` reads the same names."""
    tensors = {"generator": agent.generator.get_state()}
    tensors |= {f"online.{name}": t for name, t in agent.online.state_dict().items()}
    if agent.target is not None:
        tensors |= {f"target.{name}": t for name, t in agent.target.state_dict().items()}
    for i, state in agent.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{i}.{name}": t for name, t in state.items()}
    used = len(agent.memory)
    tensors |= {f"memory.{name}": t[:used] for name, t in agent.memory.storage._asdict().items()}
    if isinstance(agent.memory, PrioritizedReplayMemory):
        tensors["priorities"] = torch.from_numpy(agent.memory.priorities)
        tensors["highest"] = torch.tensor(agent.memory.highest, dtype=torch.float64)
    return tensors


def _fill(agent: QAgent, tensors: dict[str, torch.Tensor], counts: dict) -> None:
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
    for number, p in enumerate(agent.online.parameters()):  # PyTorch's optimisers do not look at what they load
        shapes = {name: t.shape for name, t in state.get(number, {}).items()}
        if state and shapes != {"step": (), "exp_avg": p.shape, "exp_avg_sq": p.shape}:
            raise KeyError(f"optimizer.{number}")
    agent.optimizer.load_state_dict(agent.optimizer.state_dict() | {"state": state})
    for name, t in tensors.items():
        if name.startswith(("online.", "target.")) and not t.isfinite().all():
            raise ValueError(f"{name} is not finite")
    transitions = Batch(**under("memory."))
    if isinstance(agent.memory, PrioritizedReplayMemory) and "priorities" in tensors:  # it was prioritized before
        agent.memory.highest = tensors["highest"].item()
        agent.memory.restore(transitions, counts["pushed"], tensors["priorities"].numpy())
    else:
        agent.memory.restore(transitions, counts["pushed"])
    for name in COUNTS:
        setattr(agent, name, counts[name])
