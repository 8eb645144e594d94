"""The update against numbers worked out by hand, against a second implementation, and against finite differences."""

import copy
import dataclasses
import math
import pickle

import numpy as np
import pytest
import tiny
import torch

import qlib
from qlib import Batch, DivergedError, QAgent, Settings
from qlib.core.demands import is_present

GAMMA = 0.5
S0, S1 = [1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]
CHAIN = Batch(
    observations=torch.tensor([S0, S1]),
    actions=torch.tensor([1, 0]),
    rewards=torch.tensor([1.0, -2.0]),
    next_observations=torch.tensor([S1, S0]),
    terminated=torch.tensor([False, True]),
)


def chain_agent(**changes) -> QAgent:
    """An agent whose values are a table: Q(s0) = (1, 3) and Q(s1) = (2, 5); the target network's (0, 1) and (7, 4)."""
    agent = QAgent(Settings(hidden=(), gamma=GAMMA, batch_size=2, **changes))
    set_table(agent.online, [[1.0, 2.0], [3.0, 5.0]])
    if agent.target is not None:
        set_table(agent.target, [[0.0, 7.0], [1.0, 4.0]])
    return agent


def set_table(network, rows):
    with torch.no_grad():
        weight, bias = network.parameters()
        weight.zero_()
        weight[:, :2] = torch.tensor(rows)
        bias.zero_()


@pytest.mark.parametrize(
    ("changes", "targets", "loss"),
    [
        ({}, [1 + GAMMA * 5, -2], (0.5**2 + 4**2) / 2),
        ({"bootstrap_ends_at": "nothing"}, [1 + GAMMA * 5, -2 + GAMMA * 3], (0.5**2 + 2.5**2) / 2),
        ({"target_network": "hard"}, [1 + GAMMA * 7, -2], (1.5**2 + 4**2) / 2),
        ({"target_network": "soft", "double": True}, [1 + GAMMA * 4, -2], (0**2 + 4**2) / 2),
        ({"double": True}, [1 + GAMMA * 5, -2], (0.5**2 + 4**2) / 2),
        ({"loss": "huber"}, [1 + GAMMA * 5, -2], (0.5**2 / 2 + (4 - 0.5)) / 2),
    ],
    ids=["plain", "no cut", "target network", "double", "double without target network", "huber"],
)
def test_a_chain_of_two_states_by_hand(changes, targets, loss):
    agent = chain_agent(**changes)
    assert agent.td_target(CHAIN).tolist() == targets
    assert agent.loss(CHAIN).item() == loss


def test_the_gradient_of_the_chain_by_hand():
    agent = chain_agent()
    agent.loss(CHAIN).backward()
    weight, bias = (p.grad for p in agent.online.parameters())
    assert weight[:, :2].tolist() == [[0.0, 4.0], [-0.5, 0.0]]  # only the actions taken, in the states seen
    assert bias.tolist() == [4.0, -0.5]


def test_the_first_step_of_adam_is_the_learning_rate_against_the_gradients_sign():
    agent = chain_agent(learning_rate=0.25)
    agent.update(CHAIN)
    weight, _ = agent.online.parameters()
    torch.testing.assert_close(weight[:, :2], torch.tensor([[1.0, 1.75], [3.25, 5.0]]))


