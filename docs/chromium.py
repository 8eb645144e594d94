"""Where a Chromium is that scripts and walks can drive."""

import shutil


def chromium() -> str | None:
    """Return the path of a Chromium or Chrome; None if there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
