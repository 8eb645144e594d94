"""A measurement in the background: it obeys at once, can be started again, and refuses at once what cannot run."""

import time

import numpy as np
import pytest
from waiting import ANSWER, wait

import qlib
from qlib.show.job import MeasuringJob

TINY = qlib.Settings(hidden=(8,), batch_size=4, memory_size=200)


@pytest.fixture
def measurement():
    made = MeasuringJob(TINY, 3, 40, (), lambda run: None)
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


def test_an_examination_that_never_ends_is_obeyed(endless):
    told = []
    job = MeasuringJob(endless, 3, 10, (), lambda job: told.append(job.steps))
    job.every = 0.05
    job.start()
    wait(lambda: told.count(1) > 3)  # the step is taken, and its examination goes on
    asked = time.monotonic()
    job.stop()
    wait(lambda: not job.alive)
    assert time.monotonic() - asked < ANSWER
    assert (job.state, job.error, job.result) == ("stopped", None, None)


def test_what_cannot_be_measured_is_refused_at_once():
    with pytest.raises(ValueError, match="steps=0"):
        MeasuringJob(TINY, 3, 0, (), lambda run: None)