class Reference:
    """The update once more, in numpy and float64, with the derivative written out."""

    def __init__(self, agent: QAgent):
        self.settings = agent.settings
        self.steps = agent.steps
        self.online = [p.detach().numpy().astype(float) for p in agent.online.parameters()]
        network = agent.online if agent.target is None else agent.target
        self.target = [p.detach().numpy().astype(float) for p in network.parameters()]
        self.columns = [column.numpy().copy() for column in agent.memory.storage]
        self.held = len(agent.memory)
        self.generator = torch.Generator()
        self.generator.set_state(agent.generator.get_state())
        self.mean = [np.zeros_like(p) for p in self.online]
        self.square = [np.zeros_like(p) for p in self.online]
        self.updates = 0

    def layers(self, parameters, x):
        if self.settings.observation_scale is not None:
            x = x / np.array(self.settings.observation_scale)
        outputs = [x]
        for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
            x = outputs[-1] @ weight.T + bias
            outputs.append(x if weight is parameters[-2] else np.maximum(x, 0))
        return outputs

    def learn(self) -> float:
        s = self.settings
        rows = torch.randint(self.held, (s.batch_size,), generator=self.generator).numpy()
        observations, actions, rewards, following, terminated = (column[rows] for column in self.columns)
        each = np.arange(s.batch_size)
        valuer = self.online if s.target_network == "none" else self.target
        values = self.layers(valuer, following)[-1]
        choosing = self.layers(self.online, following)[-1] if s.double else values
        best = values[each, choosing.argmax(1)]
        if s.bootstrap_ends_at != "nothing":
            best = np.where(terminated, 0.0, best)
        outputs = self.layers(self.online, observations)
        error = outputs[-1][each, actions] - (rewards + s.gamma * best)
        small = abs(error) < 1
        if s.loss == "mse":
            loss, slope = (error**2).mean(), 2 * error
        else:
            loss, slope = np.where(small, error**2 / 2, abs(error) - 0.5).mean(), np.where(small, error, np.sign(error))
        delta = np.zeros_like(outputs[-1])
        delta[each, actions] = slope / s.batch_size
        gradient = []
        for k in range(len(outputs) - 2, -1, -1):
            gradient = [delta.T @ outputs[k], delta.sum(0), *gradient]
            delta = (delta @ self.online[2 * k]) * (outputs[k] > 0)
        self.step(gradient)
        return float(loss)

    def step(self, gradient):
        s = self.settings
        if s.max_gradient_norm is not None:
            norm = math.sqrt(sum((g**2).sum() for g in gradient))
            gradient = [g * min(1.0, s.max_gradient_norm / (norm + 1e-6)) for g in gradient]
        rate = s.learning_rate
        if s.learning_rate_end is not None:
            rate += min(1.0, self.steps / s.learning_rate_steps) * (s.learning_rate_end - s.learning_rate)
        self.updates += 1
        t = self.updates
        for p, g, m, v in zip(self.online, gradient, self.mean, self.square, strict=True):
            p *= 1 - rate * s.weight_decay
            m += 0.1 * (g - m)
            v += 0.001 * (g**2 - v)
            p -= rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        if s.target_network == "soft":
            for p, q in zip(self.target, self.online, strict=True):
                p += s.tau * (q - p)
        elif s.target_network == "hard" and t % s.target_every == 0:
            self.target = [q.copy() for q in self.online]


def filled(settings: Settings, n=40, seed=0) -> QAgent:
    """An agent whose memory holds random transitions: every action, terminal or not, rewards that differ."""
    agent = QAgent(settings, seed)
    random = np.random.default_rng(seed)
    for i in range(n):
        here, there = random.normal(size=(2, 4))
        agent.remember(here, i % 2, random.normal() * 2, there, terminated=i % 5 == 0)
    return agent


VARIANTS = {
    "plain": {},
    "no cut": {"bootstrap_ends_at": "nothing"},
    "hard target": {"target_network": "hard", "target_every": 2},
    "soft target": {"target_network": "soft", "tau": 0.3},
    "double": {"double": True, "target_network": "hard", "target_every": 3},
    "double alone": {"double": True},
    "huber": {"loss": "huber"},
    "clipped": {"max_gradient_norm": 0.1},
    "weight decay": {"weight_decay": 0.5},
    "falling rate": {"learning_rate_end": 1e-4, "learning_rate_steps": 60},
    "fallen rate": {"learning_rate_end": 1e-4, "learning_rate_steps": 20},
    "scaled": {"observation_scale": (2.4, 2.0, 0.2, 3.0), "reward_scale": 0.1},
    "all": {
        "target_network": "soft",
        "double": True,
        "loss": "huber",
        "max_gradient_norm": 0.5,
        "weight_decay": 0.1,
        "observation_scale": (1.0, 2.0, 0.5, 3.0),
    },
    "no hidden layer": {"hidden": ()},
}


