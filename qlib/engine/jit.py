"""How the engine's functions are compiled, and the BLAS that they call.

Numba keeps compiled code by the file. It does not see that what a function calls in *another* file has changed: so no
compiled function calls one of another file, and who changes this file deletes the folders `__pycache__`.
"""

from __future__ import annotations

from typing import Any

import numba
import scipy.linalg  # noqa: F401  the BLAS that Numba calls
from threadpoolctl import ThreadpoolController

# On matrices this small a second thread only waits for the first: training would take several times as long, and its
# rounding would depend on the machine's cores. This is scipy's own BLAS; NumPy's and PyTorch's stay as they are.
for _blas in ThreadpoolController().select(user_api="blas").lib_controllers:
    if "scipy" in str(_blas.filepath):
        _blas.set_num_threads(1)

# Sums may be reordered. Products and sums may not be fused: PyTorch rounds between them, and the difference adds up.
# A division by zero gives infinity, as in NumPy: the check for it would keep loops from using vector instructions.
jit: Any = numba.njit(cache=True, nogil=True, fastmath={"reassoc", "nsz"}, error_model="numpy")
