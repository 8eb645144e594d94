"""What a person can choose, as Python sees it: a slider, a choice, a tick box. static/controls.js draws it."""

from __future__ import annotations

from typing import Any

import traitlets

MOST = 100_000  # values of a slider


class Control(traitlets.HasTraits):
    """A value out of a row of values; a slider's, a menu's, or yes and no.

    Args:
        name: what it is called in Python; the page shows it with spaces.
        kind: "slider", "buttons", "menu" or "tick".
        values: what can be chosen, in order.
        start: the place of the value chosen at first.
        options: how the values are called in the page; None: by themselves, or yes and no.

    Attributes:
        value: what is chosen; setting it moves the control in the page.

    Raises:
        ValueError: when a value is set that cannot be chosen.
    """

    place = traitlets.Int()

    def __init__(self, name: str, kind: str, values: list, start: int = 0, options: list[str] | None = None) -> None:
        self.name, self.kind, self.values, self.options = name, kind, values, options
        super().__init__(place=start)

    @property
    def value(self) -> Any:
        return self.values[self.place]

    @value.setter
    def value(self, value: Any) -> None:
        near = [i for i, one in enumerate(self.values) if _same(one, value)]
        if not near:
            raise ValueError(f"{self.name}={value!r} cannot be chosen. Choose one of {_some(self.values)}.")
        self.place = near[0]

    def approach(self, number: float) -> None:
        """Choose the value nearest to a number."""
        self.place = min(range(len(self.values)), key=lambda place: abs(self.values[place] - number))

    def spec(self) -> dict[str, Any]:
        """Return what the page needs to draw it."""
        told: dict[str, Any] = {"kind": self.kind, "label": self.name.replace("_", " ")}
        if self.kind == "slider" and self.options is None:
            low, step = self.values[0], self.values[1] - self.values[0] if len(self.values) > 1 else 1
            digits = max(map(_decimals, (low, step)))
            return told | {"low": low, "step": step, "digits": digits, "places": len(self.values)}
        return told | {"options": self.options, "places": len(self.values)}


def make_control(name: str, spec: Any) -> Control:
    """Make the control that a specification stands for.

    Args:
        name: of the control.
        spec: a Control stays itself; a list becomes buttons or a menu, its entries values or (label, value);
            (low, high), (low, high, step) or (low, high, step, start) a slider, whole numbers if all are whole; True or
            False a tick box.

    Raises:
        TypeError: if it stands for none.
        ValueError: if a slider has more values than a hand can choose from.
    """
    if isinstance(spec, Control):
        return spec
    if isinstance(spec, bool):
        return Control(name, "tick", [False, True], int(spec))
    if isinstance(spec, list) and spec:
        pairs = [one if isinstance(one, tuple) and len(one) == 2 else (str(one), one) for one in spec]
        labels = [str(label) for label, _ in pairs]
        few = len(labels) <= 6 and sum(map(len, labels)) <= 60
        return Control(name, "buttons" if few else "menu", [value for _, value in pairs], options=labels)
    if isinstance(spec, tuple) and 2 <= len(spec) <= 4:
        low, high = spec[:2]
        step, start = (*spec[2:], None, None)[:2]
        whole = all(isinstance(x, int) for x in spec)
        step = step if step is not None else (1 if whole else (high - low) / 100)
        n = int((high - low) / step + 1e-9) + 1
        if not 1 <= n <= MOST:
            raise ValueError(
                f"{name}={spec!r} is a slider of {n:,} values. Let it have from 1 to {MOST:,}: change its step."
            )
        values = [low + step * i if whole else round(low + step * i, 12) + 0.0 for i in range(n)]
        made = Control(name, "slider", values)
        made.place = 0 if start is None else min(range(n), key=lambda i: abs(values[i] - start))
        return made
    raise TypeError(f"{name}={spec!r} is no control: give a list, (low, high, step, start), True or False.")


def _same(one: Any, other: Any) -> bool:
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (one, other))
    return abs(one - other) <= 1e-9 * max(1, abs(one)) if numbers else one is other or one == other


def _some(values: list) -> str:
    shown = values if len(values) <= 8 else [*values[:3], "...", values[-1]]
    return ", ".join(map(str, shown))


def _decimals(number: float) -> int:
    """Return how many digits stand behind the point, six at most, so that a step of 0.1 says 0.2 and not 0.200."""
    return len(f"{number:.6f}".rstrip("0").partition(".")[2])
