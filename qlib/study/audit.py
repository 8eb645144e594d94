"""An audit: one call that holds every part of an agent's training against what its settings say.

It trains a copy for some episodes, asks other copies small questions, and says each answer in a sentence. It can find
what shows within those episodes and differs from the settings; it knows nothing of bad settings, of faults that begin
later, nor of a network that cannot tell two states apart (`qlib.probes` knows that one).
"""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import gymnasium as gym
import torch

from qlib.core.agent import QAgent
from qlib.core.demands import demand_whole
from qlib.study import witness
from qlib.study.instruments import LOOKS
from qlib.study.verdict import SOUND, SUSPICIOUS, UNKNOWN, Made
from qlib.study.witness import Account


class Finding(NamedTuple):
    """What one instrument said."""

    name: str
    verdict: str  # "sound", "suspicious" or "not looked at"
    measured: str
    expected: str

    def __str__(self) -> str:
        return f"{self.name}: {self.verdict}. {self.measured}; expected: {self.expected}."


@dataclass(frozen=True)
class Audit:
    """All findings, in the order in which to look at them."""

    findings: tuple[Finding, ...]

    @property
    def suspicious(self) -> tuple[str, ...]:
        """The names of the findings that are."""
        return tuple(finding.name for finding in self.findings if finding.verdict == SUSPICIOUS)

    def __getitem__(self, name: str) -> Finding:
        for finding in self.findings:
            if finding.name == name:
                return finding
        raise KeyError(f"There is no finding {name!r}: there are {', '.join(f.name for f in self.findings)}.")

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __repr__(self) -> str:
        marks = {SOUND: "✓", SUSPICIOUS: "✗", UNKNOWN: "·"}
        return "\n".join(f"{marks[f.verdict]} {f.name:18} {f.measured} (expected: {f.expected})" for f in self.findings)

    def _repr_html_(self) -> str:
        tint = {SOUND: "#009e73", SUSPICIOUS: "#d55e00", UNKNOWN: "#888888"}  # mixed with the text's own: light or dark
        colour = {verdict: f"color-mix(in srgb,{half} 65%,currentcolor)" for verdict, half in tint.items()}
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(f.name)}</th>'
            f'<td style="text-align:left;color:{colour[f.verdict]}"><b>{f.verdict}</b></td>'
            + "".join(f'<td style="text-align:left">{html.escape(text)}</td>' for text in (f.measured, f.expected))
            + "</tr>"
            for f in self.findings
        )
        heads = "".join(
            f'<th scope="col" style="text-align:left">{head}</th>'
            for head in ("part", "verdict", "measured", "expected")
        )
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def audit(agent: QAgent | Made, episodes: int = 30, env: gym.Env | None = None) -> Audit:
    """Run every instrument on an agent, and say what each found.

    Args:
        agent: it is not changed, and its class makes others, to see whether seeds differ; if that takes more than
            settings and a seed, give a function from a seed to a new agent.
        episodes: what a copy is trained for; more finds what shows later.
        env: what to train in; None: `make_env(agent.settings)`.

    Returns:
        An Audit, which a cell shows as a table. "suspicious" means: not as the settings say.

    Raises:
        TypeError: if `agent` is neither an agent nor gives one.
        ValueError: if `episodes` is not a whole number from 1 up.
    """
    demand_whole("episodes", episodes)
    make = _maker(agent) if isinstance(agent, QAgent) else agent
    made: Any = agent if isinstance(agent, QAgent) else agent(0) if callable(agent) else None
    if not isinstance(made, QAgent):
        raise TypeError(f"audit takes an agent, or a function from a seed to one, and got {agent!r}.")
    with torch.random.fork_rng(devices=[]):
        account = witness.watch(made, episodes, env)
        return Audit(tuple(_asked(name, look, account, make) for name, look in LOOKS.items()))


def _maker(agent: QAgent) -> Made | None:
    """Return what makes agents of this one's class and settings, or None if the class wants other arguments."""
    kind: Any = type(agent)
    try:
        inspect.signature(kind).bind(agent.settings, 0)
    except TypeError:
        return None
    return lambda seed: kind(agent.settings, seed)


def _asked(name: str, look: Callable, account: Account, make: Made | None) -> Finding:
    """Ask one instrument; what an agent raises there is a finding, too."""
    if not account.seen and name != "training":
        return Finding(name, UNKNOWN, "nothing was trained", "nothing")
    try:
        verdict, measured, expected = look(account, make)
    except Exception as error:
        verdict, measured, expected = SUSPICIOUS, f"it raised {type(error).__name__}: {error}", "no error"
    return Finding(name, verdict, measured, expected)
