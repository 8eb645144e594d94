"""What tests of lessons share: a learner's own folder, in which progress and pieces are kept, and the notebooks'."""

import pytest
from definitions import NOTEBOOKS


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QLIB_STILL", raising=False)
    monkeypatch.delenv("QLIB_MY_AGENT", raising=False)
    return tmp_path


@pytest.fixture
def beside_the_notebooks(monkeypatch):
    """Run where the notebooks run: records are read from beside them."""
    monkeypatch.chdir(NOTEBOOKS)
