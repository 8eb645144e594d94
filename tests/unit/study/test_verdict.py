"""What an instrument says has three parts, and three verdicts."""

from qlib.study.verdict import judged, unknown


def test_a_verdict_is_sound_suspicious_or_not_looked_at():
    assert judged(True, "3", "3") == ("sound", "3", "3")
    assert judged(False, "4", "3") == ("suspicious", "4", "3")
    assert unknown("too little") == ("not looked at", "too little", "nothing")
