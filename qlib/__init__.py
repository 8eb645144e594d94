"""Deep Q-learning, small enough to read: the package behind the lessons in `notebooks/`."""

from qlib import probes
from qlib.agent import DivergedError, QAgent
from qlib.comparison import Comparison, compare
from qlib.environment import make_env
from qlib.memory import Batch, ReplayMemory
from qlib.network import QNetwork, QNetworkBN
from qlib.prioritized import PrioritizedReplayMemory
from qlib.settings import ORIGINAL, RECOMMENDED, Settings, epsilon_schedule
from qlib.training import Episode, evaluate, train

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
