"""Every lesson of a folder is run, and a cell that raises is not passed over."""

import nbclient
import nbformat
import pytest
import run_all


def write(path, *cells):
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]), path)


def test_lessons_are_run_where_they_are(tmp_path, capsys):
    write(tmp_path / "01_one.ipynb", "import pathlib\npathlib.Path('ran').touch()")
    run_all.main([str(tmp_path)])
    assert (tmp_path / "ran").exists() and "01_one" in capsys.readouterr().out


def test_what_a_cell_raises_is_raised(tmp_path):
    write(tmp_path / "01_one.ipynb", "1 / 0")
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="ZeroDivisionError"):
        run_all.run(tmp_path / "01_one.ipynb")
