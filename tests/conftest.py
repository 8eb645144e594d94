"""What every test shares: still pictures, one thread, and an agent small enough to reason about."""

import os

os.environ.setdefault("QLIB_STILL", "1")

import pytest
import torch

import qlib


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Networks this small are twice as fast on one thread."""
    torch.set_num_threads(1)


@pytest.fixture
def small() -> qlib.Settings:
    """Settings that begin to learn within a few steps."""
    return qlib.Settings(hidden=(8,), batch_size=8, memory_size=200, epsilon_episodes=20)
