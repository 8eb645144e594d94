"""Pictures of lesson 04: choosing actions."""

from __future__ import annotations

import dataclasses

import numpy as np

from qlib.core.rules import epsilon_schedule
from qlib.core.settings import ORIGINAL, Settings
from qlib.show.drawing import Drawing
from qlib.show.marks import Bars, Dots, Line, Mark, Rule
from qlib.show.panel import Axis, Panel, lines
from qlib.show.shapes import Words
from qlib.study.statistics import band


def habits(favourite: np.ndarray, guess: float | None = None) -> Drawing:
    """Draw in which share of states each agent takes its favourite action, and a guess of how many do so mostly.

    Args:
        favourite: one share an agent, from 0.5 to 1, shape (agents,).
        guess: how many were said to be above 0.9.
    """
    shares = np.sort(favourite)[::-1]
    colours = ["blue" if share > 0.9 else "vermilion" for share in shares]
    marks: list[Mark] = [
        Bars(np.arange(1, len(shares) + 1), shares, colour=colours),
        Rule(0.9),
        Words(len(shares) + 0.4, 0.9, "0.9", "faint", "end", up=9),
    ]
    marks += [] if guess is None else [Rule(guess + 0.5, "y", "you said", "purple", dash=2)]
    x = Axis("agent, the most one-sided first", 0.4, len(shares) + 0.6)
    words = f"Share of states in which each of {len(shares)} untrained agents takes its favourite action, sorted."
    return Drawing(Panel(marks, x, Axis("share of its favourite action", 0, 1.15)), alt=words, height=260)


def fall(epsilons: np.ndarray, guess: float | None = None) -> Drawing:
    """Draw epsilon of each episode on a log scale, and a guess of the last one."""
    number = thinned(len(epsilons))
    marks: list[Mark] = [
        Rule(0.05, label="0.05", colour="vermilion"),
        Line(number, epsilons[number], label=f"{epsilons[-1]:.4f}"),
    ]
    if guess:  # a log scale has no 0
        marks += [Rule(guess, colour="purple", dash=2), Words(len(epsilons) / 2, guess, "you said", "purple", up=9)]
    y = Axis("epsilon (log scale)", 2e-3, 1.5, log=True)
    alt = f"Epsilon falls in a straight line on a log scale through 0.05 to {epsilons[-1]:.4f}."
    return Drawing(Panel(marks, Axis("episode", 0, len(epsilons)), y), alt=alt, height=280)


