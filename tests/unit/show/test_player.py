"""The player: one script of all parts, in which no two names collide."""

import collections
import re

from qlib.show.player import player


def test_every_name_is_defined_once_and_nothing_is_left_of_the_modules():
    text = player()
    script = text.split('<script type="module">')[1]
    names = re.findall(r"^(?:export )?(?:async )?(?:const|let|function) (\w+)", script, re.MULTILINE)
    assert [name for name, count in collections.Counter(names).items() if count > 1] == []
    assert {"perform", "explore", "hang", "makeCanvas"} <= set(names)
    assert "import " not in re.sub(r"//.*", "", script) and "export default" not in script
    assert "--vermilion" in text and ".qlib-stage" in text and ".qlib-marks" in text
