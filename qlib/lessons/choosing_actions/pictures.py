"""Pictures of lesson 04: choosing actions."""

from __future__ import annotations

import dataclasses

import numpy as np
from matplotlib.axes import Axes

from qlib.core.rules import epsilon_schedule
from qlib.core.settings import ORIGINAL, Settings
from qlib.show.picture import COLOURS, DASHES, Picture, figure, lines, note
from qlib.study.statistics import band


def habits(favourite: np.ndarray, guess: float | None = None) -> Picture:
    """Draw in which share of states each agent takes its favourite action, and a guess of how many do so mostly.

    Args:
        favourite: one share an agent, from 0.5 to 1, shape (agents,).
        guess: how many were said to be above 0.9.
    """
    fig, ax = figure(7.2, 2.6)
    shares = np.sort(favourite)[::-1]
    ax.bar(np.arange(1, len(shares) + 1), shares, color=[COLOURS[0 if share > 0.9 else 1] for share in shares])
    ax.axhline(0.9, color="#333333", linestyle=DASHES[1], linewidth=1.2)
    ax.set(xlabel="agent, the most one-sided first", ylabel="share of its\nfavourite action", ylim=(0, 1.15))
    _said(ax, guess, vertical=True)
    words = f"Share of states in which each of {len(shares)} untrained agents takes its favourite action, sorted."
    return Picture(fig, words)


def fall(epsilons: np.ndarray, guess: float | None = None) -> Picture:
    """Draw epsilon of each episode on a log scale, and a guess of the last one."""
    fig, ax = figure(7.2, 2.8)
    ax.set(
        xlabel="episode", ylabel="epsilon (log scale)", yscale="log", xlim=(0, len(epsilons) * 1.1), ylim=(2e-3, 1.5)
    )
    ax.plot(epsilons, color=COLOURS[0], linewidth=2)
    ax.axhline(0.05, color=COLOURS[1], linestyle=DASHES[1], linewidth=1.2)
    note(ax, "0.05", (0, 0.05), (3, 4), color=COLOURS[1])
    note(ax, f"{epsilons[-1]:.4f}", (len(epsilons), epsilons[-1]), color=COLOURS[0], va="center")
    _said(ax, guess if guess else None)
    return Picture(fig, f"Epsilon falls in a straight line on a log scale through 0.05 to {epsilons[-1]:.4f}.")


def _said(ax: Axes, guess: float | None, vertical: bool = False) -> None:
    """Draw a guess as a line with the words "you said"."""
    if guess is not None:
        (ax.axvline if vertical else ax.axhline)(guess + 0.5 * vertical, color=COLOURS[3], linewidth=1.6)
        left, top = ax.get_xlim()[0], ax.get_ylim()[1]
        at = (guess + 0.5, top) if vertical else (left, guess)
        note(ax, "you said", at, (4, -10) if vertical else (30, 3), color=COLOURS[3])


def chances(epsilon: float, n_actions: int, guess: float | None = None) -> tuple[Picture, str]:
    """Draw how likely epsilon-greedy is to take each action; the last one has the highest value.

    Args:
        epsilon: the chance of a random action.
        n_actions: A, actions to choose from.
        guess: how often, in 1,000 choices, the best action was said not to be taken.
    """
    random = np.full(n_actions, epsilon / n_actions)
    greedy = np.zeros(n_actions)
    greedy[-1] = 1 - epsilon
    names = [f"action {i}" for i in range(n_actions - 1)] + [f"action {n_actions - 1}\n(highest value)"]
    fig, ax = figure(7.2, 2.8)
    ax.bar(names, random, color=COLOURS[1], hatch="//", edgecolor="white", width=0.55)
    ax.bar(names, greedy, bottom=random, color=COLOURS[0], width=0.55)
    for i, total in enumerate(random + greedy):
        note(ax, f"{total:.3f}", (i, total), (0, 3), ha="center")
    ax.set(ylabel="chance of being taken", ylim=(0, 1.12))
    ax.grid(axis="x", visible=False)
    if guess is not None:
        ax.axhline(guess / 1_000, color=COLOURS[3], linewidth=1.6)
        note(ax, "you said", ((n_actions - 1) / 2, guess / 1_000), (0, 3), ha="center", color=COLOURS[3])
    ax.set_title("solid: chosen because it is best · hatched: drawn at random", fontsize=9)
    best, worse = random[-1] + greedy[-1], 1 - random[-1] - greedy[-1]
    text = (
        f"With epsilon {epsilon:.2f} and {n_actions} actions, the best action is taken with chance {best:.3f}. "
        f"Out of 1,000 choices, {1_000 * epsilon:.0f} are random, and {1_000 * worse:.0f} are not the best action."
    )
    return Picture(fig, text), text


