"""The equation gives what agents compute, and each known mistake is told from it and from every other one."""

import pytest
import torch

import qlib
from qlib.study import equation


@pytest.fixture(scope="module")
def agents():
    plans = {
        "plain": {},
        "double": {"double": True, "target_network": "soft", "gamma": 0.9},
        "hard": {"target_network": "hard", "loss": "huber", "max_gradient_norm": 0.5},
        "prioritized": {"replay": "prioritized", "double": True, "target_network": "hard"},
        "batch norm": {"network": "batch_norm", "target_network": "soft", "double": True},
        "uncut": {"bootstrap_ends_at": "nothing", "reward_scale": 0.1},
    }
    made = {name: qlib.QAgent(qlib.Settings(hidden=(16,), batch_size=32, **plan), 1) for name, plan in plans.items()}
    for agent in made.values():
        for _ in qlib.train(agent, episodes=6):
            pass
    return made


@pytest.mark.parametrize("name", ["plain", "double", "hard", "prioritized", "batch norm", "uncut"])
def test_a_whole_agent_does_what_the_equation_says(agents, name):
    tests = [equation.Batches(agents[name], seed) for seed in range(3)]
    assert equation.diagnose(tests, [test.done() for test in tests]) == ()


@pytest.mark.parametrize("fault", equation.FAULTS)
def test_each_mistake_is_told_from_all_others(agents, fault):
    """What an agent with this mistake would do is what the equation with it gives; nothing else may explain it."""
    name = {"weights ignored": "prioritized", "online chooses": "hard", "through target": "plain"}.get(fault, "double")
    tests = [equation.Batches(agents[name], seed) for seed in range(3)]
    done = [test.expected((fault,)) for test in tests]
    explaining = [
        other
        for other in equation.FAULTS
        if equation._applies(other, agents[name])
        and all(t.explained(d, (other,)) for t, d in zip(tests, done, strict=True))
    ]
    assert explaining == [fault]
    assert not any(test.explained(one) for test, one in zip(tests, done, strict=True)), "taken for the equation"


def test_two_mistakes_at_once_are_both_named(agents):
    tests = [equation.Batches(agents["double"], seed) for seed in range(3)]
    done = [test.expected(("no cut", "highest")) for test in tests]
    assert equation.diagnose(tests, done) == ("no cut", "highest")


def test_what_no_known_mistake_explains_is_none(agents):
    tests = [equation.Batches(agents["plain"], seed) for seed in range(3)]
    done = [test.done() for test in tests]
    odd = [one._replace(loss=one.loss * 1.3) for one in done]
    assert equation.diagnose(tests, odd, most=1) is None
    assert equation.diagnose(tests, [one._replace(gradient=None) for one in done], most=1) is None


def test_an_update_on_a_batch_leaves_the_agent_alone_and_notes_its_rate(agents):
    agent = agents["plain"]
    before = [p.clone() for p in agent.online.parameters()]
    done = equation.Batches(agent, 0).done()
    assert done.rate == agent.settings.learning_rate and done.asked
    assert all(torch.equal(a, b) for a, b in zip(before, agent.online.parameters(), strict=True))


def test_an_agent_that_asks_no_sample_is_known_by_it(agents):
    class Own(qlib.QAgent):
        def learn(self):
            return 1.0

    agent = Own(agents["plain"].settings, 1)
    agent.memory = agents["plain"].memory
    done = equation.Batches(agent, 0).done()
    assert not done.asked and done.gradient is None
