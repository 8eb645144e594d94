"""The evidence explorer: what a set of seeds says, and how often it would have said something else."""

from pathlib import Path

import numpy as np
import pytest
from controls import drawn, marks

from qlib.lessons.claims import evidence
from qlib.lessons.claims.claims import CLAIMS, Claim
from qlib.show.explorer import Explorer
from qlib.show.marks import Interval

pytestmark = pytest.mark.usefixtures("beside_the_notebooks")


@pytest.fixture(autouse=True)
def beside_the_notebooks(monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[3] / "notebooks")


def made(samples):
    claim = Claim("One does better", "a", "b", ("x", "y"), "09_catastrophe", "here")
    claim.__dict__["samples"] = np.asarray(samples, float)
    return claim


def test_a_sure_thing_is_said_by_every_set_and_a_doubtful_one_by_few(monkeypatch):
    rng = np.random.default_rng(5)
    sure, doubtful = made(100 + rng.normal(size=128)), made(2.2 / np.sqrt(128) + rng.normal(size=128) * 1.0)
    assert evidence.differs(sure, 16) == 0
    assert evidence.differs(doubtful, 16) > 0.4
    assert evidence.differs(made(rng.normal(size=128) + 0.3), 128) < evidence.differs(
        made(rng.normal(size=128) + 0.3), 16
    )


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.opinion)
def test_every_control_gives_a_picture_or_a_sentence(claim):
    n = len(claim.samples)
    for seeds in evidence.COUNTS:
        for first in (0, 112):
            if seeds + first > n:
                with pytest.raises(ValueError, match=f"This record has {n} seeds"):
                    evidence.explore(claim.opinion, seeds, first)
                continue
            picture, words = evidence.explore(claim.opinion, seeds, first)
            assert f"All {n}: {claim.interval:+.0f}" in words
            assert picture.alt == words and drawn(picture)
            every, ours, others = marks(picture, Interval)
            samples = claim.samples
            assert every.x == pytest.approx([samples.mean()])
            assert ours.x == pytest.approx([samples[first : first + seeds].mean()])
            assert others.x == pytest.approx(samples[: n // seeds * seeds].reshape(-1, seeds).mean(1))
            assert picture.panels[0].title == claim.opinion


def test_the_explorer_carries_every_answer_and_is_light():
    opinions = [claim.opinion for claim in CLAIMS]
    explorer = Explorer(evidence.explore, record=600, opinion=opinions, seeds=evidence.COUNTS, first_seed=(0, 112, 16))
    assert len(explorer._made) == 16 * 4 * 8 and len(explorer.view.recorded) < 150_000
    explorer.controls["first_seed"].value = 112
    assert "with 16 of them, begin at" in explorer.readout or "Seeds 112 to 127" in explorer.readout
    explorer.close()


def test_the_words_are_those_of_the_set(monkeypatch):
    claim = made(np.r_[np.full(16, -1.0) + np.linspace(-0.1, 0.1, 16), np.full(16, 1.0) + np.linspace(-0.1, 0.1, 16)])
    monkeypatch.setattr(evidence, "CLAIMS", [claim])
    assert evidence.explore("One does better", 16, 0)[1].startswith("Seeds 0 to 15: -1 [-1, -1], refuted. All 32:")
    assert evidence.explore("One does better", 16, 16)[1].startswith("Seeds 16 to 31: +1 [+1, +1], holds. All 32:")


def test_how_many_seeds_an_effect_needs_is_what_the_page_says():
    rows = [[int(word) for word in row.split()] for row in evidence.power_rows(CLAIMS)[1:]]
    assert [row[0] for row in rows] == evidence.COUNTS
    assert rows[0][2] > 20, "on sixteen seeds twenty steps stay unseen in every row"
    assert rows[-1][1] > 20, "and on 128 in most"
    assert (np.diff([row[1:] for row in rows], axis=0) < 0).all(), "more seeds see smaller changes"
