"""Each day has its broken agent, which an instrument can find; looks are counted, and the first guess is kept."""

import pytest
from definitions import record

from qlib.lessons.debugging import hunt
from qlib.lessons.debugging.faults import FAULTS
from qlib.study.audit import Audit, Finding
from qlib.study.verdict import SOUND

DAYS = [f"2026-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]


@pytest.fixture
def case(home, monkeypatch):
    """A case whose audit takes no time."""
    findings = tuple(Finding(name, SOUND, "measured", "expected") for name in hunt.LOOKS)
    monkeypatch.setattr(hunt.qlib, "audit", lambda make: Audit(findings))
    return hunt.Case("2026-11-27")


def truth(case):
    return FAULTS[case._kind]


def test_a_day_has_one_agent_and_a_year_has_them_all(home):
    kinds = [hunt.Case(day)._kind for day in DAYS]
    assert kinds == [hunt.Case(day)._kind for day in DAYS] and set(kinds) == set(hunt.HUNTED)
    assert len(hunt.HUNTED) >= 12


@pytest.mark.parametrize("kind", hunt.HUNTED, ids=lambda kind: kind.__name__)
def test_an_instrument_finds_it_on_every_seed_that_was_recorded(kind):
    assert record("debugging", "audits")[FAULTS[kind]].any(1).all()


def test_looks_are_counted_once_each_and_the_first_guess_counts(case):
    for name in ("epsilon", "draws", "epsilon"):
        assert case.look(name).startswith(f"{name}: ")
    wrong = next(choice for choice in case.choices if choice != truth(case))
    assert case.guess(wrong).startswith("No, with 2 looks") and "found 0 of 1 so far." in hunt.record()
    case.guess(truth(case))
    assert "found 0 of 1 so far." in hunt.record()
    other = hunt.Case("2026-11-28")
    other.look("seeds")
    assert other.guess(truth(other)).startswith("Right, with 1 look: ")
    assert hunt.record() == "You have found 1 of 2 so far, with 1 look in the middle and 1 at best."


def test_a_case_gives_nothing_away(case):
    assert case._kind.__name__ not in repr(case) and all(choice in repr(case) for choice in case.choices)
    assert hunt.today().day >= "2026"


def test_what_is_no_day_no_instrument_and_no_choice_is_refused(case):
    for day in ("today", None, "2026-13-01"):
        with pytest.raises(ValueError, match="write it as in 2026-11-27"):
            hunt.Case(day)
    with pytest.raises(ValueError, match=r"is no instrument here\. There are: training"):
        case.look("eyes")
    with pytest.raises(ValueError, match="is none of the choices"):
        case.guess("everything")
