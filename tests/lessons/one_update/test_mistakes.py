"""Each famous mistake does to the learner's pieces what its name says, and leaves the others alone."""

import dataclasses

import pytest
import torch

import qlib
from qlib.core.memory import Batch
from qlib.lessons.one_update.mistakes import MISTAKES, agents
from qlib.lessons.own_run import assemble
from qlib.lessons.stand_ins import Pieces, pieces
from qlib.lessons.stand_ins import update as plain_update

BATCH = Batch(
    observations=torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, -1.0]]),
    actions=torch.tensor([0, 1, 1]),
    rewards=torch.tensor([1.0, 2.0, -1.0]),
    next_observations=torch.tensor([[0.0, 1.0], [1.0, 1.0], [-1.0, 0.5]]),
    terminated=torch.tensor([False, True, False]),
)
WEIGHTS = torch.tensor([[1.0, -0.5], [0.2, 0.8]])
TARGET = torch.tensor([[0.3, 0.6], [-0.4, 0.9]])


def step(my, times=1):
    """Make updates of a small linear network; give its weights and the losses."""
    online, target = torch.nn.Linear(2, 2, bias=False), torch.nn.Linear(2, 2, bias=False)
    online.weight.data, target.weight.data = WEIGHTS.clone(), TARGET.clone()
    optimizer = torch.optim.SGD(online.parameters(), lr=0.1)
    losses = [my.update(online, target, optimizer, BATCH, 0.9) for _ in range(times)]
    return online.weight.detach().clone(), losses


def by_hand(times=1, cut=True, one=False, through=False, zero=True, loss="taken"):
    """The same in plain PyTorch, with a mistake."""
    w, gradient, losses = WEIGHTS.clone().requires_grad_(), torch.zeros(2, 2), []
    for _ in range(times):
        values, after = BATCH.observations @ w.T, BATCH.next_observations @ (w if one else TARGET).T
        best = (after if through else after.detach()).max(1).values * (~BATCH.terminated if cut else 1)
        y, taken = BATCH.rewards + 0.9 * best, values[torch.arange(3), BATCH.actions]
        errors = {"taken": taken - y, "all": values - y[:, None], "broadcast": taken[:, None] - y}[loss]
        (new,) = torch.autograd.grad((errors**2).mean(), w)
        gradient = new if zero else gradient + new
        losses.append((errors**2).mean().item())
        w = (w - 0.1 * gradient).detach().requires_grad_()
    return w.detach(), losses


UPDATES = {
    "none": {},
    "no terminal cut": {"cut": False},
    "a loss over all actions": {"loss": "all"},
    "(B,) against (B, 1)": {"loss": "broadcast"},
    "one network, no target network": {"one": True},
    "one network, gradient through the target": {"one": True, "through": True},
    "no zero_grad": {"zero": False},
}


@pytest.mark.parametrize("mistake", UPDATES)
def test_a_mistake_in_the_update_is_the_one_that_is_named(mistake):
    weights, losses = step(MISTAKES[mistake](pieces()), times=3)
    wanted, expected = by_hand(times=3, **UPDATES[mistake])
    torch.testing.assert_close(weights, wanted)
    assert losses == pytest.approx(expected, rel=1e-5)
    if mistake != "none":
        assert not torch.allclose(weights, by_hand(times=3)[0], atol=1e-3)


def test_epsilon_stays_where_it_began():
    assert (MISTAKES["epsilon stays at 1"](pieces()).decay(50, 1.0, 0.05, 0.6) == 1.0).all()
    assert pieces().decay(50, 1.0, 0.05, 0.6)[-1] == pytest.approx(0.05)


def test_the_short_memory_holds_64():
    memory = MISTAKES["the last 64 transitions only"](pieces()).Ring(10_000, 1)
    for n in range(100):
        memory.push([n], 0, 0.0, [n], False)
    assert len(memory) == 64
    assert memory.sample(500, torch.Generator().manual_seed(0)).observations.min() == 36


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_touches_its_own_pieces_only(mistake):
    touched = {"epsilon stays at 1": {"decay"}, "the last 64 transitions only": {"Ring"}}
    touched |= {"none": set(), "epsilon left on in examinations": set()}
    whole, broken = pieces(), MISTAKES[mistake](pieces())
    changed = {f.name for f in dataclasses.fields(whole) if getattr(whole, f.name) is not getattr(broken, f.name)}
    assert changed <= touched.get(mistake, {"update", "td_target", "q_loss"})
    assert bool(changed) == (touched.get(mistake) != set())


def test_an_agent_examined_with_epsilon_left_on_acts_at_random_now_and_then():
    left_on, whole = agents("epsilon left on in examinations")(0), agents("none")(0)
    states = torch.randn(1, 4, generator=torch.Generator().manual_seed(0)).repeat(200, 1).numpy()
    assert len(set(whole.greedy(states).tolist())) == 1
    assert len(set(left_on.greedy(states).tolist())) == 2


@pytest.mark.parametrize("name", [name for name in MISTAKES if name not in ("none", "epsilon left on in examinations")])
def test_each_mistake_changes_what_the_agent_does(name):
    weights = []
    for mistake in ("none", name):
        agent = agents(mistake)(0)
        for _ in qlib.train(agent, steps=160):
            pass
        weights.append(torch.cat([p.detach().flatten() for p in agent.online.parameters()]))
    assert not torch.allclose(*weights, atol=1e-4)


def test_a_mistake_is_put_into_an_update_that_calls_the_pieces_and_qlibs_stands_in_for_another():
    my = Pieces()
    batch = qlib.Batch(torch.ones(3, 4), torch.tensor([0, 1, 0]), torch.ones(3), torch.ones(3, 4), torch.ones(3) > 0)

    def inlined(network, target_network, optimizer, batch, gamma):
        return plain_update(network, target_network, optimizer, batch, gamma)

    found = []
    for update in (my.update, inlined):
        broken = MISTAKES["no terminal cut"](dataclasses.replace(my, update=update))
        parts = assemble(broken, 0)
        found.append(broken.update(parts.network, parts.target_network, parts.optimizer, batch, 0.9))
    parts = assemble(my, 0)
    whole = my.update(parts.network, parts.target_network, parts.optimizer, batch, 0.9)
    assert found[0] == found[1] != whole
