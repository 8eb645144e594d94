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


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in this hook as well, and would find none
def pytest_collection_modifyitems(items):
    """Keep a file's tests in one process, and all that wait for a browser in one, beside which others work."""
    for item in items:
        file = item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group("browser" if "/browser/" in file else file))


def pytest_terminal_summary(terminalreporter):
    """Print what tests measured: how often the intervals of `qlib.study.statistics` hold the truth."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    lines = [text for report in reports for name, text in report.user_properties if name == "coverage"]
    if lines:
        terminalreporter.section("coverage of intervals that are nominally 95 %")
        for line in sorted(lines):
            terminalreporter.write_line(line)
