"""Presets make agents, and MinAtar's settings are what the search found."""

import dataclasses

import pytest
import tiny

import qlib
from qlib.core.images import Image
from qlib.core.network import build


@pytest.mark.parametrize(("preset", "parameters"), [(qlib.MNIH_2013, 677_686), (qlib.MNIH_2015, 1_687_206)])
def test_the_papers_networks_look_at_four_frames(preset, parameters):
    settings = dataclasses.replace(qlib.MINATAR, **preset)
    assert qlib.Settings(**preset).frames == settings.frames == 4
    screen = Image((84, 84), "none", "uint8", 0, 255, settings.frames)
    assert build(settings, 0, 6, image=screen).n_parameters == parameters
    with pytest.raises(TypeError):
        preset["frames"] = 1


def test_minatars_settings_suit_any_small_image():
    settings = dataclasses.replace(qlib.MINATAR, env_id=tiny.register())
    assert qlib.QAgent(settings).online.n_parameters == (9 * 16 + 16) + (4 * 3 * 16 * 128 + 128) + (128 * 3 + 3)
