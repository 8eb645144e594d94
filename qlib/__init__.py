"""Deep Q-learning, small enough to read: the package behind the lessons in `notebooks/`."""

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

from qlib.core.agent import DivergedError, QAgent
from qlib.core.carry import carry_over
from qlib.core.environment import make_env
from qlib.core.frames import FrameMemory
from qlib.core.guards import HeldBack
from qlib.core.memories import PrioritizedFrameMemory
from qlib.core.memory import Batch, ReplayMemory
from qlib.core.network import QNetwork, QNetworkBN, QNetworkConv
from qlib.core.presets import MINATAR, MNIH_2013, MNIH_2015
from qlib.core.prioritized import PrioritizedReplayMemory
from qlib.core.rules import epsilon_schedule
from qlib.core.settings import ORIGINAL, RECOMMENDED, Settings
from qlib.core.training import Episode, evaluate, train

if importlib.util.find_spec("qlib.engine"):  # without it the agent runs as it reads
    importlib.import_module("qlib.engine")

if TYPE_CHECKING:
    from qlib.study import probes
    from qlib.study.audit import audit
    from qlib.study.compare import compare
    from qlib.study.result import Comparison

__all__ = [
    "MINATAR",
    "MNIH_2013",
    "MNIH_2015",
    "ORIGINAL",
    "RECOMMENDED",
    "Batch",
    "Comparison",
    "DivergedError",
    "Episode",
    "FrameMemory",
    "PrioritizedFrameMemory",
    "PrioritizedReplayMemory",
    "QAgent",
    "QNetwork",
    "QNetworkBN",
    "QNetworkConv",
    "ReplayMemory",
    "Settings",
    "audit",
    "carry_over",
    "compare",
    "epsilon_schedule",
    "evaluate",
    "make_env",
    "probes",
    "train",
]

_STUDY = {
    "audit": "qlib.study.audit",
    "compare": "qlib.study.compare",
    "Comparison": "qlib.study.result",
    "probes": "qlib.study.probes",
}


def __getattr__(name: str) -> Any:
    """Fetch what measures when it is first asked for: the agent alone needs neither scipy nor Numba."""
    if name not in _STUDY:
        raise AttributeError(f"module 'qlib' has no attribute {name!r}")
    with HeldBack():  # half an import cannot be mended
        module = importlib.import_module(_STUDY[name])
    value = module if name == "probes" else getattr(module, name)
    globals()[name] = value
    return value
