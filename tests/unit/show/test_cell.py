"""What every widget of a cell has in common: one a name, and what two panels share around their job."""

import gc

import ipywidgets
import pytest
from waiting import wait

from qlib.show.cell import CellWidget, JobPanel, button, status
from qlib.show.job import Job


class Word(CellWidget):
    def _still(self):
        return {"text/plain": "a word"}


class Waiting(Job):
    def _work(self):
        while True:
            self._obey()


class Panel(JobPanel):
    def __init__(self, name="one"):
        self._make("Begin", lambda: self._job.start())
        self.shown = []
        super().__init__(name, [self._start_button, self.stop_button, self._text, self._message])
        self._take(Waiting(self.refresh))

    def refresh(self, job):
        if self._follow(job):
            self.shown.append(job.state)
            self._say(job.state)

    def _still(self):
        return {"text/plain": "a panel"}


@pytest.fixture
def panel(monkeypatch):
    monkeypatch.delenv("QLIB_STILL", raising=False)
    made = Panel()
    yield made
    made.close()


def test_the_latest_of_a_name_stays_open_and_leaves_nothing_of_the_former():
    gc.collect()
    before = len(ipywidgets.widgets.widget._instances)
    shared = ipywidgets.IntSlider()
    first, other = Word("a", [shared, ipywidgets.HTML()]), Word("b", [])
    last = Word("a", [shared])
    assert first.comm is None and first.children[1].comm is None
    assert shared.comm is not None, "its successor shows it"
    assert other.comm is not None and last.comm is not None
    for one in (first, last, other):
        one.close()
    assert len(ipywidgets.widgets.widget._instances) == before


def test_where_no_widget_runs_its_words_stand():
    word = Word("a", [])
    bundle = word._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/plain"] == "a word"
    word.close()


def test_the_buttons_follow_the_job(panel):
    assert panel.stop_button.disabled and not panel._start_button.disabled
    panel._start_button.click()
    wait(lambda: panel.readout == "running")
    assert panel._start_button.disabled and not panel.stop_button.disabled
    panel._job.pause()
    wait(lambda: panel.readout == "paused")
    assert not panel._start_button.disabled and not panel.stop_button.disabled
    panel.stop_button.click()
    wait(lambda: panel.readout == "stopped")
    assert panel.stop_button.disabled and not panel._start_button.disabled


def test_a_job_that_was_replaced_ends_and_is_not_shown(panel):
    former = panel._job
    panel._start_button.click()
    wait(lambda: former.alive)
    panel._take(Waiting(panel.refresh))
    assert not former._thread.is_alive()
    panel.shown.clear()
    panel.refresh(former)
    assert not panel.shown


def test_a_panel_that_is_replaced_ends_its_job(panel):
    panel._start_button.click()
    wait(lambda: panel._job.alive)
    last = Panel()
    assert not panel._job._thread.is_alive()
    last.close()


def test_a_still_panel_shows_the_end_only(monkeypatch):
    monkeypatch.setenv("QLIB_STILL", "1")
    panel = Panel("still")
    panel._job.start()
    wait(lambda: panel._job.state == "running")
    panel._job.stop()
    wait(lambda: not panel._job.alive)
    assert panel.shown == ["stopped"]
    panel.close()


def test_a_readout_is_spoken_when_the_job_rests(panel):
    """Eight changes a second would leave a screen reader no word for anything else."""
    panel._job.state = "running"
    panel._say("step 1")
    assert 'aria-live="off"' in panel._text.value
    panel._job.state = "finished"
    panel._say("a < b")
    assert 'aria-live="polite"' in panel._text.value and "a &lt; b" in panel._text.value
    assert 'role="status"' in status("words")


def test_a_button_acts_on_each_click():
    done = []
    one = button("Go", "play", lambda: done.append(1))
    one.click()
    one.click()
    assert done == [1, 1]
    one.close()
