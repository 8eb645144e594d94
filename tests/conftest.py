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


def pytest_terminal_summary(terminalreporter):
    """Print what tests measured: how often the intervals of `qlib.study.statistics` hold the truth."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    lines = [text for report in reports for name, text in report.user_properties if name == "coverage"]
    if lines:
        terminalreporter.section("coverage of intervals that are nominally 95 %")
        for line in sorted(lines):
            terminalreporter.write_line(line)
