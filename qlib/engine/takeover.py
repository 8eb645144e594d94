"""When the engine takes over: asked by each agent before each update, and by an ensemble once."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from qlib.core.agent import QAgent
from qlib.core.environment import Worlds
from qlib.core.guards import HeldBack
from qlib.core.settings import Settings
from qlib.engine.conv import ConvUpdate
from qlib.engine.flat import FlatUpdate
from qlib.engine.redefined import redefined
from qlib.engine.vector import CartPoles, has_arrays

if TYPE_CHECKING:
    from qlib.engine.traced import TracedUpdate


def take(agent: QAgent) -> FlatUpdate | None:
    """Return the compiled update with the agent laid out in it, or None where the agent must update itself."""
    if agent._taken is None or not agent._taken.fits(agent):
        agent._taken = take_all([agent], alone=True)
    return agent._taken


def take_all(agents: Sequence[QAgent], alone: bool = False) -> FlatUpdate | TracedUpdate | None:
    """Lay agents out for the quickest update that computes what they do; None where each must update itself.

    The compiled one comes first, bit for bit what each agent would be alone. Then the agents' own loss, traced, the
    same within float32's rounding: for many agents of a kind that the compiled one does not know.

    Args:
        agents: of equal settings.
        alone: whether one agent's own `learn` asks; otherwise `learn` is passed over, and must be the original.
    """
    if not agents[0].settings.compiled or not can_compile():
        return None
    if not alone and any("learn" in redefined(agent) for agent in agents):
        return None
    if all(map(FlatUpdate.applies, agents)):
        return FlatUpdate(agents)
    if alone and ConvUpdate.applies(agents[0]):
        return ConvUpdate(agents)
    if alone or any(redefined(agent) & {"update", "memory.sample"} for agent in agents):
        return None
    with HeldBack():  # half an import cannot be mended
        from qlib.engine.traced import TracedUpdate  # not at the top: torch.fx takes a second to import
    return TracedUpdate.attempt(agents)


def worlds(settings: Settings, n: int) -> Worlds | None:
    """Return n environments that step as arrays, or None where there are none of this kind."""
    return CartPoles(settings, n) if has_arrays(settings.env_id) else None


def compiled(function: Callable) -> Callable:
    """Return a function of the core compiled, or as it is where nothing can be compiled."""
    if not can_compile():
        return function
    from qlib.engine import slots

    return getattr(slots, function.__name__)


def is_compiled(images: bool = False) -> bool:
    """Say whether an earlier start has left compiled code; the first one on a machine takes some ten seconds for it.

    Args:
        images: whether that of images is asked for.
    """
    if not can_compile():
        return True  # nothing will be compiled, so nobody has to wait for it
    from qlib.engine import kernels

    name = "convolutions.look_back" if images else "kernels.differentiate_all"
    return any(Path(kernels.differentiate_all.stats.cache_path).glob(f"{name}-*.nbi"))


@cache
def can_compile() -> bool:
    """Import the compiled code, which takes a second; no, and a warning, where it cannot be kept on disk."""
    try:
        with HeldBack():
            from qlib.engine import kernels, slots  # noqa: F401
    except RuntimeError as error:  # Numba found no folder for its cache: each start would compile for half a minute
        warnings.warn(
            f"Training runs readably, many times slower: compiled code cannot be kept here ({error}). Set "
            "NUMBA_CACHE_DIR to a folder that you may write.",
            RuntimeWarning,
            stacklevel=2,
        )
        return False
    return True
