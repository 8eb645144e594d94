"""What cannot work is refused, in a sentence that names it, however absurd it is."""

import numpy as np
import pytest
import torch

from qlib.core.demands import demand_finite, demand_present, demand_room, demand_whole, is_number, is_present, shown


@pytest.mark.parametrize("device", [None, "meta", "cuda:77", "gpu", ["cpu"], 1.5])
def test_what_cannot_hold_an_agent_is_refused(device):
    assert not is_present(device)
    with pytest.raises(ValueError, match="is not on this machine, which has cpu"):
        demand_present(device)


def test_the_cpu_is_there_by_name_and_as_an_object():
    assert demand_present("cpu") == demand_present(torch.device("cpu")) == torch.device("cpu")


@pytest.mark.parametrize("value", [2**63, 10**30, 10**5000, -1, 0, 2.0, True, None, np.uint64(2**63), "1"], ids=shown)
def test_a_whole_number_is_from_1_up_and_fits_64_bits(value):
    with pytest.raises(ValueError, match=r"size=.* is not allowed: size must be a whole number from 1 up"):
        demand_whole("size", value)


@pytest.mark.parametrize("value", [1, 2**63 - 1, np.int8(1), np.uint64(2**63 - 1)])
def test_whole_numbers_are_pythons_or_numpys(value):
    demand_whole("size", value)


@pytest.mark.parametrize("value", [10**400, -(10**400), np.nan, np.inf, np.float32(np.inf), True, "1", None])
def test_what_is_no_finite_number(value):
    assert not is_number(value)
    assert is_number(1e308) and is_number(np.float32(3e38)) and is_number(np.int8(-128))


def test_a_value_is_shown_in_at_most_100_characters():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    for value in (10**5000, deep, (1,) * 10**5, "x" * 1_000):
        assert 0 < len(shown(value)) <= 100
    assert shown((24, 24)) == "(24, 24)"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e39, -1e300])
@pytest.mark.filterwarnings("error")
def test_what_float32_cannot_hold_is_said_with_its_step(bad):
    fine = np.zeros(4, np.float32)
    for observation, reward, name in (
        ([0.0, bad], 0.0, "observation"),
        (fine, bad, "reward"),
        (fine, [1, bad], "reward"),
    ):
        with pytest.raises(ValueError, match=f"The {name} at step 1,234 is not finite.*Nothing was stored") as error:
            demand_finite(np.asarray(observation), reward, 1_234)
        assert ("as float32" in str(error.value)) == np.isfinite(bad)
    demand_finite(np.array([3.4e38, -3.4e38]), np.float16(6e4), 0)


def test_what_a_device_has_no_room_for_is_named():
    with pytest.raises(ValueError, match=r"size=7 is not allowed: it would take 1,000,000,000.0 GB, and cpu has"):
        demand_room("size", 7, 10**18)
    demand_room("size", 7, 10)
    demand_room("size", 7, 10**18, "meta")


@pytest.mark.skipif(not is_present("cuda"), reason="this machine has no CUDA device")
def test_a_gpu_has_room_of_its_own():
    with pytest.raises(ValueError, match=r"size=7 is not allowed: .* and cuda has"):
        demand_room("size", 7, 10**18, "cuda")
    demand_room("size", 7, 10, "cuda")
