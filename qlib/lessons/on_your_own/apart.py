"""A stranger's code in a process of its own: it has limits, and can touch nothing here.

What it says is text that is read as JSON, so that nothing of the stranger's is ever run in this process.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psutil
import torch


class Failed(Exception):
    """What ended a stranger's run, in a sentence for its author."""


class Line:
    """One end of a pipe that carries JSON."""

    def __init__(self, end: Connection) -> None:
        self.end = end

    def tell(self, **message: Any) -> None:
        """Send a message."""
        self.end.send_bytes(json.dumps(message).encode())

    def hear(self, seconds: float | None = None) -> dict[str, Any]:
        """Wait for a message.

        Raises:
            TimeoutError: if none comes in time.
            EOFError: if the other end is gone.
            ValueError: if it is no JSON object.
        """
        if not self.end.poll(seconds):
            raise TimeoutError
        message = json.loads(self.end.recv_bytes(maxlength=1_000_000))
        if not isinstance(message, dict):
            raise ValueError(f"{message!r} is no message")
        return message


class Apart:
    """Work in a forked process, which waits for a first message.

    It has a copy of all that is in this process when it begins. So what it must not know is drawn later.

    Args:
        work: called there with its end of the line.
        seconds: of the processor's time; of the clock's five times as many, since others may be at work here.
        memory: bytes that it may take beside what this process has.

    Raises:
        Failed: from any method, if the code raised, took too long or too much, or ended its process.
        TypeError: if processes cannot be forked here.
    """

    def __init__(self, work: Callable[[Line], None], seconds: float, memory: int = 2 * 10**9) -> None:
        if "fork" not in multiprocessing.get_all_start_methods():
            raise TypeError("The judge must fork processes, which Linux and macOS do: on Windows use WSL or Colab.")
        import resource  # there is none on Windows

        limits = {
            resource.RLIMIT_AS: psutil.Process().memory_info().vms + memory,
            resource.RLIMIT_CPU: math.ceil(seconds),
            resource.RLIMIT_FSIZE: 10**8,
            resource.RLIMIT_CORE: 0,
        }
        context: Any = multiprocessing.get_context("fork")  # what was defined in a cell cannot be sent
        ours, theirs = context.Pipe()
        self.seconds = seconds
        self._process = context.Process(target=_serve, args=(theirs, ours, work, limits))
        self._process.start()
        theirs.close()
        self._line = Line(ours)

    def close(self) -> None:
        """End it, with all that it has begun."""
        if self._line.end.closed:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()  # it may not have had a group yet
        self._process.join()
        self._line.end.close()

    def begin(self, **message: Any) -> None:
        """Send the first message, for which it waits; its time begins."""
        self._until = time.monotonic() + 5 * self.seconds
        self.tell(**message)

    def hear(self) -> dict[str, Any]:
        """Wait for what it says next, until its time is up."""
        try:
            said = self._line.hear(max(0.0, self._until - time.monotonic()))
        except TimeoutError:
            raise Failed(f"it was stopped after {5 * self.seconds:.0f} s without a word.") from None
        except (EOFError, OSError):
            self._process.join(1)
            if self._process.exitcode == -signal.SIGXCPU:
                raise Failed(f"it was stopped after {self.seconds:.0f} s of the processor's time.") from None
            raise Failed(f"its process ended without a word (exit code {self._process.exitcode}).") from None
        except ValueError as error:
            raise Failed(f"its process said what nobody asked: {error}.") from None
        if "raised" in said:
            raise Failed(f"your code raised {said['raised']}")
        return said

    def tell(self, **message: Any) -> None:
        """Answer it."""
        with contextlib.suppress(OSError):  # it is gone, which `hear` says
            self._line.tell(**message)


def _serve(end: Connection, parents: Connection, work: Callable[[Line], None], limits: dict[int, int]) -> None:
    """Be the process."""
    os.setpgrp()
    parents.close()
    line = Line(end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import resource

    for kind, limit in limits.items():
        most = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (limit if most == resource.RLIM_INFINITY else min(limit, most), most))
    torch.set_num_threads(1)
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # a notebook's output is not this process's to write
            work(line)
    except EOFError:  # nobody asks any more
        pass
    except BaseException as error:  # whatever it was, its author is to read it
        here = str(Path(__file__).parent)
        frames = traceback.extract_tb(error.__traceback__)
        last = next((frame for frame in reversed(frames) if not frame.filename.startswith(here)), frames[-1])
        where = "" if "ipykernel" in last.filename else f"{Path(last.filename).name}, "  # a cell's file has a number
        with contextlib.suppress(OSError):
            line.tell(raised=f"{type(error).__name__}: {str(error)[:300]} ({where}line {last.lineno}, in {last.name})")
    os._exit(0)  # what the notebook wants to do at its exit is not this process's to do