def schedule(
    decay: str, start: float, end: float, share: float, episodes: int, steps_per_episode: int
) -> tuple[Picture, str]:
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
    fig, ax = figure(7.2, 3.0)
    number = np.arange(episodes)
    ax.fill_between(number, epsilons, color=COLOURS[0], alpha=0.15, linewidth=0)
    ax.plot(number, epsilons, color=COLOURS[0], linewidth=2)
    ax.plot([0, episodes], [end, end], color=COLOURS[1], linestyle=DASHES[1], linewidth=1.4)
    ax.axvline(aim, color=COLOURS[1], linestyle=DASHES[2], linewidth=1.4)
    ax.set(xlabel="episode", ylabel="epsilon", ylim=(-0.02, 1.05), xlim=(0, episodes * 1.1))
    note(ax, "aim", (episodes, end), color=COLOURS[1], va="center")
    note(ax, f"episode {aim}", (aim, 1.0), (4, 0), color=COLOURS[1], va="top")
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
    return Picture(fig, text), text


def floor() -> Picture:
    """Draw the original's epsilon beside one with a floor, in a run that goes on past its plan, on a log scale."""
    planned, episodes = 1_000, 2_000
    bare = epsilon_schedule(dataclasses.replace(ORIGINAL, epsilon_episodes=round(0.6 * planned)), episodes)
    kept = np.maximum(bare, ORIGINAL.epsilon_end)
    fig, ax = figure(7.2, 2.9)
    ax.set(xlabel="episode", ylabel="epsilon (log scale)", yscale="log", xlim=(0, episodes * 1.1), ylim=(1e-5, 1.5))
    ax.axvline(planned, color="#767676", linestyle=DASHES[2], linewidth=1.2)
    note(ax, f"planned end: {planned:,}", (planned, 1), (4, 0), va="top")
    lines(ax, np.arange(episodes), {"no floor": bare, "floor": kept})
    ends = f"without a floor it ends at {bare[-1]:.1e}, with a floor at {kept[-1]:.2f}"
    return Picture(fig, f"Epsilon over {episodes:,} episodes planned as {planned:,}: {ends}.")


def scores_by_epsilon(epsilons: np.ndarray, scores: np.ndarray) -> Picture:
    """Draw the score of the same agents acting with more and more random actions.

    Args:
        epsilons: shape (n,).
        scores: steps, shape (agents, n).
    """
    fig, ax = figure(7.2, 3.2)
    ax.plot(epsilons, scores.T, color="#767676", linewidth=0.7, alpha=0.6)
    mean, low, high = band(scores)
    ax.plot(epsilons, mean, "o-", color=COLOURS[0], linewidth=2.2)
    ax.fill_between(epsilons, low, high, color=COLOURS[0], alpha=0.18, linewidth=0)
    ax.set(xlabel="epsilon while being scored", ylabel="steps in the episode", ylim=(0, 510))
    words = f"falling as the epsilon they are scored with rises from {epsilons[0]:g} to {epsilons[-1]:g}"
    return Picture(fig, f"Mean steps of {len(scores)} agents, thin lines, and their mean with its interval, {words}.")
