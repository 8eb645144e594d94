"""Wait for what a background thread will do, and no longer than a person would."""

import time

ANSWER = 0.3  # seconds that a control may take


def wait(condition, seconds=60.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.002)
