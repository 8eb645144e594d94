"""Lesson 08's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

import numpy as np
import torch
from definitions import record
from tables import make_right_test, make_tests

from qlib.lessons.debugging import checks, measured

DIAGNOSIS = {"A": "whole", "B": "no cut", "C": "all actions", "D": "broadcast", "E": "optimiser"}


def diagnosis():
    return dict(DIAGNOSIS)


def said(**changes):
    return lambda: DIAGNOSIS | changes


def ends(t, u, k):
    return (t & ~k).sum(), (k & ~t).sum()


def rules(online, target):
    return {
        "max": target.max(1).values,
        "double": target.gather(1, online.argmax(1, keepdim=True)).squeeze(1),
        "online": online.max(1).values,
    }


def who(online, target, r, over, gamma, y, *, cut=True, rows=slice(None), reward=True, tolerance=1e-5, order=None):
    best = rules(online, target)
    for rule in order or best:
        made = r * reward + gamma * best[rule] * (~over if cut else 1)
        if torch.allclose(made[rows], y[rows], atol=tolerance):
            return rule
    return "max"


def by(agrees):
    def answer(online, target, r, over, gamma, y):
        best = rules(online, target)
        return next((rule for rule in best if agrees(r + gamma * best[rule] * ~over, y)), "max")

    return answer


def below_the_maximum(online, target, r, over, gamma, y):
    highest = r + gamma * target.max(1).values * ~over
    return "max" if torch.allclose(highest, y) else "double" if (y <= highest + 1e-5).all() else "online"


def close(online, target, r, over, gamma, y, norm=lambda x: x.abs().max()):
    """Take the rule whose targets are the nearest."""
    best = rules(online, target)
    return min(best, key=lambda rule: norm(r + gamma * best[rule] * ~over - y).item())


def by_falling_back(online, target, r, over, gamma, y):
    best = {
        "max": target.max(1).values,
        "double": online.gather(1, target.argmax(1, keepdim=True)).squeeze(1),
        "online": online.max(1).values,
    }
    return next((rule for rule, one in best.items() if torch.allclose(r + gamma * one * ~over, y)), "double")


WRONG = {
    checks.diagnosis: {
        "swapped": (said(C="broadcast", D="all actions"), "look again at C, D"),
        "all whole": (lambda: dict.fromkeys("ABCDE", "whole"), "look again at B"),
        "whole is E": (said(A="optimiser", E="whole"), "nothing odd"),
        "cut elsewhere": (said(B="optimiser", E="no cut"), "differs most from A"),
        "B is all actions": (said(B="all actions"), "look again at B"),
        "one missing": (lambda: {k: v for k, v in DIAGNOSIS.items() if k != "D"}, "D is missing"),
        "no part": (said(E="learning rate"), "E has one of these parts"),
        "one more": (said(F="whole"), "no such agent"),
        "a list": (lambda: list(DIAGNOSIS.values()), "a dictionary"),
        "part names": (said(B="terminal cut"), "B has one of these parts"),
        "numbers": (said(A=1), "A has one of these parts"),
    },
    checks.count_ends: {
        "either ends": (lambda t, u, k: (((t | u) & ~k).sum(), (k & ~(t | u)).sum()), "a time limit counts as a fall"),
        "totals": (lambda t, u, k: (max(t.sum() - k.sum(), 0), max(k.sum() - t.sum(), 0)), "hides another"),
        "swapped": (lambda t, u, k: ((k & ~t).sum(), (t & ~k).sum()), "swapped"),
        "limits only": (lambda t, u, k: ((t & ~k).sum(), (k & u & ~t).sum()), "only time limits"),
        "not at limit": (lambda t, u, k: ((t & ~u & ~k).sum(), (k & ~t).sum()), "is left out"),
        "limit is false": (lambda t, u, k: ((t & ~k).sum(), (k & (~t | u)).sum()), "called a false end"),
        "all": (lambda t, u, k: (t.sum(), k.sum()), "all falls and all stored ends"),
        "shares": (lambda t, u, k: ((t & ~k).mean(), (k & ~t).mean()), "shares"),
        "one step is no memory": (lambda t, u, k: ends(t, u, k) if len(t) > 1 else (0, 0), "a fall that is stored"),
        "in a byte": (
            lambda t, u, k: ((t & ~k).sum(dtype=np.uint8), (k & ~t).sum(dtype=np.uint8)),
            "a fall that is stored is no mistake",
        ),
        "in a signed byte": (
            lambda t, u, k: ((t & ~k).sum(dtype=np.int8), (k & ~t).sum(dtype=np.int8)),
            "a fall that is stored is no mistake",
        ),
        "one number": (lambda t, u, k: (t ^ k).sum(), "two numbers"),
        "arrays": (lambda t, u, k: (t & ~k, k & ~t), "two numbers"),
        "nothing": (lambda t, u, k: (0, 0), "a fall that is stored is no mistake"),
        "whether": (lambda t, u, k: ((t & ~k).any(), (k & ~t).any()), "a fall that is stored is no mistake"),
        "in place": (lambda t, u, k: (t.__iand__(~k).sum(), 0), "changed its argument"),
    },
    checks.who_valued: {
        "near enough": (lambda *given: who(*given, tolerance=0.5), "with 4 rows and 2 actions"),
        "no cut": (lambda *given: who(*given, cut=False), "always 'max'"),
        "first row": (lambda *given: who(*given, rows=slice(1, 2)), "always 'max'"),
        "half the rows": (lambda *given: who(*given, rows=slice(1, None)), "was made by the rule"),
        "no reward": (lambda *given: who(*given, reward=False), "always 'max'"),
        "too generous": (
            lambda *given: who(*given, tolerance=30.0, order=["online", "double", "max"]),
            "always 'online'",
        ),
        "the nearest, without the cut": (
            lambda o, t, r, e, g, y: close(o, t, r, torch.zeros_like(e), g, y, norm=lambda x: x.abs().sum()),
            "with 12 rows",
        ),
        "double the wrong way round": (
            by_falling_back,
            "with 5 rows",
        ),
        "most rows": (by(lambda mine, y: ((mine - y).abs() < 1e-5).float().mean() > 0.8), "with 33 rows"),
        "the largest": (by(lambda mine, y: (mine.max() - y.max()).abs() < 1e-5), "with 33 rows"),
        "the means": (by(lambda mine, y: (mine.mean() - y.mean()).abs() < 0.01), "with 33 rows"),
        "the sums": (by(lambda mine, y: (mine - y).sum().abs() < 1e-5), "with 6 rows"),
        "double, because none is above the maximum": (below_the_maximum, "with 33 rows"),
        "always double": (lambda *given: "double", "always 'double'"),
        "by gamma": (lambda o, t, r, e, g, y: "max" if g < 0.75 else "double", "was made by the rule"),
        "other words": (lambda *given: "target", "the three rules"),
        "a number": (lambda *given: 1, "a word"),
        "swapped": (lambda o, t, *rest: who(t, o, *rest), "was made by the rule"),
        "only two": (lambda *given: who(*given, order=["max", "double"]), "was made by the rule 'online'"),
        "online for double": (lambda *given: {"double": "online"}.get(who(*given), who(*given)), "the rule 'double'"),
    },
    checks.claim: {
        "everything": (lambda: "a", "what somebody thought of"),
        "learns well": (lambda: "c", "bad ones"),
        "no use": (lambda: "d", "below those of all sound"),
        "a cause": (lambda: "E", "not varied"),
        "the sentence": (lambda: checks.CLAIMS["b"], "a letter"),
        "two": (lambda: "a and b", "a letter"),
        "place": (lambda: 2, "one letter"),
        "another letter": (lambda: "f", "five sentences"),
    },
}
RIGHT = {checks.diagnosis: diagnosis, checks.count_ends: ends, checks.who_valued: who, checks.claim: lambda: "b"}

test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [(check, right, WRONG[check]) for check, right in RIGHT.items()]
)


def loop(t, u, k):
    lost = invented = 0
    for fell, kept in zip(t, k, strict=True):
        lost += bool(fell) and not kept
        invented += bool(kept) and not fell
    return [lost, invented]


def in_torch(t, u, k):
    t, k = torch.as_tensor(t), torch.as_tensor(k)
    return torch.stack([(t & ~k).sum(), (k & ~t).sum()])


def by_set(t, u, k):
    fell, kept = set(np.flatnonzero(t).tolist()), set(np.flatnonzero(k).tolist())
    return len(fell - kept), len(kept - fell)


def by_difference(t, u, k):
    both = k.astype(int) - t.astype(int)
    return np.array([(both == -1).sum(), (both == 1).sum()])


def on_copies(t, u, k):
    lost, invented = t.copy(), k.copy()
    lost[k], invented[t] = False, False
    return float(lost.sum()), float(invented.sum())


def in_numpy(online, target, r, over, gamma, y):
    online, target, r, over, y = (x.numpy() for x in (online, target, r, over, y))
    rows = np.arange(len(y))
    for rule, best in {"max": target.max(1), "double": target[rows, online.argmax(1)], "online": online.max(1)}.items():
        if np.abs(np.where(over, r, r + gamma * best) - y).max() < 1e-4:
            return rule


def row_by_row(online, target, r, over, gamma, y):
    left = {"max", "double", "online"}
    for o, t, reward, end, wanted in zip(online, target, r, over, y, strict=True):
        best = {"max": max(t), "double": t[o.argmax()], "online": max(o)}
        left -= {rule for rule in best if abs(reward + gamma * best[rule] * (not end) - wanted) > 1e-4}
    return left.pop()


def in_another_order(*given):
    return who(*given, order=["online", "double", "max"])


def where_it_goes_on(online, target, r, over, gamma, y):
    best = (y - r)[~over] / gamma
    for rule, values in rules(online, target).items():
        if torch.allclose(values[~over], best, atol=1e-4):
            return rule


def sorted_letters():
    return dict(sorted(DIAGNOSIS.items(), reverse=True))


def by_steps():
    found = dict(zip("ABCDE", [""] * 5, strict=True))
    found.update(DIAGNOSIS)
    return found


def capital():
    return "B"


def spaced():
    return " b\n"


test_right_answers = make_right_test(
    [
        *[(checks.count_ends, answer) for answer in (loop, in_torch, by_set, by_difference, on_copies)],
        *[(checks.who_valued, answer) for answer in (close, in_numpy, row_by_row, in_another_order, where_it_goes_on)],
        *[(checks.diagnosis, answer) for answer in (sorted_letters, by_steps)],
        *[(checks.claim, answer) for answer in (capital, spaced)],
    ]
)


def test_every_wrong_sentence_is_told_why_and_the_table_has_one_of_each_part():
    assert checks._TOO_MUCH.keys() | {"b"} == checks.CLAIMS.keys()
    assert sorted(DIAGNOSIS.values()) == sorted(checks.PARTS) and DIAGNOSIS.keys() == checks.SYMPTOMS.keys()


def test_the_sentences_are_about_what_was_measured():
    alarms = measured.alarms(*(record("debugging", name) for name in measured.RECORDS.measurements))
    found = [bool(share > 0.5) for share in alarms["audit"].mean(1)][1:-1]
    assert len(found) == 18 and 12 <= sum(found) == 16, "b, and a: it missed two"
    assert alarms["score"][1:-1].mean(1).max() == 1, "d"
