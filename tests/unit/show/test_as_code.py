"""A run as one line of Python: it is spelled shortly, and means what was run."""

import dataclasses

import numpy as np
import pytest

import qlib
from qlib.show.as_code import spell_build, spell_run, spell_settings
from qlib.study.diagnostics import DIAGNOSTICS


@pytest.mark.parametrize(
    "settings",
    [
        qlib.Settings(),
        qlib.ORIGINAL,
        qlib.RECOMMENDED,
        dataclasses.replace(qlib.RECOMMENDED, stick=-10.0, gamma=0.8),
        dataclasses.replace(qlib.RECOMMENDED, epsilon_episodes=None, epsilon_steps=5_000),
        dataclasses.replace(qlib.ORIGINAL, network="batch_norm", hidden=(64, 64), max_gradient_norm=None),
        qlib.Settings(gamma=np.float64(0.9), observation_scale=tuple(np.array([1.0, 2.0, 3.0, 4.0]))),
    ],
)
def test_settings_spelled_are_those_settings(settings):
    spelled = spell_settings(settings)
    assert eval(spelled, {"qlib": qlib, "dataclasses": dataclasses}) == settings
    assert "np." not in spelled


def test_settings_are_spelled_from_the_nearest_ready_ones():
    changed = dataclasses.replace(qlib.RECOMMENDED, stick=-10.0)
    assert spell_settings(changed) == "dataclasses.replace(qlib.RECOMMENDED, stick=-10.0)"
    assert spell_settings(qlib.ORIGINAL) == "qlib.ORIGINAL"


def mine(agent):
    return 0.0


def test_a_run_is_spelled_with_its_diagnostics_by_name_or_as_a_function():
    line = spell_run("build(gamma=0.9)", np.int64(3), np.int64(3_000), {"loss": DIAGNOSTICS["loss"], "mine": mine})
    assert line == (
        'import qlib; qlib.compare({"run": build(gamma=0.9)}, seeds=3, steps=3_000, '
        "diagnostics=['loss', mine]).plot()"
    )
    assert spell_run("dataclasses.replace(x)", 1, 1, {}).startswith("import dataclasses, qlib; ")


def test_a_call_is_spelled_with_plain_numbers_and_needs_a_name():
    assert spell_build(mine, {"rate": np.float64(0.5), "hidden": (np.int64(8), 8)}) == "mine(rate=0.5, hidden=(8, 8))"
    with pytest.raises(ValueError, match="define it with def"):
        spell_build(lambda rate: None, {})


def test_a_diagnostic_that_pictures_call_otherwise_keeps_its_own_name():
    def fallen(agent):
        return 0.0

    fallen.__name__ = "has it fallen"
    assert "diagnostics=[fallen]" in spell_run("qlib.Settings()", 4, 100, {"has it fallen": fallen})
