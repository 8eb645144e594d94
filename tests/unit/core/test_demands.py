"""A device is there if tensors on it can be made and read."""

import pytest
import torch

from qlib.core.demands import demand_present, is_present


@pytest.mark.parametrize("device", [None, "meta", "cuda:77", "gpu", ["cpu"], 1.5])
def test_what_cannot_hold_an_agent_is_refused(device):
    assert not is_present(device)
    with pytest.raises(ValueError, match="is not on this machine, which has cpu"):
        demand_present(device)


def test_the_cpu_is_there_by_name_and_as_an_object():
    assert demand_present("cpu") == demand_present(torch.device("cpu")) == torch.device("cpu")
