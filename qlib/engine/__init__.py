"""Floor 2, the same, sooner: the agent's arithmetic for many agents at once, compiled. Nobody has to read it.

It may import `core`, Numba and scipy. What it computes is defined in `core`; tests hold the two together.
"""

from qlib.core import accelerator
from qlib.engine import takeover

accelerator.engine = takeover
