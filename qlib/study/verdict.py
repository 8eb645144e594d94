"""What an instrument says: a verdict, what was measured, and what was expected."""

from __future__ import annotations

from collections.abc import Callable

from qlib.core.agent import QAgent

SOUND, SUSPICIOUS, UNKNOWN = "sound", "suspicious", "not looked at"
Made = Callable[[int], QAgent]
Said = tuple[str, str, str]  # verdict, measured, expected


def judged(sound: bool, measured: str, expected: str) -> Said:
    """Call what was measured sound or suspicious."""
    return SOUND if sound else SUSPICIOUS, measured, expected


def unknown(why: str) -> Said:
    """Say why nothing was measured."""
    return UNKNOWN, why, "nothing"
