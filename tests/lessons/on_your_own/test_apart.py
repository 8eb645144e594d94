"""A stranger's process has limits, says what ended it, and leaves nothing behind."""

import contextlib
import dataclasses
import os

import psutil
import pytest
import strangers
from strangers import ONE
from waiting import wait

from qlib.lessons.on_your_own import judge
from qlib.lessons.on_your_own.apart import Apart, Failed


@pytest.mark.parametrize(("stranger", "words"), [
    (strangers.never_ends, "it was stopped after "),
    (strangers.never_answers, "it was stopped after "),
    (strangers.sleeps, "it was stopped after 5 s without a word"),
    (strangers.spends_too_much, "The budget of 2,000 environment steps is spent"),
    (strangers.fills_the_disk, "File too large"),
], ids=lambda given: getattr(given, "__name__", None))  # fmt: skip
def test_time_steps_and_disk_end(stranger, words):
    assert words in repr(judge.judge(stranger, dataclasses.replace(ONE, seconds=1, steps=2_000)))


def test_nothing_that_a_stranger_began_goes_on():
    before = set(psutil.Process(os.getpid()).children(recursive=True))  # other tests' may still be there
    judge.judge(strangers.begins_others, ONE)
    assert set(psutil.Process(os.getpid()).children(recursive=True)) <= before

    def goes_on():
        return [one for one in psutil.process_iter(["cmdline"]) if "# a stranger's child" in str(one.info["cmdline"])]

    wait(lambda: not goes_on(), seconds=10)  # a kill waits for the process's turn; by itself each sleeps for 60 s


def test_what_is_drawn_later_is_not_there():
    secret = []

    def work(line):
        line.hear()
        line.tell(secret=secret)

    with contextlib.closing(Apart(work, 5)) as apart:
        secret.append(7)
        apart.begin()
        assert apart.hear() == {"secret": []}


def test_what_it_prints_is_not_printed_here_and_what_it_raises_names_the_line(capfd):
    def work(line):
        line.hear()
        print("a stranger's words")
        raise KeyError("b")

    with contextlib.closing(Apart(work, 5)) as apart:
        apart.begin()
        with pytest.raises(Failed, match=r"your code raised KeyError: 'b' \(.*line \d+, in work\)"):
            apart.hear()
    assert "stranger" not in capfd.readouterr().out


def test_what_is_too_long_or_no_object_is_refused():
    for nonsense in (b"[1, 2]", b"{" * 10, b'"' + b"a" * 2_000_000 + b'"'):

        def work(line, nonsense=nonsense):
            line.hear()
            line.end.send_bytes(nonsense)

        with contextlib.closing(Apart(work, 5)) as apart:
            apart.begin()
            with pytest.raises(Failed):
                apart.hear()
