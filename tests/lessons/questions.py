"""What tests of questions share: read all that a widget shows, and press a choice."""


def texts(widget):
    return " ".join([getattr(widget, "value", "") if isinstance(getattr(widget, "value", ""), str) else ""]
                    + [texts(child) for child in getattr(widget, "children", ())])  # fmt: skip


def press(question, label):
    next(c for c in question._controls if c.description == label).click()
