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


def batch_last(images):
    """Lay (B, C, H, W) as the compiled convolutions take it."""
    return np.ascontiguousarray(np.moveaxis(images, 0, -1))


def parts(down, wished):
    """Split the rows of an outcome, as is done where they are too many to be looked at at once."""
    return [(top, min(wished, down - top)) for top in range(0, down, wished)]


@given(SIZES, st.integers(1, 9))
@settings(deadline=None, max_examples=30)
def test_patches_are_those_of_unfold(sizes, at_once):
    n, c, high, wide, _, window, stride, border = sizes
    x = numbers(0, n + 2, c, high, wide)
    expected = F.unfold(torch.from_numpy(x[:n]), window, padding=border, stride=stride)  # (n, c x window², size)
    down = (high + 2 * border - window) // stride + 1
    plan = np.array([c, high, wide, 1, window, stride, border, 0])
    some = [convolutions.patches(batch_last(x), plan, top, rows, n) for top, rows in parts(down, at_once)]
    found = np.concatenate(some, 1)
    np.testing.assert_array_equal(found, batch_last(expected.numpy()).reshape(found.shape))


@given(SIZES, st.integers(1, 9))
@settings(deadline=None, max_examples=30)
def test_put_back_is_fold(sizes, at_once):
    n, c, high, wide, _, window, stride, border = sizes
    down, across = ((side + 2 * border - window) // stride + 1 for side in (high, wide))
    blocks = numbers(0, n, c * window**2, down * across)
    expected = F.fold(torch.from_numpy(blocks), (high, wide), window, padding=border, stride=stride)
    below, shape = np.zeros((c, high, wide, n), np.float32), np.array([c, high, wide, 1, window, stride, border, 0])
    slopes = batch_last(blocks).reshape(-1, down, across * n)
    for top, rows in parts(down, at_once):
        some = np.ascontiguousarray(slopes[:, top : top + rows]).reshape(len(slopes), -1)
        convolutions.put_back(some, shape, top, rows, below)
    np.testing.assert_allclose(below, batch_last(expected.numpy()), atol=1e-5)


@pytest.mark.parametrize("adds", [False, True])
def test_both_ways_are_pytorch_s(adds):
    plan = np.array([[2, 30, 27, 3, 3, 1, 0, 0], [3, 28, 25, 3, 3, 1, 1, int(adds)]])
    n = 25
    assert 28 % (convolutions.PATCHES // (18 * 25 * n)) > 0, "several times as many as are looked at at once, and some"
    x = numbers(1, n, 2, 30, 27)
    layers = [torch.nn.Conv2d(2, 3, 3), torch.nn.Conv2d(3, 3, 3, padding=1)]
    parameters = [p for layer in layers for p in (layer.weight, layer.bias)]
    row = torch.cat([p.detach().reshape(-1) for p in parameters]).numpy()
    first = layers[0](torch.from_numpy(x)).relu()
    second = layers[1](first).relu()
    last = first + second if adds else second
    images = (batch_last(x), np.empty((3, 28, 25, n), np.float32), np.empty((3, 28, 25, n), np.float32))
    found = (images[1], np.empty_like(images[2]) if adds else images[2])
    convolutions.look(row, plan, images, found)
    np.testing.assert_allclose(images[2], batch_last(last.detach().numpy()), atol=1e-5)

    counts = n - 4  # of more images than there are slopes for, the first count
    delta = numbers(2, counts, 3, 28, 25)
    slopes = torch.autograd.grad(last[:counts], parameters, torch.from_numpy(delta))
    gradient = np.full_like(row, np.nan)  # whatever was there before does not count
    convolutions.look_back(row, plan, images, found, batch_last(delta), gradient)
    np.testing.assert_allclose(gradient, torch.cat([s.reshape(-1) for s in slopes]).numpy(), rtol=1e-4, atol=5e-3)


def test_a_number_that_is_none_comes_through():
    x = np.full((1, 3, 3, 1), np.nan, np.float32)
    found = np.zeros((1, 1, 1, 1), np.float32)
    convolutions.look(np.ones(10, np.float32), np.array([[1, 3, 3, 1, 3, 1, 0, 0]]), (x, found), (found,))
    assert np.isnan(found).all()
