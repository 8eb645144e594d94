"""Lesson 02's pictures: every control of every explorer, at both ends."""

import itertools

import numpy as np
import pytest
import torch

import qlib
from qlib.lessons.network import pictures
from qlib.show.explorer import Explorer
from qlib.show.picture import Picture


@pytest.mark.parametrize("sizes", list(itertools.product((1, 64), (1, 64))))
def test_count_says_what_pytorch_counts(sizes):
    picture, words = pictures.count(*sizes)
    assert isinstance(picture, Picture)
    assert f"= {qlib.QNetwork(hidden=sizes).n_parameters:,} weights" in words


def test_count_of_the_original_is_770():
    assert pictures.count(24, 24)[1].startswith("(4 × 24 + 24) + (24 × 24 + 24) + (24 × 2 + 2) = 770")


@pytest.mark.parametrize("scale", [None, (2.4, 2.0, 0.2, 2.0)])
def test_activations_end_in_the_networks_values(scale):
    network = qlib.QNetwork(observation_scale=scale, generator=torch.Generator().manual_seed(0))
    observation = torch.tensor([1.0, -1.0, 0.1, 0.5])
    units, weights = pictures.activations(network, observation)
    with torch.no_grad():
        assert np.allclose(units[-1], network(observation.unsqueeze(0))[0], atol=1e-6)
    assert [layer.size for layer in units] == [4, 24, 24, 2]
    assert [weight.shape for weight in weights] == [(24, 4), (24, 24), (2, 24)]
    assert all((layer >= 0).all() for layer in units[1:-1])


@pytest.mark.parametrize("end", [-1, 1])
def test_state_explorer_at_its_ends(end):
    network = qlib.QNetwork(generator=torch.Generator().manual_seed(0))
    draw = pictures.state_explorer({"untrained": network})
    picture, words = draw("untrained", 2.4 * end, 2.0 * end, 0.2 * end, 2.0 * end)
    observation = torch.tensor([[2.4, 2.0, 0.2, 2.0]]) * end
    left, right = network(observation)[0].tolist()
    assert f"left {left:.2f}, right {right:.2f}" in words
    assert picture.png().startswith(b"\x89PNG")


def test_state_explorer_follows_its_sliders():
    network = qlib.QNetwork(generator=torch.Generator().manual_seed(0))
    explorer = Explorer(
        lambda angle: pictures.state_explorer({"n": network})("n", 0.0, 0.0, angle, 0.0), angle=(-0.2, 0.2, 0.01)
    )
    before = explorer.readout
    explorer.controls["angle"].value = 0.2
    assert explorer.readout != before


def test_before_the_fall_draws_means_intervals_and_the_guess():
    steps_left = np.tile(np.arange(1, 13), 2)
    fits = {"a": np.random.default_rng(0).normal(size=(4, 24))}
    draw = pictures.before_the_fall(steps_left, -1.0 / steps_left, fits)
    assert draw(None).png().startswith(b"\x89PNG")
    guessed = draw(-6.5)
    assert guessed.alt.endswith("Your guess was -6.5.")
    assert "your guess" in [text.get_text() for text in guessed.figure.axes[0].texts]
