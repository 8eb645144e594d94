"""CartPole from pictures: an image is what gymnasium draws, small, and a second frame is the one before."""

import json

import numpy as np
from controls import drawn

import qlib
from qlib.lessons.from_images import camera


def test_a_pixel_is_the_mean_of_eight_by_eight_and_nothing_is_zero():
    picture = np.full((400, 600, 3), 255, np.uint8)
    picture[160:168, :8] = 0  # what is black is bright
    picture[168:176, :4] = 0
    found = camera.shrink(picture)
    assert found.shape == (20, 75) and found.dtype == np.uint8
    assert found[0, 0] == 255 and found[1, 0] == 128 and np.count_nonzero(found) == 2


def test_cart_and_pole_are_seen_and_nothing_that_moves_is_cut_off():
    env = camera.make()
    first = env.reset(seed=0)[0].astype(int)
    assert first[0].max() == 0 and first[17:].max() > 200, "room above the pole, the cart whole"
    moved = [env.step(1)[0].astype(int) for _ in range(8)][-1]
    columns = [np.average(np.arange(75), weights=frame[15:].sum(0)) for frame in (first, moved)]
    assert columns[1] > columns[0], "to the right"
    env.close()


def test_both_agents_differ_in_their_frames_alone():
    one, two = (qlib.QAgent(settings) for settings in camera.BY_FRAMES.values())
    assert one.observed.shape == (20, 75) and two.observed.shape == (2, 20, 75)
    for _ in qlib.train(two, episodes=1):
        pass
    batch = two.memory.at(two.memory.draw(8, two.generator))
    assert (batch.next_observations[:, 0] == batch.observations[:, 1]).all()


def test_the_picture_shows_a_frame_and_a_change():
    found = json.loads(drawn(camera.drawn()))
    assert len([mark for mark in found["panels"][0]["marks"] if mark["kind"] == "heat"]) == 2
