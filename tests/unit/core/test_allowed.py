"""What `allowed` refuses is in test_settings.py; here is what it tidies."""

import numpy as np

import qlib
from qlib.core.allowed import tidy


def test_what_is_tidy_stays_as_it_is():
    settings = qlib.Settings(filters=np.array([[4, 3, 1]]), hidden=[np.int8(3)], gamma=np.float32(0.5))
    before = repr(settings)
    tidy(settings)
    assert repr(settings) == before
    assert "filters=((4, 3, 1),)" in before and "hidden=(3,)" in before and "gamma=0.5" in before
