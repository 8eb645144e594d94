"""Numbers of lesson 14 that a record holds are the record's, and long measurements go on where they were."""

from pathlib import Path

import numpy as np
import pytest
from definitions import NOTEBOOKS, record

from qlib.core import presets
from qlib.core.presets import MINATAR
from qlib.lessons.from_images import ball, measured, questions
from qlib.study.statistics import mean_interval

pytestmark = pytest.mark.usefixtures("beside_the_notebooks")
TEXT = " ".join(
    line.removeprefix("# ").strip() for line in (NOTEBOOKS / "14_from_images.py").read_text().splitlines()
).replace("−", "-")


def test_a_second_frame_helps_both_networks_on_both_sets_of_seeds():
    claims = measured.RECORDS.claims("frames")
    assert claims["conv, 2 frames minus conv, 1 frame"].verdict() == "above"
    assert claims["dense, 2 frames minus dense, 1 frame"].verdict() == "above"
    assert all(
        round(one.chosen.value, 1) >= 2 and round(one.held_out.value, 1) >= 2 for one in list(claims.values())[:2]
    )
    assert "helps *both* networks, by two balls or more" in TEXT


def test_the_convolution_helps_at_the_end_by_half_a_ball_and_is_behind_at_first():
    claims = measured.RECORDS.claims("frames")
    helped = claims["conv, 2 frames minus dense, 2 frames"]
    assert helped.verdict() == "above" and 0.3 < helped.held_out.value < 0.7 and 0.3 < helped.chosen.value < 0.7
    for name in ("frames", "frames, held out"):
        found = record("from_images", name)
        assert found.steps[0] == 300
        assert mean_interval(found["conv, 2 frames"][:, 0] - found["dense, 2 frames"][:, 0]).verdict() == "below"
    assert "about half a ball" in TEXT and "after 300 steps the dense network is ahead" in TEXT


def test_nobody_who_sees_one_frame_catches_more_than_the_ceiling_by_more_than_luck():
    found = record("from_images", "frames")
    for label in ("conv, 1 frame", "dense, 1 frame"):
        assert found[label][:, -1].mean() <= ball.ceiling(1) + 0.1
    assert found["conv, 2 frames"][:, -1].mean() > ball.ceiling(1) + 1


def test_a_second_picture_of_cartpole_helps_on_both_sets_of_seeds():
    (claim,) = measured.GAMES.claims("cart").values()
    assert claim.verdict() == "above" and (round(claim.chosen.value), round(claim.held_out.value)) == (34, 32)
    seen = [record("from_images", name) for name in ("cart", "cart, held out")]
    assert max(found["one frame"].max() for found in seen) <= 45
    assert [len(found["two frames"]) for found in seen] == [16, 32]
    assert round(seen[0]["two frames"].mean()) == 75 and max(found["two frames"].max() for found in seen) < 200
    assert "by 34 steps, and by 32 on the held-out seeds. It is **shown**" in TEXT
    assert "longer than 45 steps, on any of 48 seeds" in TEXT
    assert "But 75 steps are no 500" in TEXT and np.prod(measured.camera.make().observation_space.shape) == 1_500
    assert "among 1,500 pixels" in TEXT


def test_depth_12_is_learned_with_a_way_past_and_not_without_on_both_sets_of_seeds():
    for name, seeds in (("depths", 16), ("depths, held out", 32)):
        shares = record("from_images", name)
        assert len(shares["12, plain"]) == seeds
        assert (shares["12, residual"] >= 0.95).all() and (shares["12, plain"] < 0.95).all()
        assert (shares["12, plain"] == 0.2).mean() > 0.5
    assert "learned the table on none of 16 seeds" in questions.QUESTIONS["depth 12"]["question"]


def test_residual_connections_are_shown_to_help_by_depth():
    claims = measured.learned()
    residual = {label: claim for label, claim in claims.items() if label.endswith("residual")}
    assert [claim.verdict() for claim in residual.values()] == ["above"] * 3
    assert claims["depth 12, residual"].chosen.value == claims["depth 12, residual"].held_out.value == 1


def test_he_s_first_weights_do_at_depth_12_what_residual_connections_do():
    claims = measured.learned()
    assert claims["depth 12, He's start"].verdict() == "above"


def test_that_anything_forgets_less_is_open():
    claims = measured.RECORDS.claims("kept")
    assert len(claims) == 2 and {claim.verdict() for claim in claims.values()} == {"open"}
    assert "*forget less* is **open**" in TEXT


def test_the_networks_that_are_compared_are_of_about_one_size():
    from qlib.core.agent import QAgent

    sizes = [QAgent(measured.BY_FRAMES[f"{kind}, 2 frames"], 0).online.n_parameters for kind in ("conv", "dense")]
    assert max(sizes) / min(sizes) < 1.05


def test_a_long_measurement_gives_ten_means_of_returns_a_seed_and_is_kept_two_seeds_at_a_time():
    pytest.importorskip("minatar")
    assert {one.together for name, one in measured.GAMES.measurements.items() if name != "cart"} == {2}
    found = measured.game(MINATAR, 300)(range(2))
    assert found["Breakout-v1"].shape == (2, 10) and (found["Breakout-v1"] >= 0).all()


def test_sixteen_agents_are_paid_on_breakout_what_the_settings_say():
    paid = record("from_images", "breakout, 100,000 steps")["Breakout-v1"]
    assert paid.shape == (16, 10) and paid[:, -1].min() >= 6
    assert f"{mean_interval(paid[:, -1]):.1f} over seeds 0 to 15" in Path(presets.__file__).read_text()
