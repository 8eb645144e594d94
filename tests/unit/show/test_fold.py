"""A fold shows its summary, and its lines as they were written."""

from qlib.show.drawing import Drawing
from qlib.show.fold import Fold
from qlib.show.marks import Line
from qlib.show.panel import Panel


def test_a_page_folds_the_lines_and_keeps_their_columns():
    fold = Fold("All <nine> rows", ["a   1", "b < 2"])
    assert fold._repr_html_() == (
        "<details><summary>All &lt;nine&gt; rows</summary><pre>a   1\nb &lt; 2</pre></details>"
    )
    assert repr(fold) == "All <nine> rows:\na   1\nb < 2"


def test_a_page_folds_a_drawing_and_can_draw_it():
    fold = Fold("Nine pairs", Drawing(Panel([Line([0, 1], [0, 1])]), alt="a line that rises"))
    shown = fold._repr_html_()
    assert shown.startswith("<details><summary>Nine pairs</summary>") and shown.endswith("</details>")
    assert 'alt="a line that rises"' in shown and "application/json" in shown
    assert repr(fold) == "Nine pairs:\nDrawing: a line that rises"
