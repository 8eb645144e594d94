"""Convolutions as matrix products: what PyTorch gives, forwards and backwards, whatever the sizes."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from qlib.engine import convolutions

SIZES = st.tuples(
    st.integers(1, 70),  # images: more and fewer than are looked at at once
    st.integers(1, 3),  # channels in
    st.integers(3, 9),  # rows
    st.integers(3, 9),  # columns
    st.integers(1, 4),  # channels out
    st.integers(1, 3),  # window
    st.integers(1, 3),  # stride
    st.integers(0, 2),  # border
)


def numbers(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@given(SIZES)
@settings(deadline=None, max_examples=30)
def test_patches_are_those_of_unfold(sizes):
    n, c, high, wide, _, window, stride, border = sizes
    x = numbers(0, n, c, high, wide)
    expected = F.unfold(torch.from_numpy(x), window, padding=border, stride=stride)  # (n, c x window², size)
    plan = np.array([c, high, wide, 1, window, stride, border, 0])
    found = convolutions.patches(x, plan, expected.shape[2])
    np.testing.assert_array_equal(found, expected.movedim(0, 1).reshape(found.shape).numpy())


@given(SIZES)
@settings(deadline=None, max_examples=30)
def test_put_back_is_fold(sizes):
    n, c, high, wide, _, window, stride, border = sizes
    size = F.unfold(torch.zeros(1, c, high, wide), window, padding=border, stride=stride).shape[2]
    slopes = numbers(0, c * window**2, n * size)
    blocks = torch.from_numpy(slopes).reshape(-1, n, size).movedim(1, 0)
    expected = F.fold(blocks, (high, wide), window, padding=border, stride=stride)
    below = np.zeros((n, c, high, wide), np.float32)
    convolutions.put_back(slopes, np.array([c, high, wide, 1, window, stride, border, 0]), size, below)
    np.testing.assert_allclose(below, expected.numpy(), atol=1e-5)


@pytest.mark.parametrize("adds", [False, True])
def test_both_ways_are_pytorch_s(adds):
    plan = np.array([[2, 30, 27, 3, 3, 1, 0, 0], [3, 28, 25, 3, 3, 1, 1, int(adds)]])
    n = 25
    assert n % (convolutions.PATCHES // (18 * 28 * 25)) > 0, "several times as many as are looked at at once, and some"
    x = numbers(1, n, 2, 30, 27)
    layers = [torch.nn.Conv2d(2, 3, 3), torch.nn.Conv2d(3, 3, 3, padding=1)]
    parameters = [p for layer in layers for p in (layer.weight, layer.bias)]
    row = torch.cat([p.detach().reshape(-1) for p in parameters]).numpy()
    first = layers[0](torch.from_numpy(x)).relu()
    second = layers[1](first).relu()
    last = first + second if adds else second
    images = (x, np.empty((n, 3, 28, 25), np.float32), np.empty((n, 3, 28, 25), np.float32))
    found = (images[1], np.empty_like(images[2]) if adds else images[2])
    convolutions.look(row, plan, images, found)
    np.testing.assert_allclose(images[2], last.detach().numpy(), atol=1e-5)

    delta = numbers(2, n, 3, 28, 25)
    slopes = torch.autograd.grad(last, parameters, torch.from_numpy(delta))
    gradient = np.full_like(row, np.nan)  # whatever was there before does not count
    convolutions.look_back(row, plan, images, found, delta, gradient)
    np.testing.assert_allclose(gradient, torch.cat([s.reshape(-1) for s in slopes]).numpy(), rtol=1e-4, atol=5e-3)


def test_a_number_that_is_none_comes_through():
    x = np.full((1, 1, 3, 3), np.nan, np.float32)
    found = np.zeros((1, 1, 1, 1), np.float32)
    convolutions.look(np.ones(10, np.float32), np.array([[1, 3, 3, 1, 3, 1, 0, 0]]), (x, found), (found,))
    assert np.isnan(found).all()
