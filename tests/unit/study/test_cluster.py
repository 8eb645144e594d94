"""compare() on a Dask cluster: a scheduler and two workers, each a process of its own, and one of them dies."""

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import qlib

distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install -e '.[cluster]'")

SMALL = dataclasses.replace(qlib.RECOMMENDED, hidden=(8,), memory_size=500, learning_starts=50, batch_size=16)
VARIANTS = {"double": SMALL, "single": dataclasses.replace(SMALL, double=False)}
SIZE = {"seeds": 8, "steps": 600, "checkpoints": 6, "starts": 4}
GROUPS = 4  # of each variant


@contextlib.contextmanager
def dask(*arguments):
    """Run one of Dask's programs as a process, and end it in any case."""
    process = subprocess.Popen([sys.executable, "-m", "dask", *map(str, arguments)], stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Yield a client, and the workers by their process ids."""
    folder = tmp_path_factory.mktemp("cluster")
    address = folder / "scheduler.json"  # the scheduler writes there which free port it took
    local = ("--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", address)
    alone = ("--no-nanny", "--nthreads", 1, "--local-directory", folder)  # nobody restarts one that dies
    with contextlib.ExitStack() as stack:
        stack.enter_context(dask("scheduler", "--port", 0, *local))
        deadline = time.monotonic() + 30
        while not address.exists():
            assert time.monotonic() < deadline, "the scheduler did not start"
            time.sleep(0.05)
        workers = [stack.enter_context(dask("worker", *alone, *local)) for _ in range(2)]
        client = stack.enter_context(distributed.Client(scheduler_file=str(address), timeout=30))
        client.wait_for_workers(2, timeout=60)
        warm = (qlib.compare, {"a": SMALL}, 1, 60)  # imports take seconds, and the first who is ready takes all
        client.gather([client.submit(*warm, workers=[one], pure=False) for one in client.scheduler_info()["workers"]])
        yield client, {worker.pid: worker for worker in workers}


@pytest.fixture(scope="module")
def here():
    return qlib.compare(VARIANTS, **SIZE)


def groups_by_process(result):
    """Count the groups that each process measured to the end."""
    last = result.diagnostics["process"][:, :: SIZE["seeds"] // GROUPS, -1]
    return {int(pid): int((last == pid).sum()) for pid in np.unique(last)}


def test_two_workers_share_the_groups_and_give_the_same_numbers(cluster, here):
    client, workers = cluster

    def process(agent):
        return os.getpid()

    spread = qlib.compare(VARIANTS, executor=client.get_executor(), diagnostics=(process,), **SIZE)
    np.testing.assert_array_equal(spread.scores, here.scores)
    assert spread.notes == ()
    counts = groups_by_process(spread)
    assert counts.keys() == workers.keys(), "both workers, and not this process"
    assert sum(counts.values()) == 2 * GROUPS and min(counts.values()) >= 2, counts


def test_nothing_is_lost_when_a_worker_is_killed(cluster, here, tmp_path):
    client, workers = cluster

    def process(agent):
        (tmp_path / f"{agent.settings.double} {agent.seed} {agent.steps}").touch()
        if agent.steps == 400 and len(list(tmp_path.iterdir())) > 30:  # some groups are done, this one is not
            with contextlib.suppress(FileExistsError):
                (tmp_path / "killed").touch(exist_ok=False)  # of all workers only the first comes past this line
                (tmp_path / "killed").write_text(f"{int(not agent.settings.double)} {agent.seed}")
                os.kill(os.getpid(), signal.SIGKILL)
        return os.getpid()

    spread = qlib.compare(VARIANTS, executor=client.get_executor(), diagnostics=(process,), **SIZE)
    np.testing.assert_array_equal(spread.scores, here.scores)
    assert spread.notes == (), "the cluster itself gave what the dead worker held to the other one"
    (dead,) = (pid for pid, worker in workers.items() if worker.poll() is not None)
    assert workers[dead].returncode == -signal.SIGKILL
    (survivor,) = workers.keys() - {dead}
    variant, seed = map(int, (tmp_path / "killed").read_text().split())
    assert (spread.diagnostics["process"][variant, seed] == survivor).all(), "the broken group began anew there"
