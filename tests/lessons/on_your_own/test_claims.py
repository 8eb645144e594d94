"""Twelve claims, each about one change."""

import dataclasses

import pytest

from qlib.lessons.on_your_own.claims import BASE, CLAIMS


@pytest.mark.parametrize("name", CLAIMS)
def test_each_claim_changes_one_thing(name):
    one, other = (dataclasses.asdict(settings) for settings in CLAIMS[name].variants.values())
    changed = {field for field in one if one[field] != other[field]} - {"learning_starts"}
    assert len(changed) == 1


def test_there_are_twelve_and_each_has_the_base_in_it():
    assert len(CLAIMS) == 12 == len({claim.sentence for claim in CLAIMS.values()})
    assert all(BASE in claim.variants.values() for claim in CLAIMS.values())
