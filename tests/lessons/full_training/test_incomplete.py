"""Exercise 7.3 of lesson 07: each file lacks the one part that it is said to lack, and its row shows it."""

import pytest
import torch

from qlib.core.agent import QAgent
from qlib.core.training import train
from qlib.lessons.full_training import incomplete


@pytest.fixture(scope="module")
def rows():
    lines = [line.replace("never stopped", "never_stopped").split() for line in incomplete.files().lines[1:]]
    return {
        name: (transitions, float(epsilon), float(moved), steps) for name, transitions, epsilon, moved, *steps in lines
    }


def test_most_slopes_are_zero_where_the_files_were_written():
    """So a fresh optimiser moves a weight by much less than the learning rate in the mean, as the hint says."""
    agent = QAgent(incomplete.SETTINGS)
    for _ in train(agent, episodes=incomplete.BEFORE):
        pass
    agent.update(agent.memory.sample(agent.settings.batch_size, agent.generator))
    slopes = torch.cat([parameter.grad.flatten() for parameter in agent.online.parameters()])
    assert 0.5 < (slopes == 0).double().mean() < 0.8


def test_every_part_is_missing_once(rows):
    assert sorted(incomplete.AGENTS.values()) == sorted(incomplete.LOSES)
    assert list(rows) == ["never_stopped", *incomplete.AGENTS]


def test_each_row_shows_what_its_file_lacks_and_no_other_part(rows):
    name = {part: letter for letter, part in incomplete.AGENTS.items()}
    held, epsilon, moved, _ = rows["never_stopped"]
    assert [letter for letter in incomplete.AGENTS if rows[letter][0] != held] == [name["memory"]]
    assert rows[name["memory"]][0] == "0"
    assert [letter for letter in incomplete.AGENTS if rows[letter][1] != epsilon] == [name["epsilon"]]
    assert [letter for letter in incomplete.AGENTS if rows[letter][2] > 2 * moved] == [name["optimiser"]]
    steps = [row[3] for row in rows.values()]
    assert all(steps.count(each) == 1 for each in steps), "each goes on in another way"
