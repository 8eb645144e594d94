"""One call says of each part of an agent whether it is as planned: it finds each fault, and condemns no sound agent."""

import os
from dataclasses import replace

import gymnasium as gym
import pytest
import tiny
import torch

import qlib
from qlib.lessons.debugging import faults
from qlib.study.audit import Audit, Finding
from qlib.study.instruments import LOOKS
from qlib.study.verdict import SOUND, SUSPICIOUS, UNKNOWN

SOUND_ONES = {
    "original": replace(qlib.ORIGINAL, updates_per_step=4),  # 40 take their time, and change nothing here
    "recommended": replace(qlib.RECOMMENDED, learning_starts=100),
    "default": qlib.Settings(),
    "batch norm": qlib.Settings(network="batch_norm"),
    "prioritized": qlib.Settings(replay="prioritized"),
    "double": qlib.Settings(double=True, target_network="hard", target_every=50, loss="huber", max_gradient_norm=10.0),
    "scale": qlib.Settings(reward_scale=0.1),
    "stick": qlib.Settings(stick=-10.0, gamma=0.9),
    "car": qlib.Settings(env_id="MountainCar-v0"),
    "all at once": qlib.Settings(network="batch_norm", double=True, target_network="soft", replay="prioritized"),
}
AUDITS = int(os.environ.get("QLIB_AUDITS", "1"))  # a sound agent; QLIB_AUDITS=11 makes 110 audits


@pytest.mark.parametrize("name", SOUND_ONES)
def test_a_sound_agent_is_not_condemned(name):
    settings = SOUND_ONES[name]
    for seed in range(AUDITS):
        found = qlib.audit(lambda k, seed=seed: qlib.QAgent(settings, 100 * seed + k), 3 if name == "car" else 10)
        assert found.suspicious == (), [found[part] for part in found.suspicious]
        assert [f.verdict for f in found].count(UNKNOWN) <= 2


FOUND = {  # by what each fault is found; None: by nothing
    faults.Whole: None,
    faults.NoCut: "update",
    faults.AllActions: "update",
    faults.Broadcast: "update",
    faults.TargetChooses: "who values",
    faults.OneSeed: "seeds",
    faults.LimitIsFall: "ends",
    faults.OthersOptimiser: "optimiser",
    faults.FrozenTarget: "target's lag",
    faults.NewestOnly: "draws",
    faults.AlwaysRandom: "greedy",
    faults.NextIsThis: "next observation",
    faults.RewardBefore: "rewards",
    faults.AddedUp: "update",
    faults.ReluAtTheEnd: "output",
    faults.SignLost: None,  # it is what its own settings and network say; ProbeObservation knows it
    faults.StopsStoring: None,  # it begins too late
    faults.EpsilonByStep: "epsilon",
    faults.GreedyStored: "rows",
}


def test_every_agent_of_the_drawer_is_spoken_of():
    assert FOUND.keys() == faults.FAULTS.keys()


@pytest.mark.parametrize("kind", FOUND, ids=lambda kind: kind.__name__)
def test_a_fault_is_found_by_its_instrument(kind):
    found = qlib.audit(lambda seed: kind(faults.SETTINGS, seed), 15)
    assert (FOUND[kind] in found.suspicious) if FOUND[kind] else found.suspicious == (), found


def in_train_mode(seed):
    class InTrainMode(qlib.QAgent):
        def q_values(self, observations):
            rows = torch.as_tensor(observations).reshape(-1, 4)
            return self.online.train()(rows.repeat(2, 1)).detach()[: len(rows)].reshape(*observations.shape[:-1], -1)

    return InTrainMode(qlib.Settings(network="batch_norm"), seed)


def uphill(seed):
    class Uphill(qlib.QAgent):
        def loss(self, batch):
            return -super().loss(batch)

    return Uphill(qlib.Settings(), seed)


def unsteady(seed):
    class Unsteady(qlib.QAgent):
        def learn(self):
            loss = super().learn()
            self.optimizer.param_groups[0]["lr"] *= 2
            return loss

        def update(self, batch):
            self.optimizer.param_groups[0]["lr"] = 0.5
            return super().update(batch)

    return Unsteady(qlib.Settings(), seed)


def one_more(seed):
    class OneMore(qlib.QAgent):
        def learn(self):
            super().learn()
            return super().learn()

    return OneMore(qlib.Settings(), seed)


def partial_to_right(seed):
    agent = qlib.QAgent(qlib.Settings(), seed)
    agent.explore = lambda epsilon: (
        int(torch.rand((), generator=agent.generator) < 0.8)
        if torch.rand((), generator=agent.generator) < epsilon
        else None
    )
    return agent


