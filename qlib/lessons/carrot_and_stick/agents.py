"""The agents of lesson 10: its settings, its sticks, its short CartPole, and three ways to pay a bonus."""

from __future__ import annotations

import dataclasses

import gymnasium as gym

from qlib.core.agent import QAgent
from qlib.core.environment import make_env
from qlib.core.settings import Settings

SHORT = "Short/CartPole-v1"  # CartPole with a limit of 20 steps
STICKS, GAMMAS = {"none": None, "-1": -1.0, "-10": -10.0, "-100": -100.0}, (0.8, 0.95, 0.99)
WAYS = ("fall only", "limit too")  # who is punished
LEARNER = Settings(
    observation_scale=(2.4, 2.0, 0.2095, 2.0),  # m, m/s, rad, rad/s
    learning_rate=3e-3,
    epsilon_episodes=30,
)


def short_cartpole() -> str:
    """Register CartPole with a limit of 20 steps, once, and return its name."""
    if SHORT not in gym.registry:
        usual = gym.spec("CartPole-v1")
        gym.register(SHORT, usual.entry_point, max_episode_steps=20, vector_entry_point=usual.vector_entry_point)
    return SHORT


def stick_cells() -> dict[str, Settings]:
    """Return the twelve cells of the sweep: each stick at each gamma, by "stick -10, gamma 0.8"."""
    return {
        f"stick {name}, gamma {gamma}": dataclasses.replace(LEARNER, stick=stick, gamma=gamma)
        for gamma in GAMMAS
        for name, stick in STICKS.items()
    }


def punished_both_ways(settings: Settings) -> dict[str, Settings]:
    """Return an agent that is punished for a fall only, and one that is punished at the time limit as well."""
    return {way: dataclasses.replace(settings, stick_at_time_limit=way == "limit too") for way in WAYS}


def punished_at_limit(agent: QAgent) -> float:
    """Count the rows of the memory that are punished and did not terminate."""
    stored, n = agent.memory.storage, len(agent.memory)
    return float(((stored.rewards[:n] < 0) & ~stored.terminated[:n]).sum())


punished_at_limit.__name__ = "punished at the limit"  # what a picture calls it


class Shaped(QAgent):
    """A QAgent that stores `extra` on top of each reward; its scores stay those of the task."""

    def extra(self, observation, next_observation, terminated: bool) -> float:
        """Say what is paid on top for one step."""
        raise NotImplementedError

    def remember(self, observation, action, reward, next_observation, terminated, truncated=False) -> None:
        reward = reward + self.extra(observation, next_observation, terminated)
        super().remember(observation, action, reward, next_observation, terminated, truncated)


class Potential(Shaped):
    """Shaped by a potential: minus the pole's angle, in units of 2.4 degrees."""

    def extra(self, observation, next_observation, terminated: bool) -> float:
        now, later = -24 * abs(observation[2]), -24 * abs(next_observation[2]) * (not terminated)
        return float(self.settings.gamma * later - now)


class Progress(Shaped):
    """Paid for each bit by which the pole comes upright, and not charged for what it leans."""

    def extra(self, observation, next_observation, terminated: bool) -> float:
        return float(max(0.0, 24 * (abs(observation[2]) - abs(next_observation[2]))))


class Speed(Shaped):
    """Paid 5 for each m/s: "keep the cart moving"."""

    def extra(self, observation, next_observation, terminated: bool) -> float:
        return float(5 * abs(next_observation[1]))


KINDS: dict[str, type[QAgent]] = {"none": QAgent, "potential": Potential, "progress": Progress, "speed": Speed}


def paid_and_steps(agent: QAgent, seed: int = 1_000_000) -> tuple[float, int]:
    """Play one greedy episode, and return what the agent would be paid for it, bonus included, and its steps."""
    env, paid, steps, over = make_env(agent.settings), 0.0, 0, False
    observation, _ = env.reset(seed=seed)
    while not over:
        after, reward, terminated, truncated, _ = env.step(agent.act(observation))
        paid += float(reward) + (agent.extra(observation, after, terminated) if isinstance(agent, Shaped) else 0.0)
        observation, steps, over = after, steps + 1, terminated or truncated
    return paid, steps


def carrot_and_stick(stick, gamma, punish_time_limit, terminal_cut, step_limit, shaping):
    """Build what the playground trains: Settings, or a function from a seed to a shaped agent.

    Raises:
        ValueError: if the time limit is to be punished and there is no stick.
    """
    if punish_time_limit and STICKS[stick] is None:
        raise ValueError(
            "Without a stick there is nothing to punish the time limit with. Choose a stick, or untick it."
        )
    chosen = dataclasses.replace(
        LEARNER,
        env_id=short_cartpole() if step_limit == 20 else LEARNER.env_id,
        stick=STICKS[stick],
        gamma=gamma,
        stick_at_time_limit=punish_time_limit,
        bootstrap_ends_at="termination" if terminal_cut else "nothing",
    )
    return chosen if shaping == "none" else lambda seed: KINDS[shaping](chosen, seed)
