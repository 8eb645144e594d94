"""The claims: each reads a record that is there, says what its interval says, and no lesson contradicts it."""

from pathlib import Path

import numpy as np
import pytest

from qlib.lessons.claims import claims
from qlib.lessons.claims.claims import CLAIMS, Claim, Claims

pytestmark = pytest.mark.usefixtures("beside_the_notebooks")

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"


def made(samples):
    claim = Claim("One does better", "a", "b", ("x", "y"), "09_catastrophe", "here")
    claim.__dict__["samples"] = np.asarray(samples, float)
    claim.__dict__["held_out"] = claims.mean_interval(samples)
    return claim


@pytest.fixture
def alone(monkeypatch):
    """Leave a claim uncorrected: it is the only one."""
    monkeypatch.setattr(claims, "_shown", lambda: {"One does better": "above"})


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.opinion)
def test_a_claim_reads_a_record_and_its_lesson_is_there(claim):
    assert len(claim.samples) >= 16
    assert np.isfinite(claim.samples).all()
    assert (NOTEBOOKS / f"{claim.lesson}.ipynb").exists()
    assert "seeds" in claim.how


def test_the_verdict_is_what_both_intervals_say(alone):
    noise = np.linspace(-1, 1, 32)
    assert [made(shift + noise).verdict for shift in (5, 0, -5)] == ["holds", "open", "refuted"]
    turned = made(5 + noise)
    turned.__dict__["held_out"] = claims.mean_interval(noise - 5)
    assert turned.verdict == "open"
    turned.__dict__["held_out"] = None
    assert turned.verdict == "open", "what nobody confirmed is open"


def test_a_claim_that_is_one_of_many_is_corrected_for_that(monkeypatch):
    monkeypatch.setattr(claims, "_shown", lambda: {"One does better": "open"})
    assert made(5 + np.linspace(-1, 1, 32)).verdict == "open"


def test_the_table_has_a_row_a_claim_with_number_seeds_and_link(alone):
    page = Claims([made([-1.0, -2.0, -3.0] * 20)])
    assert repr(page).split() == "refuted -2 [ -2, -2] -2 [-2, -2] One does better".split()


def test_the_page_counts_its_rows_rightly():
    assert len(CLAIMS) == 16
    assert len({claim.opinion for claim in CLAIMS}) == 16
    confirmed = [claim for claim in CLAIMS if claim.held_out is not None]
    assert {claim.verdict for claim in CLAIMS if claim.held_out is None} <= {"open"}
    assert sum(claim.verdict != "open" for claim in confirmed) >= 6
    html = Claims()._repr_html_()
    assert html.count("<tr>") == 17
    assert '<a href="09_catastrophe.ipynb">09</a>' in html


def test_both_measures_stand_side_by_side_where_a_record_has_both():
    residual = next(claim for claim in CLAIMS if claim.this == "residual")
    assert residual.verdict == "open" and residual.beside == "over training -27 [-50, -4]"
    assert next(claim for claim in CLAIMS if claim.this == "limit too").beside == ""
    assert (
        '<td style="text-align:left">over training −27\N{NO-BREAK SPACE}[−50,\N{NO-BREAK SPACE}−4]</td>'
        in Claims([residual])._repr_html_()
    )
