"""A repository with five mistakes of a name's own: each is found by what it breaks, and mended by whoever mends it."""

import pytest

from qlib.lessons.on_your_own import mending
from qlib.lessons.on_your_own.behaviour import ASKED
from qlib.lessons.on_your_own.faults import FAULTS
from qlib.lessons.on_your_own.mending import drawn


@pytest.fixture
def theirs(home):
    """A learner's copy with the mistakes of a name."""
    assert "four files and five mistakes" in mending.lay_out("Ada")
    return mending.folder()


def mend(path, fault):
    file = path / fault.file
    assert file.read_text().count(fault.wrong) == 1
    file.write_text(file.read_text().replace(fault.wrong, fault.right))


def test_five_mistakes_are_mended_one_after_the_other(theirs):
    faults = drawn("Ada")
    found = mending.judge()
    assert not found.passed and found.points == 0 and not any(map(found.mended, faults))
    for k, fault in enumerate(faults):
        mend(theirs, fault)
        found = mending.judge()
        assert found.points == 2 * (k + 1) and found.mended(fault), (fault, found)
    assert found.passed and "✓ passed: 5 of 5 mended, 0 hints, 10 of 10 points" in repr(found)


def test_hints_cost_points_and_become_plainer(theirs):
    faults = drawn("Ada")
    for fault in faults[1:]:
        mend(theirs, fault)
    said = [mending.hint() for _ in range(3)]
    assert all(text.startswith(faults[0].file) for text in said)
    assert faults[0].hints[0] in said[0] and faults[0].hints[1] in said[1]
    mend(theirs, faults[0])
    assert mending.judge().passed and mending.judge().points == 7
    assert mending.hint().startswith("All five are mended")


def test_a_name_has_its_mistakes_and_no_copy_is_written_over(theirs):
    assert drawn("Ada") == drawn(" ada ") and drawn("Ada") != drawn("Grace")
    (theirs / "agent.py").write_text("mine")
    assert "stays as it is" in mending.lay_out("Grace") and (theirs / "agent.py").read_text() == "mine"
    mending.lay_out("Grace", again=True)
    assert (theirs / "agent.py").read_text() != "mine"


@pytest.mark.parametrize(("file", "text", "words"), [
    ("agent.py", "def", "SyntaxError"),
    ("train.py", "while True:\n    pass\n", "it was stopped after"),
    ("memory.py", "import os\nos._exit(0)\n", "its process ended without a word"),
    ("network.py", "raise SystemExit\n", "your code raised SystemExit"),
], ids=lambda given: given if given.endswith(".py") else None)  # fmt: skip
def test_a_copy_that_cannot_be_asked_keeps_no_promise(theirs, monkeypatch, file, text, words):
    monkeypatch.setattr(mending, "SECONDS", 2.0)
    (theirs / file).write_text(text)
    found = mending.judge()
    assert not found.passed and words in repr(found)


def test_answers_that_were_made_up_are_not_those_of_another_number(theirs):
    """A copy that gives what a sound one gave when it was asked before."""
    from qlib.lessons.on_your_own.behaviour import SOUND, answers

    before = answers(SOUND, 1)
    cheat = "import qlib.lessons.on_your_own.behaviour as b\nb.ASKED.clear()\nb._plain = lambda found: found\n"
    cheat += f"b.ASKED.update({{name: lambda r, rng, a=a: a for name, a in {before!r}.items()}})\n"
    (theirs / "__init__.py").write_text(cheat)
    assert not mending.judge(number=2).passed


def test_there_are_enough_for_every_learner_to_have_their_own():
    assert len(FAULTS) >= 15 and len({one.breaks for one in FAULTS}) >= 10
    draws = {tuple(FAULTS.index(one) for one in drawn(f"learner {k}")) for k in range(200)}
    assert len(draws) > 190 and all(len(draw) == 5 for draw in draws)
    assert {k for draw in draws for k in draw} == set(range(len(FAULTS)))
    wanted = {one.breaks for one in FAULTS} | {name for one in FAULTS for name in one.also}
    assert all(sum(question.startswith(name) for question in ASKED) == 1 for name in wanted)


@pytest.mark.parametrize("name", ["", "  ", None, 7])
def test_a_name_is_text(home, name):
    with pytest.raises(ValueError, match="type your name"):
        mending.lay_out(name)


def test_without_a_copy_there_is_nothing_to_judge(home):
    with pytest.raises(FileNotFoundError, match="lay it out first"):
        mending.judge()