@pytest.mark.parametrize("compiled", [False, True], ids=["readable", "compiled"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_learning_agrees_with_a_second_implementation(variant, compiled):
    settings = dict(hidden=(16, 8), gamma=0.9, batch_size=16, learning_rate=0.01, memory_size=50, compiled=compiled)
    agent = filled(Settings(**(settings | VARIANTS[variant])))
    reference = Reference(agent)
    for _ in range(6):
        assert agent.learn() == pytest.approx(reference.learn(), rel=1e-4)
    for p, expected in zip(agent.online.parameters(), reference.online, strict=True):
        np.testing.assert_allclose(p.detach().numpy(), expected, atol=1e-4)
    if agent.target is not None:
        for p, expected in zip(agent.target.parameters(), reference.target, strict=True):
            np.testing.assert_allclose(p.detach().numpy(), expected, atol=1e-4)
    assert agent.updates == 6


@pytest.mark.parametrize("loss", ["mse", "huber"])
def test_the_gradient_agrees_with_finite_differences(loss):
    agent = filled(Settings(hidden=(6, 5), target_network="hard", loss=loss))
    agent.online.double()
    agent.target.double()
    batch = Batch(*(t.double() if t.is_floating_point() else t for t in agent.memory.sample(20, agent.generator)))
    agent.loss(batch).backward()
    for p in agent.online.parameters():
        flat = p.data.view(-1)
        for i in range(0, flat.numel(), 5):
            middle, losses = flat[i].item(), []
            for shift in (1e-6, -1e-6):
                flat[i] = middle + shift
                losses.append(agent.loss(batch).item())
            flat[i] = middle
            assert (losses[0] - losses[1]) / 2e-6 == pytest.approx(p.grad.view(-1)[i].item(), abs=1e-7, rel=1e-5)


def test_without_a_target_network_the_gradient_stops_in_the_target():
    agent = filled(Settings(hidden=(6,), batch_size=20))
    batch = agent.memory.sample(20, agent.generator)
    assert not agent.td_target(batch).requires_grad

    def gradient(loss):
        return torch.cat(
            [g.flatten() for g in torch.autograd.grad(loss, list(agent.online.parameters()), retain_graph=True)]
        )

    current = agent.online(batch.observations)[range(20), batch.actions]
    following = agent.online(batch.next_observations).amax(1) * ~batch.terminated
    stopped = (current - (batch.rewards + agent.settings.gamma * following.detach())).square().mean()
    through = (current - (batch.rewards + agent.settings.gamma * following)).square().mean()
    torch.testing.assert_close(gradient(agent.loss(batch)), gradient(stopped))
    assert not torch.allclose(gradient(agent.loss(batch)), gradient(through), atol=1e-3)


@pytest.mark.parametrize(
    ("ends_at", "flags"),
    [
        ("termination", [False, True, False]),
        ("termination or truncation", [False, True, True]),
        ("nothing", [False, True, False]),
    ],
)
def test_what_is_remembered_as_an_end(ends_at, flags):
    agent = QAgent(Settings(bootstrap_ends_at=ends_at))
    for terminated, truncated in ((False, False), (True, False), (False, True)):
        agent.remember(S0, 0, 1.0, S1, terminated, truncated)
    assert agent.memory.storage.terminated[:3].tolist() == flags
    assert agent.steps == 3


def test_no_time_limit_ended_what_is_remembered_without_a_word_of_it():
    agent = QAgent(Settings(bootstrap_ends_at="termination or truncation"))
    agent.remember(S0, 0, 1.0, S1, False)
    assert not agent.memory.storage.terminated[0]


def test_rewards_are_scaled_on_their_way_into_the_memory():
    agent = QAgent(Settings(reward_scale=0.1))
    agent.remember(S0, 0, -10.0, S1, True)
    assert agent.memory.storage.rewards[0] == -1.0


@pytest.mark.parametrize("compiled", [False, True], ids=["readable", "compiled"])
def test_learning_waits_for_a_batch_and_for_its_start(compiled):
    agent = filled(Settings(batch_size=8, learning_starts=20, memory_size=10, compiled=compiled), n=19)
    before = agent.generator.get_state()
    assert math.isnan(agent.learn())
    assert agent.updates == 0
    assert torch.equal(before, agent.generator.get_state())
    agent.remember(S0, 0, 1.0, S1, False)
    assert agent.learn() > 0  # also where the memory is smaller than learning_starts
    assert math.isnan(filled(Settings(batch_size=8, compiled=compiled), n=7).learn())


def test_acting_is_greedy_without_epsilon_and_draws_nothing():
    agent = chain_agent()
    set_table(agent.online, [[9.0, 2.0], [3.0, 5.0]])
    before = agent.generator.get_state()
    assert (agent.act(S0), agent.act(np.array(S1))) == (0, 1)
    assert torch.equal(before, agent.generator.get_state())


def test_epsilon_is_the_share_of_uniformly_random_actions():
    agent = chain_agent()  # action 1 is best
    share = np.mean([agent.act(S0, epsilon=0.4) for _ in range(2_000)])
    assert share == pytest.approx(1 - 0.4 / 2, abs=0.04)
    assert np.mean([agent.act(S0, epsilon=1.0) for _ in range(2_000)]) == pytest.approx(0.5, abs=0.05)


def test_an_action_is_random_if_the_number_drawn_is_below_epsilon():
    """A number drawn from [0, 1) is below epsilon as often as epsilon says; at most epsilon, it would be once more."""
    agent, drawn = chain_agent(), torch.rand((), generator=chain_agent().generator).item()
    assert agent.explore(drawn) is None
    assert chain_agent().explore(math.nextafter(drawn, 1)) in (0, 1)


@pytest.mark.parametrize("compiled", [False, True], ids=["readable", "compiled"])
@pytest.mark.parametrize("network", ["plain", "batch_norm"])
def test_values_of_one_and_of_many_agree_and_change_nothing(network, compiled):
    agent = filled(Settings(network=network, batch_size=8, target_network="soft", compiled=compiled))
    agent.learn()
    before = {name: t.clone() for name, t in agent.online.state_dict().items()}
    observations = np.random.default_rng(1).normal(size=(5, 4))
    many = agent.q_values(observations)
    assert many.shape == (5, 2)
    assert not many.requires_grad
    for row, observation in zip(many, observations, strict=True):
        torch.testing.assert_close(agent.q_values(observation), row)
        assert agent.act(observation) == row.argmax()
    np.testing.assert_array_equal(agent.greedy(observations), many.argmax(1))
    assert all(torch.equal(before[name], t) for name, t in agent.online.state_dict().items())


def test_batch_norm_learns_and_its_target_network_uses_the_statistics_that_it_copied():
    agent = filled(Settings(network="batch_norm", batch_size=16, target_network="soft", tau=0.5))
    for _ in range(3):
        agent.learn()
    torch.testing.assert_close(agent.target.layers[1].running_mean, agent.online.layers[1].running_mean)
    batch = agent.memory.sample(10, agent.generator)
    alone = torch.cat([agent.td_target(Batch(*(column[i : i + 1] for column in batch))) for i in range(10)])
    torch.testing.assert_close(agent.td_target(batch), alone)  # no other row of the batch has a say


@pytest.mark.parametrize("compiled", [False, True], ids=["readable", "compiled"])
def test_a_hard_target_network_keeps_its_statistics_too_until_the_next_copy(compiled):
    settings = Settings(network="batch_norm", batch_size=16, target_network="hard", target_every=3, compiled=compiled)
    agent = filled(settings)
    for update in (1, 2, 3):
        agent.learn()
        copied = agent.target.layers[1].running_mean.equal(agent.online.layers[1].running_mean)
        assert copied == (update == 3)


@pytest.mark.parametrize(("own", "other"), [("prioritized", "uniform"), ("uniform", "prioritized")])
def test_a_batch_of_another_kind_of_memory_can_be_learned_from(own, other):
    agent, lender = (filled(Settings(batch_size=8, replay=replay)) for replay in (own, other))
    batch = lender.memory.sample(8, lender.generator)
    expected = agent.loss(batch).item()
    assert agent.update(batch) == expected


def test_two_agents_of_one_seed_are_one_and_global_seeds_do_not_matter():
    def weights(seed):
        agent = filled(Settings(batch_size=8, target_network="soft"), seed=seed)
        for _ in range(3):
            agent.learn()
        return torch.cat([p.flatten() for p in agent.online.parameters()])

    torch.manual_seed(1)
    one = weights(5)
    torch.manual_seed(2)
    assert torch.equal(one, weights(5))
    assert not torch.equal(one, weights(6))


@pytest.mark.parametrize("wrong", [np.zeros(3), np.zeros((1, 4)), 0.0, [[0.0] * 4] * 2])
def test_act_takes_one_observation(wrong):
    with pytest.raises(ValueError) as error:
        QAgent(Settings()).act(wrong)
    assert f"act takes one observation of shape (4,), this one has shape {np.shape(wrong)}" in str(error.value)
    assert "greedy(observations)" in str(error.value)


@pytest.mark.parametrize("wrong", [0.0, np.zeros(3), np.zeros((4, 3))])
def test_values_need_whole_observations(wrong):
    with pytest.raises(ValueError, match="an observation has 4 numbers"):
        QAgent(Settings()).q_values(wrong)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_refused_before_anything_is_stored(bad):
    agent = filled(Settings(), n=7)
    spoiled = [0.0, bad, 0.0, 0.0]
    with pytest.raises(ValueError, match="The observation at step 8 is not finite"):
        agent.remember(S0, 0, 1.0, spoiled, False)
    with pytest.raises(ValueError, match="The observation at step 7 is not finite"):
        agent.remember(spoiled, 0, 1.0, S1, False)
    with pytest.raises(ValueError, match="The reward at step 8 is not finite"):
        agent.remember(S0, 0, bad, S1, False)
    assert agent.steps == agent.memory.pushed == 7


@pytest.mark.parametrize("compiled", [False, True], ids=["readable", "compiled"])
@pytest.mark.parametrize("network", ["plain", "batch_norm"])
@pytest.mark.parametrize("target_network", ["none", "soft"])
def test_a_diverged_loss_stops_and_keeps_the_last_good_networks(network, target_network, compiled):
    settings = Settings(
        batch_size=8, network=network, target_network=target_network, tau=0.5, learning_rate=1e30, compiled=compiled
    )
    agent = filled(settings)
    finite = agent.q_values(np.eye(4))
    with pytest.raises(DivergedError, match=r"not finite at update \d, step 40.*Lower learning_rate"):
        for _ in range(9):
            agent.learn()
    assert torch.isfinite(agent.loss(agent.memory.sample(30, agent.generator)))
    assert torch.isfinite(agent.q_values(np.eye(4))).all()
    if network == "plain":
        torch.testing.assert_close(agent.q_values(np.eye(4)), finite)


@pytest.mark.parametrize("compiled", [False, True], ids=["readable", "compiled"])
def test_a_reward_beyond_float32_diverges_before_any_step(compiled):
    agent = filled(Settings(batch_size=8, compiled=compiled))
    agent.memory.storage.rewards[:] = 1e30
    before = [p.clone() for p in agent.online.parameters()]
    with pytest.raises(DivergedError, match="at update 1,"):
        agent.learn()
    assert all(torch.equal(p, old) for p, old in zip(agent.online.parameters(), before, strict=True))
    assert agent.updates == 0
    agent.memory.storage.rewards[:] = 1.0
    assert agent.learn() > 0


@pytest.mark.parametrize("compiled", [False, True], ids=["readable", "compiled"])
def test_a_gradient_beyond_float32_diverges_though_its_loss_is_finite(compiled):
    agent = chain_agent(compiled=compiled)
    set_table(agent.online, [[0.0, 0.0], [0.0, 0.0]])
    for action in (0, 1):
        agent.remember([1e30, 0.0, 0.0, 0.0], action, 1e10, S1, True)
    assert math.isfinite(agent.loss(agent.memory.sample(2)).item())
    with pytest.raises(DivergedError, match="at update 1,"):
        agent.learn()
    assert agent.q_values(S0).tolist() == [0, 0]


@pytest.mark.parametrize("compiled", [False, True], ids=["readable", "compiled"])
def test_a_large_but_finite_loss_is_learned_from(compiled):
    agent = filled(Settings(batch_size=8, compiled=compiled))
    agent.memory.storage.rewards[:] = 1e7
    assert agent.learn() > 1e12
    assert agent.updates == 1


@pytest.mark.parametrize(
    ("env_id", "near"),
    [
        ("CartPole-v9", "CartPole-v1"),
        ("CartPol-v1", "CartPole-v1"),
        ("MountainCr-v0", "MountainCar-v0"),
        ("", ""),
        ("nowhere/X-v0", ""),
    ],
)
def test_an_unknown_environment_is_named_beside_names_like_it(env_id, near):
    with pytest.raises(ValueError) as error:
        QAgent(Settings(env_id))
    assert f"env_id={env_id!r} is not an environment that gymnasium knows" in str(error.value)
    assert near in str(error.value)


@pytest.mark.parametrize("device", ["cuda:77", "tpu9000"])
def test_a_device_that_is_not_there_is_named_beside_those_that_are(device):
    with pytest.raises(ValueError, match=f"device='{device}' is not on this machine, which has cpu"):
        QAgent(Settings(device=device))
    with pytest.raises(ValueError, match="not on this machine"):
        QAgent(Settings()).to(device)


def test_a_scale_for_another_environment_is_refused():
    with pytest.raises(ValueError, match="observation_scale has 4 entries, an observation has 6"):
        QAgent(dataclasses.replace(qlib.RECOMMENDED, env_id="Acrobot-v1"))


def test_moving_to_where_it_is_changes_nothing():
    one, two = (filled(Settings(batch_size=8, target_network="soft")) for _ in range(2))
    for step in range(6):
        assert one.learn() == two.learn()
        if step == 2:
            two.to("cpu")


def test_moved_all_that_an_agent_has_is_there(monkeypatch):
    """The meta device stands in for a GPU: its tensors hold no numbers."""
    agent = filled(Settings(batch_size=8, target_network="soft"))
    agent.learn()
    monkeypatch.setattr("qlib.core.agent.demand_present", torch.device)
    assert agent.to("meta") is agent and agent.device == torch.device("meta")
    moments = [t for state in agent.optimizer.state.values() for t in state.values() if t.ndim]
    assert len(moments) == 2 * len(list(agent.online.parameters()))
    tensors = [*agent.online.parameters(), *agent.target.parameters(), *agent.memory.storage, *moments]
    assert {t.device.type for t in tensors} == {"meta"}
    assert agent.optimizer.param_groups[0]["params"][0] is next(agent.online.parameters())


@pytest.mark.skipif(not is_present("cuda"), reason="this machine has no CUDA device")
def test_there_and_back_again():
    one, two = (filled(Settings(batch_size=8, target_network="soft")) for _ in range(2))
    for device in ("cpu", "cuda", "cpu"):
        two.to(device)
        for _ in range(3):
            assert two.learn() == pytest.approx(one.learn(), rel=1e-4)


def test_a_line_tells_what_an_agent_is():
    text = repr(filled(Settings(), n=3))
    for part in ("CartPole-v1", "seed 0", "3 steps", "0 updates", "epsilon 1.000", "770 parameters", "cpu"):
        assert part in text


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda agent: pickle.loads(pickle.dumps(agent))])
def test_a_copy_is_an_agent_of_its_own(duplicate):
    agent = filled(Settings(batch_size=8, target_network="soft"))
    agent.learn()
    twin = duplicate(agent)
    before = [p.clone() for p in twin.online.parameters()]
    losses = [agent.learn() for _ in range(3)]
    assert all(torch.equal(p, old) for p, old in zip(twin.online.parameters(), before, strict=True))
    assert [twin.learn() for _ in range(3)] == losses
    for p, other in zip(twin.online.parameters(), agent.online.parameters(), strict=True):
        assert torch.equal(p, other)


