"""The networks compute what a reader can compute by hand, from weights that one generator chose."""

import numpy as np
import psutil
import pytest
import tiny
import torch

from qlib import QAgent, QNetwork, QNetworkBN, QNetworkConv, Settings
from qlib.core.images import Image


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_parameters_are_counted():
    assert QNetwork().n_parameters == (4 * 24 + 24) + (24 * 24 + 24) + (24 * 2 + 2) == 770
    assert QNetworkBN().n_parameters == 770 + 2 * (24 + 24)
    assert "770 parameters" in repr(QNetwork())


@pytest.mark.parametrize("scale", [None, (2.4, 2.0, 0.2, 3.0)])
def test_the_forward_pass_is_three_matrix_products(scale):
    network = QNetwork(observation_scale=scale, generator=seeded())
    x = np.random.default_rng(0).normal(size=(16, 4)) * 3
    w1, b1, w2, b2, w3, b3 = [p.detach().numpy().astype(float) for p in network.parameters()]
    scaled = x / (1.0 if scale is None else np.array(scale))
    hidden = np.maximum(np.maximum(scaled @ w1.T + b1, 0) @ w2.T + b2, 0)
    values = network(torch.tensor(x, dtype=torch.float32)).detach().numpy()
    assert values.shape == (16, 2)
    np.testing.assert_allclose(values, hidden @ w3.T + b3, atol=1e-5)


def test_values_may_be_negative():
    values = QNetwork(generator=seeded())(torch.randn(500, 4, generator=seeded()) * 10)
    assert (values < 0).any()
    assert (values > 0).any()


def test_batch_norm_sits_between_linear_and_relu():
    network = QNetworkBN(generator=seeded()).train()
    x = torch.randn(32, 4, generator=seeded(1))
    h = x
    for linear in (network.layers[0], network.layers[3]):
        h = linear(h)
        h = ((h - h.mean(0)) / torch.sqrt(h.var(0, unbiased=False) + 1e-5)).relu()
    torch.testing.assert_close(network(x), network.layers[6](h), atol=1e-5, rtol=1e-5)


def test_batch_norm_refuses_a_batch_of_one_when_training_only():
    network = QNetworkBN(generator=seeded())
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        network.train()(torch.zeros(1, 4))
    assert network.eval()(torch.zeros(1, 4)).shape == (1, 2)


@pytest.mark.parametrize("kind", [QNetwork, QNetworkBN])
def test_first_weights_come_from_the_generator_alone(kind):
    torch.manual_seed(1)
    one = kind(generator=seeded(7)).state_dict()
    torch.manual_seed(2)
    two = kind(generator=seeded(7)).state_dict()
    other = kind(generator=seeded(8)).state_dict()
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["layers.0.weight"], other["layers.0.weight"])


def test_first_weights_have_pytorchs_range():
    network = QNetwork(100, 5, (400,), generator=seeded())
    for layer, fan_in in ((network.layers[0], 100), (network.layers[2], 400)):
        for p in (layer.weight, layer.bias):
            assert p.abs().max() <= fan_in**-0.5
        assert layer.weight.std().item() == pytest.approx(fan_in**-0.5 / 3**0.5, rel=0.05)


def test_other_sizes_and_no_hidden_layer():
    assert QNetwork(6, 3, (8,))(torch.zeros(5, 6)).shape == (5, 3)
    assert QNetwork(6, 3, ()).n_parameters == 6 * 3 + 3


def test_a_scale_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match=r"observation_scale has 4 entries, an observation has 6: give one"):
        QNetwork(6, 3, observation_scale=(1.0, 1.0, 1.0, 1.0))


def test_the_scale_is_no_parameter_but_travels_with_the_network():
    network = QNetwork(observation_scale=(1.0, 2.0, 3.0, 4.0))
    assert network.n_parameters == 770
    assert "scale" in network.state_dict()


@pytest.mark.parametrize(
    "hidden", [(10**9,), (10**6, 10**6), (2**62, 2**62), (1,) * 10**6], ids=["wide", "two", "wider", "deep"]
)
def test_a_network_larger_than_the_machines_memory_is_refused_before_it_is_made(hidden, monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: FreeMemory)
    with pytest.raises(ValueError, match=r"hidden=\(.* is not allowed: it would take .* GB, and cpu has 16.0 GB free"):
        QNetwork(hidden=hidden)


class FreeMemory:
    available = 16e9


@pytest.mark.parametrize("sizes", [(0, 2, (8,)), (4, 0, (8,)), (4, 2, (0,)), (4, 2, (2.0,)), (4, 2, (10**30,))])
def test_sizes_must_be_whole_numbers_above_0(sizes):
    with pytest.raises(ValueError, match=r"(n_observations|n_actions|hidden)=.* must be a whole number from 1 up"):
        QNetwork(*sizes)


def test_sizes_may_be_numpys():
    network = QNetwork(np.int8(100), np.uint8(2), np.array([100, 100], np.int8))
    assert network.n_parameters == QNetwork(100, 2, (100, 100)).n_parameters


SEEN = Image((7, 6, 2), "last", "uint8", 0, 255)


