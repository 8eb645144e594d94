"""Lesson 10's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

from tables import make_tests

from qlib.lessons.carrot_and_stick import checks


def punished(gamma, steps, stick):
    return sum(gamma**k for k in range(steps - 1)) + gamma ** (steps - 1) * stick


def shaped(reward, now, later, terminated, gamma):
    return reward + gamma * later * (not terminated) - now


def loop(bonuses, gamma):
    return sum(gamma**k * bonus for k, bonus in enumerate(bonuses))


def mended(reward, terminated, truncated, stick, now, later, gamma):
    if terminated:
        reward, later = stick, 0.0
    return reward + gamma * later - now


def broken(reward, terminated, truncated, stick, now, later, gamma):
    return (stick if terminated or truncated else reward) + later - now


def full(n):
    return lambda g, k, s: sum(g**i for i in range(k + n))


PUNISHED = {
    "added": (lambda g, k, s: full(0)(g, k, s) + g ** (k - 1) * s, "it replaces it"),
    "late": (lambda g, k, s: full(0)(g, k, s) + g**k * s, "one step later"),
    "undiscounted": (lambda g, k, s: full(-1)(g, k, s) + s, "not discounted"),
    "left out": (lambda g, k, s: full(-1)(g, k, s), "left out"),
    "no stick": (full(0), "there is no stick"),
    "all sticks": (lambda g, k, s: s * full(0)(g, k, s), "each reward is replaced"),
    "constant": (lambda g, k, s: -1.0, "nothing but the stick"),
}
SHAPED = {
    "not 0 at the end": (lambda r, a, b, end, g: r + g * b - a, "terminal state is counted"),
    "no gamma": (lambda r, a, b, end, g: r + b * (not end) - a, "is not discounted"),
    "sign": (lambda r, a, b, end, g: r + a - g * b * (not end), "wrong way round"),
    "progress only": (lambda r, a, b, end, g: r + max(0, g * b * (not end) - a), "only progress is paid"),
    "no reward": (lambda r, a, b, end, g: g * b * (not end) - a, "own reward is lost"),
    "nothing": (lambda r, a, b, end, g: r, "the shaped reward is"),
}
LOOP = {
    "undiscounted": (lambda x, g: sum(x), "nothing is discounted"),
    "late": (lambda x, g: g * loop(x, g), "discounted already"),
    "progress only": (lambda x, g: loop([max(0, b) for b in x], g), "not what is charged"),
    "backwards": (lambda x, g: loop(x[::-1], g), "backwards"),
    "mean": (lambda x, g: sum(x) / len(x), "the mean is given"),
}
MENDED = {
    "all of them": (broken, "time limit is punished"),
    "no gamma": (lambda r, e, t, s, a, b, g: shaped(s if e else r, a, b, e, 1.0), "is not discounted"),
    "not 0 at the end": (
        lambda r, e, t, s, a, b, g: shaped(s if e else r, a, b, False, g),
        "terminal state is counted",
    ),
    "limit": (lambda r, e, t, s, a, b, g: shaped(s if e or t else r, a, b, e, g), "time limit is punished"),
    "cut at the limit": (lambda r, e, t, s, a, b, g: shaped(s if e else r, a, b, e or t, g), "cut at the time limit"),
    "no stick": (lambda r, e, t, s, a, b, g: shaped(r, a, b, e, g), "a fall pays this"),
    "not both": (lambda r, e, t, s, a, b, g: shaped(s if e and not t else r, a, b, e, g), "in the very step"),
}

test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (checks.punished_value, punished, PUNISHED),
        (checks.shaped_reward, shaped, SHAPED),
        (checks.loop_gain, loop, LOOP),
        (checks.mended_reward, mended, MENDED),
    ]
)


def test_each_fault_that_is_left_is_named():
    report = checks.mended_reward(broken)
    for words in ("time limit is punished", "terminal state is counted", "is not discounted"):
        assert words in report.message
