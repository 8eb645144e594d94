"""A fold shows its summary, and its lines as they were written."""

from qlib.show.fold import Fold


def test_a_page_folds_the_lines_and_keeps_their_columns():
    fold = Fold("All <nine> rows", ["a   1", "b < 2"])
    assert fold._repr_html_() == (
        "<details><summary>All &lt;nine&gt; rows</summary><pre>a   1\nb &lt; 2</pre></details>"
    )
    assert repr(fold) == "All <nine> rows:\na   1\nb < 2"