def test_what_is_changed_halfway_is_obeyed():
    agent = filled(Settings(batch_size=8))
    agent.learn()
    agent.loss = lambda batch: QAgent.loss(agent, batch) * 0 + 7
    assert agent.learn() == 7
    del agent.loss
    agent.settings = dataclasses.replace(agent.settings, learning_rate=0.25)
    agent.learn()
    assert agent.optimizer.param_groups[0]["lr"] == 0.25


def test_the_two_updates_may_take_turns():
    one, two = (filled(Settings(batch_size=8, target_network="soft", double=True)) for _ in range(2))
    for turn in range(8):
        two.settings = dataclasses.replace(two.settings, compiled=turn % 2 == 0)
        assert two.learn() == pytest.approx(one.learn(), rel=1e-4)
    for p, other in zip(two.online.parameters(), one.online.parameters(), strict=True):
        torch.testing.assert_close(p, other, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("compiled", [False, True], ids=["readable", "compiled"])
def test_weights_set_by_hand_are_the_ones_that_act_and_learn(compiled):
    agent = filled(Settings(hidden=(), batch_size=8, compiled=compiled))
    agent.learn()
    for rows, best in (([[9.0, 0.0], [1.0, 0.0]], 0), ([[1.0, 0.0], [9.0, 0.0]], 1)):
        set_table(agent.online, rows)
        assert agent.act(S0) == best
        assert agent.q_values(S0).tolist() == [row[0] for row in rows]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e300])
