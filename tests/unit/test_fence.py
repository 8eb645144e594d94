"""The fence holds by itself, where Python refuses nothing: behind it no file changes, nothing is reached or kept."""

import json
import os
import subprocess
import sys
from pathlib import Path

import fence
import grade
import pytest

DOCS = Path(__file__).parents[2] / "docs"
TRIES = """
import json, os, signal, socket, sys
sys.path.insert(0, {docs!r})
import fence
outside, hidden, work = {outside!r}, {hidden!r}, {work!r}
fence.around([hidden])

def tried(what):
    try:
        return what() and "done"
    except OSError as error:
        return type(error).__name__

def again():
    fence._change(os.fsencode(outside), 0, 0, 1)

def child():
    os.chdir(work)
    found = {{
        "write": tried(lambda: open(outside + "/file", "w")),
        "delete": tried(lambda: os.remove(outside + "/file")),
        "hidden": tried(lambda: open(hidden + "/file")),
        "own": tried(lambda: open("own", "w").write("x")),
        "connect": tried(lambda: socket.create_connection(("127.0.0.1", {port}), 2)),
        "undo": tried(again),
        "look": tried(lambda: open("/proc/1/mem", "rb").read(1)),
        "left": os.listdir(work),
    }}
    os.kill(1, signal.SIGKILL)
    return found

for _ in range(2):  # the second finds nothing of the first
    reading, writing = os.pipe()
    if not os.fork():
        fence.own_folder(work)
        os.write(writing, json.dumps(child()).encode())
        os._exit(0)
    os.close(writing)
    os.wait()
    print(os.read(reading, 10_000).decode())
print(sum(work in line for line in open("/proc/self/mountinfo")))
"""


def test_behind_the_fence_a_process_harms_nobody(tmp_path):
    if not grade.fenced():
        pytest.skip("this machine has no `unshare` that makes name spaces")
    import socket

    folders = {name: str(tmp_path / name) for name in ("outside", "hidden", "work")}
    for folder in folders.values():
        os.mkdir(folder)
        Path(folder, "file").write_text("precious")
    with socket.create_server(("127.0.0.1", 0)) as server:
        script = TRIES.format(docs=str(DOCS), port=server.getsockname()[1], **folders)
        run = subprocess.run([*grade.FENCE, sys.executable, "-c", script], capture_output=True, text=True)
    *found, mounted = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(found) == 2 and mounted == 0, run.stderr  # a child's folder goes with it
    for tries in found:
        assert {tries["write"], tries["delete"]} == {"OSError"}  # read-only
        assert tries["hidden"] == "FileNotFoundError" and tries["own"] == "done" and tries["left"] == ["own"]
        assert tries["connect"] not in ("done", None) and tries["undo"] == tries["look"] == "PermissionError"
    assert all(Path(folder, "file").read_text() == "precious" for folder in folders.values())


def test_limits_are_those_of_the_process(tmp_path):
    code = f"import sys; sys.path.insert(0, {str(DOCS)!r}); import fence, resource\n"
    code += "fence.limit_to({'seconds': 3, 'memory': 50})\n"
    code += "print(resource.getrlimit(resource.RLIMIT_CPU), resource.getrlimit(resource.RLIMIT_FSIZE)[0])\n"
    code += "try: bytes(100 << 20); print('had it')\nexcept MemoryError: print('refused')"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    said = run.stdout.splitlines()
    assert said[0] == f"(3, 4) {16 << 20}", run.stderr
    assert said[1] == ("refused" if sys.platform == "linux" else "had it")


def test_a_mount_that_fails_is_an_error_and_no_hole():
    if sys.platform == "linux":
        with pytest.raises(OSError):
            fence._mount(b"none", b"/no/such/folder", b"tmpfs", 0)
