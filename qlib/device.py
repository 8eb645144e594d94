"""Which devices this machine has."""

from __future__ import annotations

import torch


def is_present(device: str) -> bool:
    """Say whether a tensor can be made and read on a device, such as "cpu", "cuda" or "mps"."""
    try:
        torch.zeros((), device=torch.device(device)).item()  # "meta" makes tensors that nobody can read
    except (RuntimeError, AssertionError, TypeError):
        return False
    return True


def demand_present(device: str) -> torch.device:
    """Return the device, or raise a ValueError that lists the devices of this machine."""
    if not is_present(device):
        here = [name for name in ("cpu", "cuda", "mps") if is_present(name)]
        raise ValueError(
            f"device={device!r} is not on this machine, which has {' and '.join(here)}. Everything here runs on 'cpu'."
        )
    return torch.device(device)
