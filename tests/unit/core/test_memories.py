"""Settings and what is seen choose the memory."""

import pytest
import tiny
import torch

import qlib
from qlib import FrameMemory, PrioritizedFrameMemory, PrioritizedReplayMemory, QAgent, ReplayMemory, Settings
from qlib.core.images import Image
from qlib.core.memories import build_memory


@pytest.mark.parametrize(
    ("images", "replay", "kind"),
    [
        (False, "uniform", ReplayMemory),
        (False, "prioritized", PrioritizedReplayMemory),
        (True, "uniform", FrameMemory),
        (True, "prioritized", PrioritizedFrameMemory),
    ],
)
def test_each_memory_is_chosen(images, replay, kind):
    settings = tiny.few(replay=replay) if images else qlib.Settings(replay=replay)
    assert type(QAgent(settings).memory) is kind


def test_settings_choose_the_memory():
    env_id = tiny.register()
    made = QAgent(Settings(env_id, network="conv", replay="prioritized", priority_alpha=0.3, memory_size=200)).memory
    assert type(made) is PrioritizedFrameMemory and made.alpha == 0.3
    assert made.n_actions == 3
    with pytest.raises(ValueError, match=r"memory_size=100 and batch_size=64.*at least twice"):
        build_memory(
            Settings(env_id, memory_size=100), Image((6, 5), "none", "uint8", 0, 255), 30, torch.device("cpu"), 3
        )
