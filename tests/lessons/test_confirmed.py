"""Every record of a difference is confirmed on held-out seeds, or stands in the list of those that are not."""

import importlib
import json

import pytest
from definitions import NOTEBOOKS

from qlib.study.held_out import CONFIRMING

pytestmark = pytest.mark.usefixtures("beside_the_notebooks")

NOT_YET = {  # these take from a quarter of an hour to hours: what they say is called found, not shown
    "mountain car",
}
PATHS = sorted((NOTEBOOKS.parent / "qlib" / "lessons").glob("*/measured.py"))
LESSONS = {
    path.parent.name: importlib.import_module(f"qlib.lessons.{path.parent.name}.measured").RECORDS for path in PATHS
}
RECORDS = [(lesson, name) for lesson, records in LESSONS.items() for name in records.measurements]


@pytest.mark.parametrize(("lesson", "name"), RECORDS)
def test_a_record_is_confirmed_or_named_as_not_yet(lesson, name):
    assert LESSONS[lesson].is_confirmed(name) is (name not in NOT_YET)


@pytest.mark.parametrize("path", sorted((NOTEBOOKS / "records").glob("*.json")), ids=lambda path: path.stem)
def test_held_out_seeds_are_as_many_as_asked_and_none_that_was_chosen_on(path):
    for name, record in json.loads(path.read_text()).items():
        if name.endswith("held out"):
            first, last = (int(word.strip(",")) for word in record["how"].split()[1:4:2])
            assert first >= CONFIRMING and last - first + 1 >= 32, (name, record["how"])
        else:
            assert "seeds 5" not in record["how"]
