"""What is watched while an answer runs: what Python's audit hooks tell, and what a check leans on.

An answer shares its process with the check, so nothing here is a wall; the wall is fence.py. This is what makes it hard
to fake a report without a teacher being told.
"""

from __future__ import annotations

import functools
import os
import re
import signal
import sys
import threading
import types
from collections.abc import Callable
from typing import Any

REFUSED = (  # events of Python's audit hooks that no answer needs, whoever causes them for it
    *("os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.kill", "subprocess", "pty"),
    *("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "urllib", "ftplib", "smtplib"),
    *("sys.settrace", "sys.setprofile", "sys.monitoring", "sys.addaudithook", "sys._current", "signal.pthread_kill"),
)
PRYING = ("sys._getframe", "gc.", "ctypes.", "object.__", "code.__new__", "function.__new__", "compile", "exec")
WRITING = tuple(f"os.{name}" for name in "remove truncate rename rmdir mkdir chmod chown link symlink".split())
WATCHED = ("builtins", "numpy", "torch", "torch.nn.functional", "scipy.stats", "inspect", "json", "os")

Called = list[tuple[Any, str, object]]  # where something is, its name, and what it is


def called() -> Called:
    """List what is called by name in the modules that a check leans on."""
    found: Called = []
    for name, module in list(sys.modules.items()):
        if name in WATCHED or name.partition(".")[0] == "qlib":
            space = vars(module)
            found += [(space, key, value) for key, value in space.items() if callable(value)]
            classes = [value for value in space.values() if isinstance(value, type) and value.__module__ == name]
            found += [(vars(kind), key, value) for kind in classes for key, value in vars(kind).items()]
    tensor = sys.modules["torch"].Tensor
    return found + [(vars(tensor), key, value) for key, value in vars(tensor).items()]


def refusal(pipe: int) -> Callable[[str], None]:
    """Make what says that something is refused: to the process outside first, and then to the answer."""
    write = os.write

    def refuse(what: str) -> None:
        write(pipe, b"!" + what.encode(errors="replace")[:80].replace(b"\n", b" ") + b"\n")
        raise PermissionError(f"the grader allows no {what}")

    return refuse


def hook(refuse: Callable[[str], None], work: str) -> Callable[[str, tuple], None]:
    """Make the audit hook, which nothing can take off: it refuses what no answer needs."""
    frame_of, real, busy = sys._getframe, os.path.realpath, [False]

    def outside(path: object) -> bool:
        return isinstance(path, (str, bytes)) and not f"{real(os.fsdecode(path))}/".startswith(f"{work}/")

    def look(event: str, given: tuple) -> None:
        if event.startswith(REFUSED):
            refuse(event)
        elif event.startswith(WRITING) and any(map(outside, given)):
            raise PermissionError(f"the grader allows no {event} outside the answer's folder")
        elif event == "open" and isinstance(given[0], (str, bytes)):
            if re.fullmatch("/proc/.*/mem", real(os.fsdecode(given[0]))):
                refuse("looking into a process")
            if given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC) and outside(given[0]):
                raise PermissionError("the grader allows no writing outside the answer's folder")
        elif event.startswith(PRYING):
            frame = frame_of(2)
            while frame and frame.f_code.co_filename.endswith(("/inspect.py", "/traceback.py")):
                frame = frame.f_back
            if frame and frame.f_code.co_filename.startswith(("<answer>", "<string>", work)):
                refuse(event)

    def watch(event: str, given: tuple) -> None:
        if not busy[0]:
            busy[0] = True
            try:
                look(event, given)
            finally:
                busy[0] = False

    return watch


def without_asides(refuse: Callable[[str], None]) -> None:
    """Refuse what runs beside a check: threads, and handlers of signals, which are given the frame they interrupt."""
    for module, names in {
        signal: ("signal", "setitimer", "alarm"),
        sys.modules["_signal"]: ("signal", "setitimer", "alarm"),
        threading: ("_start_new_thread",),
        sys.modules["_thread"]: ("start_new_thread", "start_new"),
    }.items():
        for name in names:
            setattr(module, name, lambda *given, name=name: refuse(name.removeprefix("_")))


def plain(refuse: Callable[[str], None]) -> Callable[[Any], Any]:
    """Make what lets a function give only values of classes that are there by now, and networks.

    A class that comes with an answer could call itself equal to anything.
    """
    before, network, kind = _below(object), sys.modules["torch"].nn.Module, type

    def is_plain(value: object) -> bool:
        if kind(value) in (list, tuple, set, frozenset):
            return all(map(is_plain, value))
        if kind(value) is dict:
            return all(map(is_plain, value.values()))
        return kind(value) in before or issubclass(kind(value), network)

    def only(answer: Any) -> Any:
        if not isinstance(answer, types.FunctionType):
            return answer

        @functools.wraps(answer)
        def call(*given: Any, **named: Any) -> Any:
            got = answer(*given, **named)
            if not is_plain(got):
                refuse("objects of a class of its own")
            return got

        return call

    return only


def _below(kind: type) -> set[type]:
    """Collect a class and all that are derived from it."""
    found, left = set(), [kind]
    while left:
        if (one := left.pop()) not in found:
            found.add(one)
            left += type.__subclasses__(one)
    return found
