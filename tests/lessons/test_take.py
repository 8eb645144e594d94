"""The lessons come to a folder of the learner's, and an update writes over nothing that the learner wrote."""

import pytest

from qlib.lessons import take


@pytest.fixture
def handed_out(tmp_path):
    """A first version of two lessons."""
    folder = tmp_path / "wheel"
    (folder / "records").mkdir(parents=True)
    for name in (take.FIRST, "01_next.ipynb", "01_next.py", "records/next.json"):
        (folder / name).write_text(f"first {name}")
    return folder


def test_all_is_copied_and_a_second_time_changes_nothing(handed_out, tmp_path):
    mine = tmp_path / "mine"
    first = take.take(mine, handed_out)
    assert len(first.new) == 4 and (mine / "records" / "next.json").read_text() == "first records/next.json"
    assert take.take(mine, handed_out) == ([], [], [])


def test_an_update_brings_what_nobody_changed_and_keeps_what_the_learner_wrote(handed_out, tmp_path):
    mine = tmp_path / "mine"
    take.take(mine, handed_out)
    (mine / take.FIRST).write_text("what I wrote")
    (mine / "notes.ipynb").write_text("my own")
    for path in handed_out.glob("*.*"):
        path.write_text(f"second {path.name}")
    second = take.take(mine, handed_out)
    assert second == ([], ["01_next.ipynb", "01_next.py"], [take.FIRST])
    assert (mine / take.FIRST).read_text() == "what I wrote" and (mine / "notes.ipynb").read_text() == "my own"
    assert (mine / "01_next.ipynb").read_text() == "second 01_next.ipynb"
    assert (mine / "originals" / take.FIRST).read_text() == f"second {take.FIRST}", "from where Lab brings it"
    third = take.take(mine, handed_out)
    assert third.kept == [take.FIRST] and (mine / take.FIRST).read_text() == "what I wrote"
    assert f"these are yours and stay as they are: {take.FIRST}" in str(third)


def test_a_file_that_was_there_before_the_lessons_stays(handed_out, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "01_next.py").write_text("mine")
    assert take.take(mine, handed_out).kept == ["01_next.py"] and (mine / "01_next.py").read_text() == "mine"


def test_the_projects_own_lessons_are_found_and_copied(tmp_path, capsys):
    assert (take.source() / take.FIRST).exists()
    assert take.main([str(tmp_path / "mine"), "--only-copy"]) == 0
    names = {path.name for path in (tmp_path / "mine").iterdir()}
    assert {take.FIRST, "glossary.md", "records", "originals"} <= names
    assert "files are new" in capsys.readouterr().out


def test_a_file_in_the_way_is_said(tmp_path, capsys):
    (tmp_path / "mine").write_text("")
    assert take.main([str(tmp_path / "mine"), "--only-copy"]) == 1
    assert "is a file, so the lessons cannot go there" in capsys.readouterr().err
