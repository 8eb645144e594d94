"""A row of numbers is asked the same as an image, and refused in the same places."""

import numpy as np
import pytest
import torch

from qlib.core.rows import Row

CPU = torch.device("cpu")


def test_one_row_or_several_are_taken_as_float32():
    row = Row(3)
    assert row.shape == (3,)
    assert row.take_all([1, 2, 3], CPU).dtype == torch.float32 and row.take_all(np.zeros((5, 3)), CPU).shape == (5, 3)
    assert row.ready(np.array([1.0, 2, 3])).dtype == np.float32


def test_what_is_no_such_row_is_refused():
    row = Row(3)
    for wrong in (1.0, np.zeros(4), np.zeros((3, 2))):
        with pytest.raises(ValueError, match="an observation has 3 numbers"):
            row.take_all(wrong, CPU)
    with pytest.raises(ValueError, match="not finite as float32"):
        row.ready(np.array([1.0, np.nan, 3]))
    with pytest.raises(ValueError, match="The reward at step 7 is not finite"):
        row.demand(np.zeros(3), np.inf, 7)
    with pytest.raises(ValueError, match="The observation at step 7 is not finite"):
        row.demand(np.array([0, 1e300, 0]), 0.0, 7)
