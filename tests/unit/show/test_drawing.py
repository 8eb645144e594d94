"""Drawings: numbers for the page, a still for where no script runs, the same facts in both."""

import json

import numpy as np

from qlib.show.drawing import Drawing, DrawingView
from qlib.show.marks import Line, Rule
from qlib.show.panel import Axis, Panel
from qlib.show.picture import Picture

X = np.arange(5.0)


def drawing():
    return Drawing(
        Panel([Line(X, X)], Axis("step"), Axis("worth")), Panel([Line(X, -X)], share=2), alt="Two lines.", height=240
    )


def test_the_page_gets_numbers_and_words_only():
    told = json.loads(json.dumps(drawing().numbers(), allow_nan=False))
    assert [panel["share"] for panel in told["panels"]] == [1, 2]
    assert told["panels"][0]["x"]["label"] == "step" and told["panels"][0]["marks"][0]["y"] == [0, 1, 2, 3, 4]
    assert (told["height"], told["alt"]) == (240, "Two lines.")


def test_marks_are_added_on_top_and_the_axes_stay():
    base = drawing()
    more = base.with_marks(Rule(99, label="you said 99"), panel=1)
    assert len(more.panels[1].marks) == 2 and more.panels[1].marks[-1].label == "you said 99"
    assert more.panels[1].y == base.panels[1].y and len(base.panels[1].marks) == 1


def test_the_still_is_a_picture_with_the_same_words():
    still = drawing().still()
    assert isinstance(still, Picture) and still.alt == "Two lines."
    left, right = still.figure.axes
    assert left.get_xlabel() == "step" and left.lines[0].get_ydata().tolist() == X.tolist()
    assert right.get_position().width > 1.5 * left.get_position().width


def test_a_column_is_painted_from_top_to_bottom_and_stays_one_with_more_marks():
    panels = [Panel([Line(X, X)]), Panel([Line(X, -X)], share=2)]
    made = Drawing(*panels, alt="Two lines.", column=True).with_marks(Rule(1))
    assert made.numbers()["column"] and not drawing().numbers()["column"]
    above, below = (ax.get_position() for ax in made.still().figure.axes)
    assert above.y0 > below.y1 and below.height > 1.5 * above.height and above.x0 == below.x0


def test_two_columns_are_painted_row_by_row():
    made = Drawing(*[Panel([Line(X, X)], share=share) for share in (1, 1, 2, 2)], alt="Four lines.", column=2)
    assert made.numbers()["column"] == 2
    a, b, c, d = (ax.get_position() for ax in made.still().figure.axes)
    assert a.x0 == c.x0 < b.x0 == d.x0 and a.y0 == b.y0 > c.y1 == d.y1 and c.height > 1.5 * a.height


def test_a_view_that_is_shown_the_same_again_sends_nothing():
    view, seen = DrawingView(drawing=drawing().numbers()), []
    view.observe(lambda change: seen.append(change.name), "drawing")
    view.drawing = drawing().numbers()
    assert not seen
    view.close()


def test_colours_that_no_words_in_the_panels_can_say_have_a_key():
    made = Drawing(Panel([Line(X, X)]), alt="A line.", key=[("whole", "blue"), ("broken", "vermilion")])
    assert made.numbers()["key"] == [("whole", "blue"), ("broken", "vermilion")]
    (legend,) = made.still().figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["whole", "broken"]


def test_a_cell_that_ends_in_it_shows_it_alive_and_keeps_a_still():
    bundle = drawing()._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in data
    assert 'data-part="drawing"' in data["text/html"] and "<img" in data["text/html"]
    assert data["text/plain"] == "Drawing: Two lines."


def test_a_canvas_says_how_much_room_its_words_need_and_axes_need_none():
    canvas = Panel([], frame=(0, 0, 2, 1))
    assert Drawing(canvas, alt="A canvas.", width=700).numbers()["least"] == 420
    assert Drawing(canvas, alt="A canvas.", least=700).with_marks(Rule(1)).numbers()["least"] == 700
    assert drawing().numbers()["least"] == 0
