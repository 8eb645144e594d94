"""What every test shares: still pictures, one thread, and an agent small enough to reason about."""

import os

os.environ.setdefault("QLIB_STILL", "1")

import hypothesis
import pytest
import torch
from xdist.scheduler import LoadScopeScheduling

import qlib

# A busy machine is slow, and no test fails for that.
hypothesis.settings.register_profile(
    "clockless", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
if hypothesis.settings.get_current_profile_name() == "default":  # neither CI's nor that of tests/mutants.py
    hypothesis.settings.load_profile("clockless")


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """Networks this small are twice as fast on one thread."""
    torch.set_num_threads(1)


@pytest.fixture
def small() -> qlib.Settings:
    """Settings that begin to learn within a few steps."""
    return qlib.Settings(hidden=(8,), batch_size=8, memory_size=200, epsilon_episodes=20)


class ByFile(LoadScopeScheduling):
    """A file's tests stay in one process, and all that wait for a browser in one, beside which others work."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "browser" if "/browser/" in file else file


def pytest_xdist_make_scheduler(config, log):
    """Give xdist these groups; the marks that it has for them are lost on pytest 9."""
    return ByFile(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_terminal_summary(terminalreporter):
    """Print what tests measured: how often the intervals of `qlib.study.statistics` hold the truth."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    lines = [text for report in reports for name, text in report.user_properties if name == "coverage"]
    if lines:
        terminalreporter.section("coverage of intervals that are nominally 95 %")
        for line in sorted(lines):
            terminalreporter.write_line(line)
