"""Processes that share a list of jobs: what each says is heard, also when one dies or all are interrupted."""

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from qlib.study import hands


def heard(work, jobs, n=2):
    said = []
    hands.spread(work, jobs, n, lambda *message: said.append(message))
    return said


def test_every_job_is_done_once_and_messages_come_before_the_result():
    def work(job, tell, pause):
        tell(f"began {job}")
        return job * 10, os.getpid()

    said = heard(work, [1, 2, 3, 4, 5])
    results = {number: result[0] for number, what, result in said if what == "done"}
    assert results == {0: 10, 1: 20, 2: 30, 3: 40, 4: 50}
    for number in range(5):
        assert [what for k, what, _ in said if k == number] == ["told", "done"]
    assert os.getpid() not in [result[1] for _, what, result in said if what == "done"]


def test_a_job_whose_process_dies_is_not_heard_of_and_the_others_go_on():
    def work(job, tell, pause):
        if job == "dies":
            os._exit(9)
        return job

    said = heard(work, ["dies", "a", "b", "c"])
    assert sorted(result for _, _, result in said) == ["a", "b", "c"]


@pytest.mark.parametrize("jobs", [[3, 1, 2], [7], []])
def test_each_gives_the_results_in_the_order_of_the_jobs(jobs):
    assert hands.each(lambda job: job * 10, jobs) == [job * 10 for job in jobs]


def test_each_does_what_a_process_that_died_has_left_over():
    here = os.getpid()

    def one(job):
        if job == "dies" and os.getpid() != here:
            os._exit(9)
        return job, os.getpid() == here

    assert hands.each(one, ["a", "dies", "b"]) == [("a", False), ("dies", True), ("b", False)]


@pytest.mark.parametrize("after", [0.05, 0.2, 0.6])
def test_interrupted_each_gives_what_it_has(after):
    def work(job, tell, pause):
        done = 0
        try:
            while True:
                pause()
                done += 1
                time.sleep(0.002)
        except KeyboardInterrupt:
            return done

    said = []
    threading.Timer(after, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        hands.spread(work, [1, 2, 3], 2, lambda *message: said.append(message))
    assert {number for number, what, _ in said} <= {0, 1}
    assert all(done >= 0 for *_, done in said) and len(said) <= 2
    if after > 0.5:
        assert len(said) == 2 and all(done > 5 for *_, done in said)


def test_interrupted_twice_a_job_that_does_not_listen_is_killed():
    def work(job, tell, pause):
        time.sleep(60)

    def press():
        for _ in range(2):
            time.sleep(0.5)
            os.kill(os.getpid(), signal.SIGINT)

    start = time.monotonic()
    threading.Thread(target=press).start()
    with pytest.raises(KeyboardInterrupt):
        heard(work, [1, 2])
    assert time.monotonic() - start < 10


def test_the_hands_are_the_cores_that_this_process_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 3, 5}, raising=False)
    assert hands.hands() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert hands.hands() == 1


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_nobody_works_on_for_a_parent_that_is_gone(how, tmp_path):
    code = """
import os, sys, time
from pathlib import Path
from qlib.study import hands

def work(job, tell, pause):
    Path(sys.argv[1], str(os.getpid())).touch()
    while True:
        pause()
        time.sleep(0.01)

hands.spread(work, [1, 2], 2, print)
"""
    parent = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    waited = time.monotonic() + 60
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < waited:
        time.sleep(0.05)
    children = [int(path.name) for path in tmp_path.iterdir()]
    assert len(children) == 2
    parent.send_signal(how)
    parent.wait(10)
    waited = time.monotonic() + 10
    while any(map(psutil.pid_exists, children)) and time.monotonic() < waited:
        time.sleep(0.05)
    alive = [pid for pid in children if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"]
    assert alive == []
