"""What the repository promises is asked of anybody's copy, however it is written."""

import pytest

from qlib.lessons.on_your_own import mending
from qlib.lessons.on_your_own.behaviour import ASKED, SOUND, alike, answers


@pytest.fixture(scope="module")
def whole():
    return answers(SOUND, 0)


def test_a_copy_that_is_whole_gives_the_same_answers_and_none_of_them_is_an_error(whole):
    again = answers(SOUND, 0)
    assert all(alike(whole[question], again[question]) for question in ASKED)
    assert not [answer for answer in whole.values() if isinstance(answer, str)]
    other = answers(SOUND, 1)
    assert sum(alike(whole[question], other[question]) for question in ASKED) <= 5, "most depend on the inputs"


OTHERWISE = {
    "a deque and numpy": ("memory.py", "rows = torch.randint(len(self), (n,), generator=generator)",
        "import numpy as np\n        rng = np.random.default_rng(int(torch.randint(10**9, (), generator=generator)))\n"
        "        rows = torch.from_numpy(rng.integers(len(self), size=n))"),
    "torch.where": ("agent.py", "return batch.rewards + self.gamma * best * ~batch.terminated",
        "return batch.rewards + torch.where(batch.terminated, 0.0, self.gamma * best)"),
    "an index": ("agent.py", "taken = values.gather(1, batch.actions.unsqueeze(1)).squeeze(1)",
        "taken = values[torch.arange(len(values)), batch.actions]"),
    "by hand": ("network.py", "slow.lerp_(quick, share)", "slow.copy_((1 - share) * slow + share * quick)"),
    "numpy draws": ("agent.py", "return int(torch.randint(2, (), generator=self.generator))",
        "return int(torch.rand((), generator=self.generator) * 2)"),
}  # fmt: skip


@pytest.mark.parametrize("way", OTHERWISE)
def test_other_ways_that_are_right_break_nothing(way, tmp_path, whole):
    mending._write(tmp_path / "copy", [])
    file, here, there = OTHERWISE[way]
    path = tmp_path / "copy" / file
    assert path.read_text().count(here) == 1
    path.write_text(path.read_text().replace(here, there))
    found = answers(tmp_path / "copy", 0)
    assert [question for question in ASKED if not alike(whole[question], found[question])] == []
