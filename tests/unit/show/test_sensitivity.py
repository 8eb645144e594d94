"""A score over a setting: a curve a variant, with its band, and where each is highest."""

import numpy as np

from qlib.show.sensitivity import sensitivity


def test_each_variant_has_a_curve_and_the_text_says_where_it_is_highest():
    noise = np.linspace(-5, 5, 8)
    up, down = (np.add.outer(means, noise) for means in ([10.0, 20, 30], [30.0, 20, 10]))
    picture = sensitivity([0.001, 0.01, 0.1], {"up": up, "down": down}, "learning rate")
    assert "up highest at 0.1, down highest at 0.001" in picture.alt and "over learning rate" in picture.alt
    (panel,) = picture.panels
    np.testing.assert_allclose(panel.marks[0].y, [10, 20, 30])
    assert panel.x.label == "learning rate" and panel.x.log and panel.y.low == 0
    assert all(np.all(line.low < line.y) and np.all(line.y < line.high) for line in panel.marks)
    assert list(panel.x.ticks.values()) == ["0.001", "0.01", "0.1"]


def test_seeds_that_are_all_alike_can_be_drawn():
    flat = np.full((2, 4), 500.0)
    assert "highest at 1" in sensitivity([1, 2], {"flat": flat}, "tau").alt
