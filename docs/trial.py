"""Check one learner's answers to one lesson, where they can harm nobody: `docs/grade.py` starts this and feeds it.

It reads a job as JSON and writes a line of JSON for each exercise. This process loads the lesson, and never runs an
answer. Each answer runs in a child of its own, which has limits, is watched, and is killed with all that it started.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import gc
import json
import linecache
import os
import select
import signal
import sys
import time
import types
from collections.abc import Callable

import fence
import watch

LONGEST = 2_000  # characters of a message, at most


def main() -> None:
    job = json.load(sys.stdin)
    space = types.ModuleType("__main__")
    exec(compile(job["lesson"], "<lesson>", "exec"), space.__dict__)
    out, devnull = os.dup(1), os.open(os.devnull, os.O_RDWR)
    os.dup2(devnull, 1)
    os.chdir(job["work"])
    for number, one in {one["number"]: one for one in job["exercises"]}.items():
        report = _check(one, space)(_solution(one, space))  # what is loaded on first use is here when answers come
        assert report.status == "passed", f"the solution of {number} does not pass: {report}"
    before = watch.called()
    if job["fenced"]:
        fence.around(job["hidden"])
    for stream in (0, 2):
        os.dup2(devnull, stream)
    for one in job["exercises"]:
        status, message = _attempt(one, space, job, before, out)
        os.write(out, json.dumps({"status": status, "message": message[:LONGEST]}).encode() + b"\n")


def _attempt(one: dict, space: types.ModuleType, job: dict, before: watch.Called, out: int) -> tuple[str, str]:
    """Run one answer in a child, and give what its check said, or what became of it."""
    limits = job["limits"]
    reading, writing = os.pipe()
    nonce = os.urandom(16).hex().encode()
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            os.close(reading)
            os.close(out)
            os.setsid()
            if job["fenced"]:
                fence.own_folder(job["work"])
            os.chdir(job["work"])
            _judge(one, space, limits, before, writing, nonce)
        os._exit(1)
    os.close(writing)
    deadline, said = time.monotonic() + 3 * limits["seconds"], b""  # the machine may be busy
    while (left := deadline - time.monotonic()) > 0 and len(said) < 100_000:
        if select.select([reading], [], [], left)[0]:
            part = os.read(reading, 65_536)
            said += part
            if not part:
                break
    os.close(reading)
    _end(child)
    _, ended = os.waitpid(child, 0)
    return _verdict(said, nonce, left <= 0, ended, limits)


def _end(child: int) -> None:
    """Kill a child with all that it started: in a name space of processes everything but this one."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    if os.getpid() == 1:
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)


def _verdict(said: bytes, nonce: bytes, late: bool, ended: int, limits: dict) -> tuple[str, str]:
    lines = said.split(b"\n")
    tried = [line[1:].decode(errors="replace") for line in lines if line.startswith(b"!")]
    found = [line.split(b"\0") for line in lines if line.startswith(nonce + b"\0")]
    if tried:
        return "failed", f"not allowed in an answer: {', '.join(dict.fromkeys(tried))}. A teacher should look at it."
    if len(found) == 1 and len(found[0]) == 3:
        return found[0][1].decode(), found[0][2].decode(errors="replace").replace("\1", "\n")
    slow = os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGXCPU
    if late or slow:
        return "failed", f"stopped after {limits['seconds']} s of computing, or three times that: an endless loop?"
    return "failed", "the process ended before its check did, or wrote something else. A teacher should look at it."


def _judge(one: dict, space: types.ModuleType, limits: dict, before: watch.Called, pipe: int, nonce: bytes) -> None:
    """Run an answer and its check, in the child. What runs after the answer uses nothing that the answer can reach."""
    here, name, check = space.__dict__, one["name"], _check(one, space)
    wrong, write, leave = _nothing_right, os.write, os._exit
    this, sys.modules["__main__"] = sys.modules["__main__"], space  # noqa: F841 kept, or its names would be cleared
    plain, kept = vars(builtins), dict(vars(builtins))
    answer = one["answer"]
    linecache.cache["<answer>"] = (len(answer), None, answer.splitlines(keepends=True), "<answer>")
    fence.limit_to(limits)
    refuse = watch.refusal(pipe)
    plain_only = watch.plain(refuse)
    watch.without_asides(refuse)
    sys.addaudithook(watch.hook(refuse, os.getcwd()))
    gc.disable()  # what an answer left to be cleared up later never runs
    for text in one["earlier"]:
        with contextlib.suppress(BaseException):
            exec(compile(_definitions(text), "<answer>", "exec"), here)
    try:
        exec(compile(answer, "<answer>", "exec"), here)
        report = check(plain_only(here.get(name)))
    except BaseException as error:
        text = f"your cell raised {type(error).__name__}: {error}"
        write(pipe, nonce + b"\0failed\0" + text.encode(errors="replace").replace(b"\n", b"\1") + b"\n")
        leave(0)
    status, message = report.status, report.message
    for key in kept:
        if kept[key] is not plain.get(key):
            write(pipe, b"!changing Python's " + key.encode() + b"\n")
    for owner, thing, was in before:
        if owner.get(thing) is not was:
            write(pipe, b"!changing " + thing.encode() + b" of a module\n")
    if status == "passed" and check(wrong).status == "passed":
        write(pipe, b"!changing the check\n")
    text = message.encode(errors="replace").replace(b"\0", b"").replace(b"\n", b"\1")
    write(pipe, nonce + b"\0" + status.encode() + b"\0" + text + b"\n")
    leave(0)


def _definitions(text: str) -> ast.Module:
    """Give what an answer defines, for those after it that lean on it, without what else it does."""
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    return ast.Module([node for node in ast.parse(text).body if isinstance(node, kinds)], [])


def _check(one: dict, space: types.ModuleType) -> Callable:
    module, _, function = one["check"].rpartition(".")
    return getattr(eval(module, vars(space)), function)


def _solution(one: dict, space: types.ModuleType) -> Callable:
    solved = dict(vars(space))
    exec(compile(one["solution"], "<solution>", "exec"), solved)
    return solved[one["name"]]


def _nothing_right(*given: object, **named: object) -> str:
    return "no answer"


if __name__ == "__main__":
    main()
