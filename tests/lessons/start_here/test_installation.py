"""The check of the installation: quiet where all is well, and plain about a gap."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from qlib.lessons.start_here import installation

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
NEEDED = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]


@pytest.mark.parametrize("requirement", NEEDED)
def test_what_is_installed_is_found_under_the_name_that_it_is_imported_by(requirement):
    assert installation._problem(Requirement(requirement)) == ""


def test_the_installation_is_whole_and_a_gap_is_named(monkeypatch):
    assert installation.check() == "Everything that the lessons need is installed."
    monkeypatch.setattr(installation.importlib.metadata, "requires", lambda _: ["numpy>=99", "no-such-thing>=1"])
    text = installation.check()
    assert "the lessons need numpy>=99" in text
    assert "no-such-thing is missing" in text
    assert "pip install" in text


def test_what_does_not_load_is_named(monkeypatch):
    def broken(name):
        assert name == "PIL"
        raise ImportError("libjpeg is gone")

    monkeypatch.setattr(installation.importlib, "import_module", broken)
    assert installation._problem(Requirement("pillow")).endswith("is installed but does not load: libjpeg is gone")