@pytest.mark.parametrize(
    ("make", "name", "words"),
    [
        (uphill, "update", "up the loss"),
        (unsteady, "learning rate", "0.5"),
        (one_more, "updates", "steps of the optimiser"),
        (partial_to_right, "exploring", "with epsilon 1"),
        (in_train_mode, "acting", "tensors changed"),
    ],
    ids=lambda x: getattr(x, "__name__", None),
)
def test_what_the_drawer_does_not_hold_is_found_as_well(make, name, words):
    found = qlib.audit(make(0), 12)
    assert found[name].verdict == SUSPICIOUS, found
    assert words in found[name].measured


def test_a_score_with_the_stick_in_it_is_found():
    env = gym.wrappers.RecordEpisodeStatistics(qlib.core.environment.Stick(gym.make("CartPole-v1"), -10.0))
    settings = qlib.Settings(stick=-10.0)
    assert qlib.audit(qlib.QAgent(settings), 3, env)["score"].verdict == SUSPICIOUS
    assert qlib.audit(qlib.QAgent(settings), 3)["score"].verdict == SOUND
    assert "step" not in env.unwrapped.__dict__, "the environment is as it was"


def test_values_beyond_the_ceiling_are_found():
    agent = qlib.QAgent(qlib.Settings(gamma=0.8, updates_per_step=0))
    with torch.no_grad():
        agent.online.layers[-1].bias += 11.0
    found = qlib.audit(agent, 3)["ceiling"]
    assert found.verdict == SUSPICIOUS
    assert found.expected == "from 0 to 5; up to 5 beyond is let pass"


def test_the_agent_and_the_process_are_left_as_they_were():
    agent = qlib.QAgent(qlib.Settings(), 3)
    before, drawn = [p.clone() for p in agent.online.parameters()], torch.get_rng_state()
    qlib.audit(agent, 3)
    assert agent.steps == agent.episodes == len(agent.memory) == 0
    assert all(torch.equal(a, b) for a, b in zip(before, agent.online.parameters(), strict=True))
    assert torch.equal(drawn, torch.get_rng_state())


def test_a_trained_agent_goes_on_from_where_it_stands():
    agent = qlib.QAgent(qlib.Settings(), 3)
    for _ in qlib.train(agent, episodes=20):
        pass
    assert qlib.audit(agent, 5).suspicious == ()


def test_an_agent_that_raises_is_a_finding_and_what_cannot_be_asked_is_said():
    class Fails(qlib.QAgent):
        def remember(self, *step):
            raise RuntimeError("no room")

    found = qlib.audit(Fails(qlib.Settings()), 2)
    assert found["training"].verdict == SUSPICIOUS and "no room" in found["training"].measured


def test_one_agent_is_enough_to_see_that_weights_are_seeded_anew():
    class Anew(qlib.QAgent):
        def __init__(self, settings, seed=0):
            super().__init__(settings, seed)
            torch.manual_seed(0)
            for layer in self.online.layers[::2]:
                layer.reset_parameters()

    found = qlib.audit(Anew(qlib.Settings(), seed=5), 1)["seeds"]
    assert found.verdict == SUSPICIOUS and "4 seeds have 1 different first networks" in found.measured
    assert qlib.audit(qlib.QAgent(qlib.Settings(), seed=5), 1)["seeds"].verdict == SOUND


def test_seeds_are_not_looked_at_where_the_class_wants_more_than_settings_and_a_seed():
    class Wants(qlib.QAgent):
        def __init__(self, settings, seed, colour):
            super().__init__(settings, seed)

    assert qlib.audit(Wants(qlib.Settings(), 0, "red"), 1)["seeds"].verdict == UNKNOWN


def test_it_says_what_it_takes():
    with pytest.raises(TypeError, match="a function from a seed"):
        qlib.audit(5)
    with pytest.raises(TypeError, match="a function from a seed"):
        qlib.audit(lambda seed: "agent")
    with pytest.raises(ValueError, match="episodes=0"):
        qlib.audit(qlib.QAgent(qlib.Settings()), 0)


def test_a_table_shows_each_finding_in_a_row():
    made = Audit((Finding("ends", SUSPICIOUS, "3 <ends>", "2"), Finding("seeds", UNKNOWN, "no", "nothing")))
    assert made._repr_html_().count("<tr>") == 3 and "3 &lt;ends&gt;" in made._repr_html_()
    assert repr(made).splitlines()[0].startswith("✗ ends")
    assert str(made["ends"]) == "ends: suspicious. 3 <ends>; expected: 2."
    assert made.suspicious == ("ends",)
    with pytest.raises(KeyError, match="There is no finding 'end'"):
        made["end"]
    assert len(LOOKS) == 21


@pytest.mark.parametrize("changes", [{}, {"replay": "prioritized", "steps_per_update": 3}])
def test_a_sound_agent_that_sees_images_is_not_condemned(changes):
    agent = qlib.QAgent(tiny.few(**changes))
    for _ in qlib.train(agent, steps=130):  # more than its memory holds
        pass
    found = qlib.audit(agent)
    assert {finding.verdict for finding in found} == {SOUND}, repr(found)
