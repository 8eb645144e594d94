"""Exercise 7.2 of lesson 07: four loops of one episode, each with one line wrong."""

from __future__ import annotations

from typing import NamedTuple

from qlib.show.table import Table


class Line(NamedTuple):
    """A line of a loop, and what is right about it; "" where it is the wrong one."""

    source: str
    right: str = ""


RESET = Line("observation, _ = env.reset()", "an episode begins with a reset, and this one does")
BEGIN = Line("over = False", "no episode is over before its first step")
WHILE = Line("while not over:", "it asks before each step whether there is one, as it should: who answers?")
ACT = Line(
    "    action = agent.act(observation, agent.epsilon)",
    "it hands over what is seen and the chance of a random action: do both hold the right thing when it runs?",
)
STEP = Line(
    "    next_observation, reward, terminated, truncated, _ = env.step(action)",
    "what was chosen is played, and what comes back gets its right names",
)
REMEMBER = Line(
    "    agent.remember(\n        observation, action, reward, next_observation, terminated, truncated)",  # in two rows
    "before, action, reward and after are those of one step, and both ends are told apart",
)
LEARN = Line("    agent.learn()", "one update after each step, and the newest transition is in the memory by then")
GO_ON = Line(
    "    observation, over = next_observation, terminated or truncated",
    "what came after is what is seen next, and either flag ends the episode",
)
OVER = Line("    over = terminated or truncated", "either flag ends the episode")
EPSILON = Line(
    "agent.epsilon = next_epsilon(agent.settings, agent.epsilon)", "epsilon falls once, at the episode's end"
)

WHOLE = (RESET, BEGIN, WHILE, ACT, STEP, REMEMBER, LEARN, GO_ON, EPSILON)
LOOPS: dict[str, tuple[Line, ...]] = {
    "A": (*WHOLE[:6], Line("    observation, over = observation, terminated or truncated"), LEARN, EPSILON),
    "B": (*WHOLE[:6], LEARN, GO_ON, Line("    " + EPSILON.source)),
    "C": (*WHOLE[:6], LEARN, Line("    observation, over = next_observation, terminated"), EPSILON),
    "D": (
        *WHOLE[:5],
        Line("    observation = next_observation"),
        Line(REMEMBER.source),  # whoever says that it comes too late is right as well
        LEARN,
        OVER,
        EPSILON,
    ),
}
HINTS = {
    "A": "go through two steps with a pencil: what does each name hold in the second?",
    "B": "how often does each line run in an episode of 100 steps?",
    "C": "how does an episode end in which the pole never falls?",
    "D": "go through one step with a pencil: what lies in the memory after it?",
}


def wrong(name: str) -> list[int]:
    """Return the numbers, from 1, of the lines that may be called wrong in a loop."""
    return [number for number, line in enumerate(LOOPS[name], 1) if not line.right]


def show() -> Table:
    """Lay out the four loops with their lines numbered."""
    rows: list[str] = []
    for name, lines in LOOPS.items():
        for number, line in enumerate(lines, 1):
            first, *rest = line.source.splitlines()
            rows += [f"{name}{number:3}  {first}", *(f"{'':6}{more}" for more in rest)]
        rows.append("")
    return Table(*rows[:-1])
