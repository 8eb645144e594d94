"""Lesson 02's pictures: every control of every explorer, at both ends."""

import itertools

import numpy as np
import pytest
import torch
from controls import drawn, marks, texts

import qlib
from qlib.lessons.network import pictures
from qlib.show.explorer import Explorer
from qlib.show.marks import Dots, Line
from qlib.show.shapes import Arrow, Box, Joins


@pytest.mark.parametrize("sizes", list(itertools.product((1, 64), (1, 64))))
def test_count_says_what_pytorch_counts(sizes):
    picture, words = pictures.count(*sizes)
    assert [(len(join.y), len(join.to_y)) for join in marks(picture, Joins)] == [(4, sizes[0]), sizes, (sizes[1], 2)]
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
    assert {f"{left:+.2f}", f"{right:+.2f}", f"{2.4 * end:+.2f} m", f"{0.2 * end:+.2f} rad"} <= set(texts(picture, 1))
    assert drawn(picture)


def test_the_cart_stands_where_the_sliders_say_and_the_pole_leans():
    draw = pictures.state_explorer({"n": qlib.QNetwork(generator=torch.Generator().manual_seed(0))})
    picture, _ = draw("n", -1.2, 0.0, 0.2, 0.0)
    (cart,), pole = marks(picture, Box), marks(picture, Arrow)[-1]
    assert cart.x == pole.x == -1.2
    assert np.arctan2(pole.to_x - pole.x, pole.to_y - pole.y) == pytest.approx(0.2)
    moving, _ = draw("n", -1.2, -1.0, 0.2, 2.0)
    assert {"-1.00 m/s", "+2.00 rad/s"} <= set(texts(moving))
    *_, along, turning = marks(moving, Arrow)
    assert along.to_x < along.x and turning.to_x > turning.x


def test_lines_are_as_strong_as_what_they_carry_and_units_as_full_as_their_number():
    flows = [np.array([[1.0, -0.5, 0.0, 0.25], [0.0, 0.0, -1.0, 0.01]])]
    (join,) = marks(pictures.diagram([4, 2], flows), Joins)
    assert join.strength.tolist() == [[8, -4, 0, 2], [0, 0, -8, 0]]
    units = [np.zeros(4), np.array([4.0, 1.0, 0.0]), np.zeros(2)]
    full = [dots for dots in marks(pictures.diagram([4, 3, 2], (), units), Dots) if dots.colour == "blue"]
    assert [len(dots.x) for dots in full] == [1, 1], "the unit at 0 is empty"
    assert full[1].size == pytest.approx(2 * full[0].size), "four times the area"


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
    without = draw(None)
    assert drawn(without)
    followed, fit = marks(without, Line)
    assert followed.y == pytest.approx(-1.0 / np.arange(1, 13))
    assert np.all(fit.low <= fit.y) and np.all(fit.y <= fit.high)
    assert [followed.label, fit.label] == ["return that followed", "a"]
    guessed = draw(-6.5)
    assert guessed.alt.endswith("Your guess was -6.5.")
    assert "your guess" in texts(guessed) and marks(guessed, Dots)[0].y == [-6.5]
