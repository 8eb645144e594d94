"""All cores of this machine at work on one list of jobs: processes that inherit everything, and report as they go."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any

import numpy as np
import torch

from qlib.core.guards import HeldBack

Work = Callable[[Any, Callable[[Any], None], Callable[[], None]], Any]


def hands() -> int:
    """Return how many processes may work at once: the cores that this one may use; 1 where processes cannot be forked.

    A forked process has all that this one has, functions defined in a notebook cell included. On macOS and Windows
    that is not to be had safely.
    """
    if not hasattr(os, "sched_getaffinity") or multiprocessing.current_process().daemon:
        return 1
    return len(os.sched_getaffinity(0))


def each(one: Callable[[Any], Any], jobs: Sequence[Any]) -> list[Any]:
    """Call one function with each job, on all cores, and return what it gave, in the order of the jobs.

    Args:
        one: what it returns is sent between processes: arrays and numbers, but no tensors.
        jobs: a job whose process died is done here.
    """
    found: dict[int, Any] = {}
    spread(
        lambda job, tell, pause: one(job),
        jobs,
        min(hands(), len(jobs)),
        lambda number, what, said: found.update({number: said}),
    )
    return [found[k] if k in found else one(job) for k, job in enumerate(jobs)]


def spread(work: Work, jobs: Sequence[Any], n: int, hear: Callable[[int, str, Any], None]) -> None:
    """Let n processes take one job after the other, and hear what they say until all are done.

    Interrupted, the jobs under way are asked to end early and give what they have; interrupted again, they are killed.

    Args:
        work: called in a process with a job, with `tell` for messages on the way, and with `pause`, which it calls
            between two steps and which raises KeyboardInterrupt when the work is to end; returns what the job gave.
        jobs: the first are begun first.
        n: processes.
        hear: called with the job's number, and with "told" and a message, or "done" and the result. A job whose
            process died gives neither.

    Raises:
        KeyboardInterrupt: after everything that was measured has been heard.
    """
    context: Any = multiprocessing.get_context("fork")
    ended = context.RawValue("b", 0)
    queue = context.SimpleQueue()
    for number in [*range(len(jobs)), *[None] * n]:
        queue.put(number)
    processes: dict[Any, Any] = {}
    with HeldBack() as ctrl_c:  # half a message read is a message lost
        try:
            for _ in range(n):
                reader, writer = context.Pipe(duplex=False)
                ours = [*processes, reader]
                arguments = (work, jobs, queue, writer, ended, ours, os.getpid())
                processes[reader] = context.Process(target=_serve, args=arguments, daemon=True)
                processes[reader].start()
                writer.close()
            while processes:
                for reader in wait(list(processes), timeout=0.2):
                    try:
                        message = reader.recv()  # type: ignore[union-attr,call-arg]
                    except (EOFError, OSError):
                        processes.pop(reader).join()
                    else:
                        hear(*message)
                if ctrl_c.pressed:
                    ctrl_c.pressed = False
                    if ended.value:
                        break
                    ended.value = 1
        finally:
            for process in processes.values():
                process.kill()
                process.join()
    if ended.value:
        raise KeyboardInterrupt


def _serve(
    work: Callable, jobs: Sequence[Any], queue: Any, writer: Connection, ended: Any, ours: Sequence[Any], parent: int
) -> None:
    """Be one of the processes: take jobs until there are none, or the parent is gone."""
    for reader in ours:  # inherited, and the parent's alone: or nobody would notice that it is gone
        reader.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches the children, too; the parent decides
    torch.set_num_threads(1)

    def pause() -> None:
        if os.getppid() != parent:
            os._exit(1)
        if ended.value:
            raise KeyboardInterrupt

    while (number := queue.get()) is not None and not ended.value:
        for seed in (random.seed, np.random.seed, torch.manual_seed):  # inherited: all processes would draw the same
            seed(number)
        result = work(jobs[number], lambda message, k=number: writer.send((k, "told", message)), pause)
        writer.send((number, "done", result))
    writer.close()
