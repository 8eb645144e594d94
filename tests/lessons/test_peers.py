"""Lesson 16's lines for Stable-Baselines3 run as they stand, in a smaller number of steps."""

import re
from pathlib import Path

import pytest

LESSON = Path(__file__).parents[2] / "notebooks" / "16_results.py"


def test_stable_baselines3s_lines_run():
    pytest.importorskip("stable_baselines3", reason="Stable-Baselines3 is not installed: pip install -e '.[test]'")
    text = re.sub(r"^# ?", "", LESSON.read_text(), flags=re.MULTILINE)
    (code,) = re.findall(r"```python\n(from stable_baselines3.*?)```", text, re.DOTALL)
    assert code.count("total_timesteps=20_000") == 1
    space: dict = {}
    exec(code.replace("total_timesteps=20_000", "total_timesteps=700"), space)
    assert space["model"].num_timesteps >= 700
    assert int(space["action"]) in (0, 1)
    assert space["model"].gamma == 0.998 and space["model"].tau == 0.05