def thinned(n: int, *kept: int) -> np.ndarray:
    """List some hundred of n places, first and last among them, and those that must be kept below n."""
    return np.unique([*range(0, n, max(1, n // 100)), *(place for place in kept if place < n), n - 1])


def chances(epsilon: float, n_actions: int, guess: float | None = None) -> tuple[Drawing, str]:
    """Draw how likely epsilon-greedy is to take each action; the last one has the highest value.

    Args:
        epsilon: the chance of a random action.
        n_actions: A, actions to choose from.
        guess: how often, in 1,000 choices, the best action was said not to be taken.
    """
    random = np.full(n_actions, epsilon / n_actions)
    greedy = np.zeros(n_actions)
    greedy[-1] = 1 - epsilon
    at, total = np.arange(n_actions), random + greedy
    marks: list[Mark] = [
        Bars(at, random, width=0.55, colour="vermilion", hatched=True),
        Bars(at, total, random, 0.55, words=[f"{chance:.3f}" for chance in total]),
        Words(n_actions - 1, total[-1], "highest value", "blue", "middle", up=25),
    ]
    if guess is not None:
        marks += [
            Rule(guess / 1_000, colour="purple", dash=2),
            Words(0.5, guess / 1_000, "you said", "purple", "middle", up=9),
        ]
    x = Axis(low=-0.6, high=n_actions - 0.4, ticks={i: f"action {i}" for i in range(n_actions)})
    title = "solid: the best · hatched: at random"
    panel = Panel(
        marks, x, Axis("chance of being taken", 0, 1.25, ticks={i / 5: f"{i / 5:g}" for i in range(6)}), title
    )
    best, worse = random[-1] + greedy[-1], 1 - random[-1] - greedy[-1]
    text = (
        f"With epsilon {epsilon:.2f} and {n_actions} actions, the best action is taken with chance {best:.3f}. "
        f"Out of 1,000 choices, {1_000 * epsilon:.0f} are random, and {1_000 * worse:.0f} are not the best action."
    )
    return Drawing(panel, alt=text, height=300), text


def schedule(
    decay: str, start: float, end: float, share: float, episodes: int, steps_per_episode: int
) -> tuple[Drawing, str]:
    """Draw epsilon over a run; the area under it is the expected number of random actions.

    Args:
        decay: "linear" or "original", as in `Settings`.
        start, end: epsilon at first, and what the decay aims at.
        share: the part of the episodes after which it should be there, above 0.
        episodes: the run's length.
        steps_per_episode: taken as the same for all episodes.

    Raises:
        ValueError: as `Settings`, if no such schedule exists.
    """
    aim = max(1, round(share * episodes))
    settings = Settings(epsilon_start=start, epsilon_end=end, epsilon_decay=decay, epsilon_episodes=aim)  # type: ignore[arg-type]
    epsilons = epsilon_schedule(settings, episodes)
    number = thinned(episodes, aim)
    marks: list[Mark] = [
        Line(number, epsilons[number], filled=True),
        Line([0, episodes], [end, end], label="aim", colour="vermilion", dash=1, width=1.4),
        Rule(aim, "y", f"episode {aim}", "vermilion", 2),
    ]
    panel = Panel(marks, Axis("episode", 0, episodes), Axis("epsilon", 0, 1.05))
    tenth, there = max(1, episodes // 10), min(aim, episodes - 1)
    total, late = (part.sum() * steps_per_episode for part in (epsilons, epsilons[-tenth:]))
    text = (
        f"Epsilon is {epsilons[there]:.4f} at episode {there} and {epsilons[-1]:.4g} in the last episode. Expected "
        f"random actions: {total:,.0f} of {episodes * steps_per_episode:,} steps, {late:,.0f} of them in the last "
        f"{tenth} episodes."
    )
    factor = 1 + np.log(end) / aim
    if decay == "original" and factor <= 0:
        text += f" The factor 1 + ln({end:g}) / {aim} is {factor:.1f}, no share of anything: qlib takes 0 for it."
    return Drawing(panel, alt=text), text


def floor() -> Drawing:
    """Draw the original's epsilon beside one with a floor, in a run that goes on past its plan, on a log scale."""
    planned, episodes = 1_000, 2_000
    bare = epsilon_schedule(dataclasses.replace(ORIGINAL, epsilon_episodes=round(0.6 * planned)), episodes)
    kept = np.maximum(bare, ORIGINAL.epsilon_end)
    number = thinned(episodes)
    marks: list[Mark] = [
        Rule(planned, "y", "planned end", dash=2),
        *lines(number, {"no floor": bare[number], "floor": kept[number]}),
    ]
    panel = Panel(marks, Axis("episode", 0, episodes), Axis("epsilon (log scale)", 1e-5, 1.5, log=True))
    ends = f"without a floor it ends at {bare[-1]:.1e}, with a floor at {kept[-1]:.2f}"
    return Drawing(panel, alt=f"Epsilon over {episodes:,} episodes planned as {planned:,}: {ends}.", height=290)


def scores_by_epsilon(epsilons: np.ndarray, scores: np.ndarray) -> Drawing:
    """Draw the score of the same agents acting with more and more random actions.

    Args:
        epsilons: shape (n,).
        scores: steps, shape (agents, n).
    """
    each: list[Mark] = [Line(epsilons, one, colour="rule", width=1) for one in scores]
    mean, low, high = band(scores)
    whole = [Line(epsilons, mean, low, high, label="mean"), Dots(epsilons, mean, size=6)]
    words = f"falling as the epsilon they are scored with rises from {epsilons[0]:g} to {epsilons[-1]:g}"
    x, y = Axis("epsilon while being scored"), Axis("steps in the episode", 0, 510)
    alt = f"Mean steps of {len(scores)} agents, thin lines, and their mean with its interval, {words}."
    return Drawing(Panel([*each, *whole], x, y), alt=alt, height=320)