@pytest.mark.parametrize("compiled", [True, False])
def test_no_action_is_chosen_for_what_is_not_a_number(bad, compiled):
    agent = QAgent(Settings(compiled=compiled))
    for ask in (agent.act, lambda observation: agent.greedy(np.array([observation]))):
        with pytest.raises(ValueError, match="not finite as float32"):
            ask(np.array([0.0, bad, 0.0, 0.0]))


def test_a_seed_may_be_numpys():
    first, second = (QAgent(Settings(), seed) for seed in np.arange(2))
    assert (first.seed, second.seed) == (0, 1) and type(first.seed) is int
    assert torch.equal(second.online.layers[0].weight, QAgent(Settings(), 1).online.layers[0].weight)


@pytest.mark.parametrize("seed", [-1, 0.5, True, "1", None])
def test_what_is_no_seed_is_refused_by_name(seed):
    with pytest.raises(ValueError, match=f"seed={seed!r} is not allowed: seed must be a whole number from 0 up"):
        QAgent(Settings(), seed)


LOOKS = {"none": np.uint8, "last": bool, "first": np.float32}


def catcher(channels="none", **changes) -> QAgent:
    """An agent that sees a small game in one of the ways in which images come."""
    env_id = tiny.register(f"tiny/Few-{channels}-v0", channels=channels, kind=LOOKS[channels], shape=(4, 3))
    settings = Settings(env_id, network="conv", filters=((8, 3, 1),), hidden=(16,), batch_size=16, memory_size=2_000)
    return QAgent(dataclasses.replace(settings, target_network="soft", learning_rate=3e-3, **changes), 0)


