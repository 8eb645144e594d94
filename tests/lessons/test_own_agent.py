"""A diligent learner has an agent that balances, and whoever skipped a piece has qlib's in its place."""

import dataclasses
import linecache
import re

import jupytext
import numpy as np
import pytest
import torch
from definitions import NOTEBOOKS

import qlib
from qlib.lessons import own_agent
from qlib.lessons.one_update import mistakes

SOLUTION = re.compile(r"<summary>Solution</summary>\s*```python\n(.*?)```", re.DOTALL)
CHECK = re.compile(r"^(checks?\.\w+)\((\w+)\)", re.MULTILINE)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QLIB_STILL", raising=False)
    monkeypatch.delenv("QLIB_MY_AGENT", raising=False)
    return tmp_path


def pass_exercises(stem):
    """Do in a lesson what a learner does: its imports, and in each exercise the solution and the check's cell."""
    cells = jupytext.read(NOTEBOOKS / f"{stem}.py").cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    imports = [line for line in code.splitlines() if re.match(r"(import|from) ", line) and "(" not in line]
    space = {"__name__": "__main__"}
    for (check, name), solution in zip(CHECK.findall(code), SOLUTION.findall(text), strict=True):
        source = "\n".join([*imports, solution, f"report = {check}({name})"])
        file = f"<{stem} {name}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        exec(compile(source, file, "exec"), space)
        assert space["report"].status == "passed", space["report"]


@pytest.fixture
def theirs(home):
    for stem in ("02_network", "04_choosing_actions", "05_replay_memory", "06_one_update"):
        pass_exercises(stem)
    return own_agent.pieces()


def test_the_pieces_of_a_diligent_learner_balance_the_pole_on_12_of_16_seeds(theirs):
    assert "qlib's" not in repr(theirs), theirs
    torch.set_num_threads(1)
    scores = np.array([run.score for run in own_agent.train_many(theirs, range(100, 116))])
    assert len(scores) == 16
    assert (scores >= 475).sum() >= 12, sorted(scores.round())


def test_no_run_is_lost_on_its_way_from_another_process():
    runs = own_agent.train_many(own_agent.Pieces(), range(3), budget=80)
    alone = [own_agent.run(own_agent.Pieces(), seed, budget=80) for seed in range(3)]
    assert [(each.score, each.lengths) for each in runs] == [(each.score, each.lengths) for each in alone]
    assert all(each.network is None for each in runs), "none of them was trained here in place of one that was lost"


def test_a_piece_that_was_skipped_is_qlibs_and_it_is_said(home):
    assert repr(own_agent.pieces()).startswith("qlib's: make_network")
    pass_exercises("06_one_update")
    mixed = own_agent.pieces()
    assert repr(mixed).startswith("yours: td_target, q_loss, update, loop; qlib's: make_network")
    assert mixed.Ring is own_agent.Ring


@pytest.fixture
def agent():
    agent = own_agent.OwnAgent(own_agent.OWN, 0, own_agent.Pieces())
    for _ in qlib.train(agent, episodes=4):
        pass
    return agent


def test_epsilon_falls_as_the_piece_says_and_can_be_held(agent):
    plan = own_agent.Pieces().decay(own_agent.EPISODES, 1.0, 0.05, 60 / own_agent.EPISODES)
    assert agent.epsilon == pytest.approx(plan[4])
    agent.epsilon = 0.9
    assert agent.epsilon == 0.9


def test_a_saved_agent_goes_on_as_if_it_had_never_stopped(agent, tmp_path):
    loaded = own_agent.OwnAgent.load(agent.save(tmp_path / "own.safetensors"))
    episodes = [[e.steps for e in qlib.train(each, episodes=3)] for each in (agent, loaded)]
    assert episodes[0] == episodes[1]


def test_each_piece_is_called():
    called = set()

    def spy(name):
        piece = getattr(own_agent.Pieces(), name)
        return lambda *given: (called.add(name), piece(*given))[1]

    names = ("make_network", "epsilon_greedy", "decay", "Ring", "update")
    my = own_agent.Pieces(**{name: spy(name) for name in names})
    for _ in qlib.train(own_agent.OwnAgent(own_agent.OWN, 0, my), steps=80):
        pass
    assert called == set(names)


@pytest.mark.parametrize("name", [name for name in mistakes.MISTAKES if name not in ("none",)])
def test_each_mistake_changes_what_the_agent_does(name):
    if name == "epsilon left on in examinations":
        agent = mistakes.agents(name)(0)
        states = np.zeros((200, 4), np.float32)
        assert len(set(agent.greedy(states).tolist())) == 2
        return
    weights = []
    for mistake in ("none", name):
        agent = mistakes.agents(mistake)(0)
        for _ in qlib.train(agent, steps=160):
            pass
        weights.append(torch.cat([p.detach().flatten() for p in agent.online.parameters()]))
    assert not torch.allclose(*weights, atol=1e-4)


def test_a_mistake_is_put_into_an_update_that_calls_the_pieces_and_qlibs_stands_in_for_another():
    my = own_agent.Pieces()
    batch = qlib.Batch(torch.ones(3, 4), torch.tensor([0, 1, 0]), torch.ones(3), torch.ones(3, 4), torch.ones(3) > 0)

    def inlined(network, target_network, optimizer, batch, gamma):
        return own_agent.update(network, target_network, optimizer, batch, gamma)

    found = []
    for update in (my.update, inlined):
        broken = mistakes.MISTAKES["no terminal cut"](dataclasses.replace(my, update=update))
        parts = own_agent.assemble(broken, 0)
        found.append(broken.update(parts.network, parts.target_network, parts.optimizer, batch, 0.9))
    parts = own_agent.assemble(my, 0)
    whole = my.update(parts.network, parts.target_network, parts.optimizer, batch, 0.9)
    assert found[0] == found[1] != whole
