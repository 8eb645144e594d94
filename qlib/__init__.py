"""Deep Q-learning, small enough to read: the package behind the lessons in `notebooks/`."""

from qlib.core.agent import DivergedError, QAgent
from qlib.core.environment import make_env
from qlib.core.memory import Batch, ReplayMemory
from qlib.core.network import QNetwork, QNetworkBN
from qlib.core.prioritized import PrioritizedReplayMemory
from qlib.core.settings import ORIGINAL, RECOMMENDED, Settings, epsilon_schedule
from qlib.core.training import Episode, evaluate, train
from qlib.study import probes
from qlib.study.compare import Comparison, compare

__all__ = [
    "ORIGINAL",
    "RECOMMENDED",
    "Batch",
    "Comparison",
    "DivergedError",
    "Episode",
    "PrioritizedReplayMemory",
    "QAgent",
    "QNetwork",
    "QNetworkBN",
    "ReplayMemory",
    "Settings",
    "compare",
    "epsilon_schedule",
    "evaluate",
    "make_env",
    "probes",
    "train",
]