@pytest.mark.parametrize(
    ("channels", "replay", "frames"), [("none", "uniform", 2), ("last", "prioritized", 1), ("first", "uniform", 1)]
)
@pytest.mark.parametrize("compiled", [False, True])
def test_an_agent_learns_from_images(channels, replay, frames, compiled):
    agent = catcher(channels, replay=replay, frames=frames, epsilon_steps=300, compiled=compiled)
    assert (agent._engine() is not None) is compiled
    for _ in qlib.train(agent, steps=600):
        pass
    assert agent.updates == agent.steps - 15
    assert qlib.evaluate(agent, 50).mean() > 0.9  # at random it catches every third


def test_an_images_values_are_its_networks():
    agent = catcher()
    env = qlib.make_env(agent.settings)
    images = np.stack([env.reset(seed=seed)[0] for seed in range(4)])
    values = agent.q_values(images)
    assert values.shape == (4, 3) and values.dtype == torch.float32
    torch.testing.assert_close(values, agent.online(torch.from_numpy(images)).detach())
    torch.testing.assert_close(agent.q_values(images[2]), values[2])
    assert agent.greedy(images).tolist() == values.argmax(1).tolist() == [agent.act(image) for image in images]


@pytest.mark.parametrize("compiled", [False, True])
def test_an_image_that_is_none_is_refused(compiled):
    agent = catcher(compiled=compiled)
    image = np.zeros((4, 3), np.uint8)
    with pytest.raises(ValueError, match=r"act takes one observation of shape \(4, 3\), this one has shape \(3, 4\)"):
        agent.act(image.T)
    with pytest.raises(ValueError, match="an observation is of uint8; these are of int64"):
        agent.act(image.astype(int))
    for here, there, reward, why in [
        (image.T, image, 0.0, r"The observation has shape \(3, 4\).*swapped"),
        (image, image / 255, 0.0, "The next observation is of float64"),
        (image, image, math.nan, "The reward at step 1 is not finite"),
    ]:
        with pytest.raises(ValueError, match=why):
            agent.remember(here, 0, reward, there, False)
    agent = catcher("first")
    bright = np.full((2, 4, 3), 255, np.float32)
    with pytest.raises(ValueError, match="The observation has numbers from 255 to 255, and the environment declares 0"):
        agent.remember(bright, 0, 0.0, bright, False)
    assert agent.steps == agent.memory.pushed == 0


def test_an_image_agent_moves_and_is_copied():
    agent = catcher(frames=2)
    for _ in qlib.train(agent, episodes=6):
        pass
    for same in (copy.deepcopy(agent).to("cpu"), pickle.loads(pickle.dumps(agent))):
        for one in (agent, same):
            one.generator.manual_seed(0)
        assert torch.equal(
            agent.memory.sample(9, agent.generator).observations, same.memory.sample(9, same.generator).observations
        )
    if is_present("cuda"):
        agent.to("cuda").learn()
