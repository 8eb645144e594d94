"""What is an image, where its channels are, and what is refused in a sentence."""

import math

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Discrete

from qlib.core.images import Image, demand_observations


def image_of(box: gym.Space, frames: int = 1, channels: str = "auto") -> Image | None:
    return demand_observations(box, Discrete(2), "mine/Game-v0", frames, channels)


@pytest.mark.parametrize(
    ("shape", "channels", "planes"),
    [
        ((6, 5), "none", (1, 6, 5)),
        ((6, 5, 3), "last", (3, 6, 5)),
        ((3, 6, 5), "first", (3, 6, 5)),
        ((10, 10, 4), "last", (4, 10, 10)),
        ((1, 84, 84), "first", (1, 84, 84)),
        ((84, 84, 1), "last", (1, 84, 84)),
    ],
)
def test_channels_are_the_first_or_last_dimension_that_is_smaller_than_both_others(shape, channels, planes):
    image = image_of(Box(0, 255, shape, np.uint8))
    assert (image.channels, image.planes, image.shape) == (channels, planes, shape)
    stacked = image_of(Box(0, 255, shape, np.uint8), frames=4)
    assert stacked.planes == (4 * planes[0], *planes[1:])
    assert stacked.shape == (4, *shape)


@pytest.mark.parametrize("shape", [(10, 10, 10), (10, 10, 12), (10, 3, 10), (10, 12, 10), (3, 3, 5)])
def test_where_channels_cannot_be_told_settings_must_say_it(shape):
    with pytest.raises(
        ValueError, match=r'mine/Game-v0 has images of shape.*cannot be told.*Settings\(channels="last"'
    ):
        image_of(Box(0, 255, shape, np.uint8))
    assert image_of(Box(0, 255, shape, np.uint8), channels="last").planes == (shape[2], *shape[:2])
    assert image_of(Box(0, 255, shape, np.uint8), channels="first").planes == shape


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("channels", ["none", "last", "first"])
def test_each_pixel_comes_to_its_place_in_the_planes(frames, channels):
    shape = {"none": (2, 3), "last": (2, 3, 4), "first": (4, 2, 3)}[channels]
    image = Image(shape, channels, "uint8", 0, 255, frames)
    x = np.random.default_rng(0).integers(0, 256, (5, *image.shape), dtype=np.uint8)
    planes = image.to_planes(torch.from_numpy(x))
    assert planes.shape == (5, *image.planes) and planes.dtype == torch.float32
    each = x.reshape(5, frames, *shape)
    for f in range(frames):
        for c in range(1 if channels == "none" else 4):
            one = each[:, f] if channels == "none" else each[:, f].take(c, axis=3 if channels == "last" else 1)
            found = planes[:, f * (1 if channels == "none" else 4) + c]
            np.testing.assert_allclose(found, one / 255, rtol=1e-6)


@pytest.mark.parametrize(
    ("box", "given", "seen"),
    [
        (Box(0, 255, (1, 3), np.uint8), np.array([[0, 51, 255]], np.uint8), [0, 0.2, 1]),
        (Box(0, 1, (1, 3), np.uint8), np.array([[0, 1, 1]], np.uint8), [0, 1, 1]),
        (Box(0, 1, (1, 3), bool), np.array([[False, True, True]]), [0, 1, 1]),
        (Box(-1, 3, (1, 3), np.float32), np.array([[-1, 0, 3]], np.float32), [0, 0.25, 1]),
        (Box(-1, 3, (1, 3), np.float64), np.array([[-1, 0, 3]], np.float64), [0, 0.25, 1]),
    ],
)
def test_the_declared_range_becomes_0_to_1(box, given, seen):
    image = image_of(box)
    stored = image.take(given, "It")
    assert stored.dtype == image.kind
    np.testing.assert_allclose(image.to_planes(torch.from_numpy(stored)[None]).flatten(), seen, rtol=1e-6)


@pytest.mark.parametrize(
    ("box", "why"),
    [
        (Box(-np.inf, np.inf, (6, 5), np.float32), "from -inf to inf; the network maps.*two ends, both finite"),
        (Box(0, np.inf, (6, 5), np.float32), "from 0 to inf"),
        (Box(np.float32(-3.4028235e38), np.float32(3.4028235e38), (6, 5)), "two ends, both finite"),
        (Box(0, 0, (6, 5), np.uint8), "from 0 to 0"),
        (Box(0, 255, (6, 5), np.int64), "images of int64; they must be of uint8, bool or a float.*DtypeObservation"),
        (Box(0, 255, (2, 6, 5, 3), np.uint8), r"these networks take a flat Box, shape \(n,\), or images"),
        (Discrete(3), r"has observations Discrete\(3\)"),
    ],
)
def test_what_is_no_image_is_refused(box, why):
    with pytest.raises(ValueError, match=f"mine/Game-v0 has .*{why}|{why}"):
        image_of(box)


def test_a_row_of_numbers_is_no_image_and_has_no_frames():
    assert image_of(Box(-1, 1, (4,))) is None
    assert image_of(Box(0, 255, (128,), np.uint8)) is None
    with pytest.raises(ValueError, match=r"frames=4 is for images, and mine/Game-v0 has observations of shape \(4,\)"):
        image_of(Box(-1, 1, (4,)), frames=4)


SEEN = Image((2, 3), "none", "float32", 0, 1)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (np.full((2, 3), 1.5), r"numbers from 1.5 to 1.5, and the environment declares 0 to 1. Declare the range"),
        (np.full((2, 3), -0.1), "numbers from -0.1 to -0.1"),
        (np.full((2, 3), math.nan), "numbers from nan to nan"),
        (np.zeros((3, 2)), r"has shape \(3, 2\), and the environment declares \(2, 3\). Are rows, columns or channels"),
        (np.zeros((2, 4)), r"has shape \(2, 4\), and the environment declares \(2, 3\). Each"),
        (np.zeros((2, 3), np.uint8), "is of uint8, and the environment declares float32"),
    ],
)
def test_an_observation_must_be_as_the_environment_declares(given, why):
    with pytest.raises(ValueError, match=f"The observation .*{why}"):
        SEEN.take(given, "The observation")


def test_the_range_of_small_whole_numbers_counts_too():
    with pytest.raises(ValueError, match="numbers from 0 to 7, and the environment declares 0 to 1"):
        Image((1, 2), "none", "uint8", 0, 1).take(np.array([[0, 7]], np.uint8), "It")


def test_several_observations_are_told_from_one():
    cpu = torch.device("cpu")
    image = Image((2, 3), "none", "uint8", 0, 255)
    assert image.take_all(np.zeros((2, 3), np.uint8), cpu).shape == (2, 3)
    assert image.take_all(np.zeros((7, 2, 3), np.uint8), cpu).dtype == torch.uint8
    assert image.take_all(torch.zeros(7, 2, 3), cpu).dtype == torch.float32, "a batch that was made to look"
    with pytest.raises(ValueError, match=r"an observation has shape \(2, 3\); these have shape \(3, 2\)"):
        image.take_all(np.zeros((3, 2), np.uint8), cpu)
    with pytest.raises(ValueError, match="an observation is of uint8; these are of float64"):
        image.take_all(np.zeros((2, 3)), cpu)
