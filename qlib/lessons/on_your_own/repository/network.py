"""The network: observations in, one value for each action out."""

import torch
from torch import nn

SCALE = torch.tensor([2.4, 2.0, 0.2095, 2.0])  # m, m/s, rad, rad/s


class Network(nn.Module):
    """Two hidden layers; observations are divided by SCALE at its door."""

    def __init__(self, hidden=64):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(4, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 2),
        )

    def forward(self, observations):
        return self.layers(observations / SCALE)


def follow(target, online, share):
    """Move the target network a share of the way towards the online one."""
    with torch.no_grad():
        for slow, quick in zip(target.parameters(), online.parameters(), strict=True):
            slow.lerp_(quick, share)
