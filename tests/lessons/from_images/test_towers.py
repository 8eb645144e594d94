"""Lesson 14's towers: the same weights with and without a way past, and what that does to gradients and learning."""

import numpy as np
import pytest
import torch

from qlib.lessons.from_images import towers


def test_the_only_difference_is_the_way_past():
    plain, residual = (towers.tower(6, way, seed=3) for way in (False, True))
    assert all(torch.equal(a, b) for a, b in zip(plain.parameters(), residual.parameters(), strict=True))
    x = torch.rand(2, towers.CHANNELS, 10, 6, generator=torch.Generator().manual_seed(0))
    made = plain[2].second(plain[2].first(x).relu())
    torch.testing.assert_close(plain[2](x), made.relu())
    torch.testing.assert_close(residual[2](x), (x + made).relu())


def test_a_block_whose_layers_make_0_gives_its_input():
    block = towers.Block(residual=True)
    torch.nn.init.zeros_(block.second.weight)
    torch.nn.init.zeros_(block.second.bias)
    x = torch.rand(1, towers.CHANNELS, 4, 4)
    torch.testing.assert_close(block(x), x)


def test_a_seed_gives_the_same_network_and_leaves_the_global_generator_alone():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first, second, other = (next(towers.tower(2, True, seed).parameters()) for seed in (0, 0, 1))
    assert torch.equal(first, second) and not torch.equal(first, other)
    towers.dense(0)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_table_holds_each_pair_of_frames_once_and_one_answer_each():
    inputs, columns = towers.task()
    assert inputs.shape == (80, 2, 10, 6) and len(torch.unique(inputs.flatten(1), dim=0)) == 80
    assert columns.min() == 0 and columns.max() == 5
    upper, lower = towers.task(range(5)), towers.task(range(5, 10))
    assert len(upper[0]) + len(lower[0]) == 80
    assert upper[0][:, 1].nonzero()[:, 1].max() == 4 and lower[0][:, 1].nonzero()[:, 1].min() == 5


def test_with_a_way_past_the_first_of_twelve_convolutions_gets_thousands_of_times_more_gradient():
    shares = {way: towers.share_that_arrives(12, way) for way in towers.WAYS}
    assert shares["plain"] < 1e-4 and 0.3 < shares["residual"] < 3 and 0.3 < shares["He's start"] < 3
    assert towers.gradients(towers.tower(6, True)).shape == (7,)


@pytest.mark.parametrize("make", [towers.dense, lambda seed: towers.tower(2, True, seed)])
def test_a_shallow_network_learns_the_table(make):
    network, table = make(0), towers.task()
    towers.fit(network, *table, 200, rate=3e-3)
    assert towers.right(network, *table) > 0.9


def test_what_is_kept_is_a_share_and_was_learned_before():
    before, after = towers.kept(towers.dense, 0, steps=300)
    assert before == 1 and 0.3 < after <= 1


def test_networks_of_the_comparison_are_of_about_one_size():
    sizes = [sum(p.numel() for p in each.parameters()) for each in (towers.dense(0), towers.tower(2, True, 0))]
    assert max(sizes) / min(sizes) < 1.1, np.array(sizes)
