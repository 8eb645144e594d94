"""What an error in the learner's code means: its name, the line that raised it, and what helps against its kind."""

from __future__ import annotations

import linecache
import os
import re
import sysconfig
import traceback
from pathlib import Path

_LIBRARIES = (f"{Path(__file__).parents[1]}{os.sep}", f"{sysconfig.get_path('stdlib')}{os.sep}", "<frozen")
_HINTS = {  # a pattern in an error's type and words: what to do; the first that fits is shown
    "(takes|missing) .*positional arg|unexpected keyword": "count the arguments; your own function keeps the stub's",
    "NameError|UnboundLocal": "use the names in the stub's brackets; others get their value in a line before this one",
    "NoneType|ellipsis'": "something is None or `...` here: what should have made it?",
    "^AttributeError|ModuleNotFound": "print(type(x)); NumPy and PyTorch often have two names for one thing",
    "ambiguous|only one element|only (0-dim|(size|length)-1)|cannot be converted to Scalar": (
        "here is room for one value, and several came: argmax, any() or all() give one; &, |, ~ take many, not `and`"
    ),
    "a leaf Variable that requires grad": "do it under torch.no_grad(), or on a copy, x.clone()",
    r"numpy\(\) on Tensor that requires": "x.detach() comes without its gradient",
    "does not require grad": "no gradient comes here: is a .detach(), .item() or no_grad() on the way?",
    "through the graph a second time": "backward() was called already on this loss: once is enough",
    "per channel when training|2D or 3D": "batch norm takes rows: unsqueeze(0), and network.eval() before you ask",
    "Index tensor must have the same number": "gather takes a column: actions.unsqueeze(1)",
    "(same|output) dtype|scalar type (Float|Double)": "look at x.dtype; x.float() makes 32-bit floats",
    " a bool tensor|boolean (sub|neg)|invert": "~ turns True and False round, and takes no other numbers",
    r"int(32|64)|Long|used as indices|valid indices|integer|must be (tuple of )?int": (
        "whole numbers are wanted: int(x), or x.long() of a tensor, x.astype(int) of an array"
    ),
    "must be Tensor|ndarray' and 'Tensor": "PyTorch wants a tensor: torch.as_tensor(x)",
    "'list' and|and 'list'|multiply sequence": "a list does not calculate, an array does: np.array(x)",
    "too many indices|Dimension out of|^AxisError": "x has fewer dimensions than that: print(x.shape)",
    "shape|broadcast|size of tensor|mismatch|equal size|same number of dim": "print(x.shape) of each, before this line",
    "^IndexError|out of bounds": "n things have the places 0 to n - 1",
    "^KeyError": "there is no such key: print(list(x)) shows which there are",
    "^RecursionError": "the function calls itself without an end",
}


def named(error: BaseException) -> str:
    """Return an error's type and words."""
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def line_of(error: BaseException | None) -> dict[str, str]:
    """Return "Line n" and what stands there: the innermost line that is neither qlib's nor a library's, if any."""
    found = {}
    for frame, number in traceback.walk_tb(error.__traceback__ if error else None):
        file = frame.f_code.co_filename
        owner = frame.f_globals.get("__file__") or file  # a library may compile code that has no file
        if not owner.startswith(_LIBRARIES) and not re.search("(site|dist)-packages", owner):
            linecache.checkcache(file)
            found = {f"Line {number}": linecache.getline(file, number).strip() or "of your code"}
    return found


def hint_for(error: BaseException) -> str:
    """Return what to do against an error of this kind; nothing if it is none of the common ones."""
    return next((hint for pattern, hint in _HINTS.items() if re.search(pattern, named(error))), "")
