"""Whoever skipped a piece has qlib's in its place, which passes as the learner's would."""

from diligent import pass_exercises

from qlib.lessons import stand_ins


def test_a_piece_that_was_skipped_is_qlibs_and_it_is_said(home):
    assert repr(stand_ins.pieces()).startswith("qlib's: make_network")
    pass_exercises("06_one_update")
    mixed = stand_ins.pieces()
    assert repr(mixed).startswith("yours: td_target, q_loss, update, loop; qlib's: make_network")
    assert mixed.Ring is stand_ins.Ring
