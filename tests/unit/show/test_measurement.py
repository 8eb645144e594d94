"""A measurement in the background: what was stopped can be started again."""

import time

import numpy as np
import pytest

import qlib
from qlib.show.measurement import Measurement

TINY = qlib.Settings(hidden=(8,), batch_size=4, memory_size=200)


def wait(condition, seconds=60.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.002)


@pytest.fixture
def measurement():
    made = Measurement(TINY, 3, 40, (), lambda run: None)
    yield made
    made.close()


@pytest.mark.parametrize("at", [0, 1, 15])
def test_a_stopped_measurement_can_be_started_again(measurement, at):
    expected = qlib.compare({"run": TINY}, 3, 40)

    obey = measurement._obey

    def stop():
        if measurement.steps == at:
            measurement.stop()
        obey()

    measurement._obey = stop
    measurement.start()
    wait(lambda: not measurement.alive)
    assert measurement.state == "stopped"
    assert measurement.steps == at
    measurement._obey = obey
    measurement.start()
    wait(lambda: not measurement.alive)
    assert measurement.state == "finished"
    assert measurement.steps == 40
    np.testing.assert_array_equal(measurement.result.scores, expected.scores)


def test_what_cannot_be_measured_is_refused_at_once():
    with pytest.raises(ValueError, match="steps=0"):
        Measurement(TINY, 3, 0, (), lambda run: None)
