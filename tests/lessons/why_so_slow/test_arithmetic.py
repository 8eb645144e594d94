"""Lesson 15's arithmetic: the count is that of the layers, and the rest is what the count does not explain."""

import numpy as np
import pytest
import torch

from qlib.lessons.why_so_slow import arithmetic
from qlib.lessons.why_so_slow.arithmetic import Sizes, Speed, multiply_adds


@pytest.mark.parametrize(("width", "batch"), [(10, 1), (100, 1), (24, 64), (7, 3)])
def test_the_count_is_that_of_pytorchs_own_counter(width, batch):
    from torch.utils.flop_counter import FlopCounterMode

    layers = [torch.nn.Linear(4, width), torch.nn.ReLU(), torch.nn.Linear(width, width), torch.nn.ReLU()]
    network = torch.nn.Sequential(*layers, torch.nn.Linear(width, 2))
    with FlopCounterMode(display=False) as counter:
        with torch.no_grad():
            network(torch.zeros(batch, 4))
        network(torch.zeros(batch, 4)).sum().backward()
    assert multiply_adds(width, batch) == counter.get_total_flops() / 2


def test_every_width_is_rated_and_the_floor_is_work_over_rate():
    speed = Speed(np.full(len(arithmetic.RATED), 1_000.0))
    assert speed.microseconds(24, 64) == pytest.approx(178.176)
    assert (arithmetic.measure_speed(rounds=2).rates > 0).all()


@pytest.mark.parametrize(
    ("compiled", "said"), [(11.0, "not at all"), (90.0, "ten times"), (1_100.0, "hundred"), (4_000.0, "multiply-adds")]
)
def test_the_growth_of_the_rest_is_put_in_words(compiled, said):
    rest = {("compiled", 24, 64): 10.0, ("compiled", 256, 256): compiled}
    rest |= {("PyTorch", 24, 64): 100.0, ("PyTorch", 256, 256): 300.0}
    speed = Speed(np.full(len(arithmetic.RATED), 2e4))
    times = {key: value + speed.microseconds(*key[1:]) for key, value in rest.items()}
    words, numbers = Sizes(speed, times).growth((24, 64), (256, 256))
    assert said in words
    assert numbers == pytest.approx({"times": 384, "rest": compiled / 10, "torch": 3}, rel=1e-2)