def by_hand(planes, weight, bias, stride=1, border=0):
    """A convolution and a ReLU as sums over windows: planes (C, H, W) to (n_out, h, w)."""
    planes = np.pad(planes, ((0, 0), (border, border), (border, border)))
    n_out, _, window, _ = weight.shape
    high, wide = ((size - window) // stride + 1 for size in planes.shape[1:])
    out = np.empty((n_out, high, wide))
    for o in range(n_out):
        for i in range(high):
            for j in range(wide):
                seen = planes[:, i * stride : i * stride + window, j * stride : j * stride + window]
                out[o, i, j] = (seen * weight[o]).sum() + bias[o]
    return np.maximum(out, 0)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("padded", [False, True])
def test_convolutions_are_sums_over_windows(padded, residual):
    filters = ((3, 3, 1), (3, 1, 1), (4, 2, 2))
    network = QNetworkConv(SEEN, 2, filters, (5,), padded, residual, seeded())
    x = np.random.default_rng(0).integers(0, 256, (4, 7, 6, 2), dtype=np.uint8)
    values = network(torch.from_numpy(x)).detach().numpy()
    weights = [(c.weight.detach().numpy(), c.bias.detach().numpy()) for c in network.filters]
    w1, b1, w2, b2 = (p.detach().numpy() for p in network.layers.parameters())
    for row, expected in zip(x, values, strict=True):
        first = by_hand(np.moveaxis(row, -1, 0) / 255, *weights[0], border=padded)  # as large as its input, not as deep
        second = by_hand(first, *weights[1]) + residual * first
        third = by_hand(second, *weights[2], stride=2)
        np.testing.assert_allclose(np.maximum(third.ravel() @ w1.T + b1, 0) @ w2.T + b2, expected, atol=1e-5)
    assert first.shape == (3, 7, 6) if padded else (3, 5, 4)


def test_where_identity_is_added_the_gradient_passes_whole():
    network = QNetworkConv(SEEN, 2, ((4, 3, 1),) * 6, (5,), True, True, seeded())
    assert [block.adds for block in network.filters] == [False] + [True] * 5
    for block in network.filters[1:]:
        torch.nn.init.constant_(block.bias, -1e9)  # the convolution gives nothing
    planes = torch.rand(1, 4, 7, 6, requires_grad=True)
    network.filters[1:](planes).sum().backward()
    assert (planes.grad == 1).all()


def test_the_networks_of_the_papers_have_their_parameters():
    four = Image((84, 84), "none", "uint8", 0, 255, 4)
    sizes = {}
    for name in ("MNIH_2013", "MNIH_2015"):
        preset = dict(getattr(__import__("qlib"), name))
        sizes[name] = QNetworkConv(four, 6, preset["filters"], preset["hidden"]).n_parameters
    assert sizes == {"MNIH_2013": 677_686, "MNIH_2015": 1_687_206}


def test_a_convolutions_first_weights_are_pytorchs_own_in_range():
    conv = QNetworkConv(SEEN, 2, ((64, 3, 1),), generator=seeded()).filters[0]
    bound = (2 * 3 * 3) ** -0.5
    for p in conv.parameters():
        assert 0.8 * bound < p.abs().max() <= bound
    same = QNetworkConv(SEEN, 2, ((64, 3, 1),), generator=seeded()).filters[0]
    assert torch.equal(conv.weight, same.weight)


@pytest.mark.parametrize(
    ("filters", "how", "why"),
    [
        (
            ((4, 3, 2), (4, 4, 1)),
            {},
            r"filters\[1\]=\(4, 4, 1\) does not fit: its window of 4 x 4 is larger than the 3 x 2",
        ),
        (((4, 8, 1),), {"padded": True}, r"filters\[0\].*larger than the 7 x 6"),
        (((4, 3, 1), (4, 3, 1)), {"residual": True}, "residual=True, and none of filters.*shaped like its input"),
        (((10**6, 3, 1), (10**6, 3, 1)), {}, "filters=.*would take .* GB"),
    ],
)
def test_filters_that_cannot_be_are_refused(filters, how, why):
    with pytest.raises(ValueError, match=why):
        QNetworkConv(SEEN, 2, filters, **how)


def test_without_filters_an_image_goes_through_dense_layers_alone():
    network = QNetworkConv(SEEN, 2, (), (5,))
    assert network.n_parameters == (84 * 5 + 5) + (5 * 2 + 2)
    assert type(QAgent(Settings(tiny.register(), hidden=(5,))).online) is QNetworkConv
    assert QAgent(Settings(tiny.register(), hidden=(5,))).online.n_parameters == (30 * 5 + 5) + (5 * 3 + 3)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"network": "conv"}, r"network='conv' looks at images, and CartPole-v1 has observations of shape \(4,\)"),
        ({"env_id": "tiny/Catch-v0", "network": "batch_norm"}, r"takes rows of numbers.*images of shape \(6, 5\)"),
        ({"env_id": "tiny/Catch-v0", "observation_scale": (1.0,)}, "observation_scale is for rows of numbers"),
        ({"env_id": "tiny/Catch-v0", "network": "conv", "filters": ((4, 7, 1),)}, "larger than the 6 x 5"),
        ({"frames": 2}, "frames=2 is for images"),
    ],
)
def test_a_network_must_suit_the_observations(settings, why):
    tiny.register()
    with pytest.raises(ValueError, match=why):
        QAgent(Settings(**settings))
