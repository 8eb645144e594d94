"""What tests of lessons share: a learner's own folder, in which progress and pieces are kept."""

import pytest


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QLIB_STILL", raising=False)
    monkeypatch.delenv("QLIB_MY_AGENT", raising=False)
    return tmp_path
