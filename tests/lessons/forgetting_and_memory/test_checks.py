"""Lesson 12's checks: each solution passes, and each plausible mistake gets the words that are meant for it."""

from itertools import pairwise

import numpy as np
import torch
from scipy import stats
from tables import make_right_test, make_tests

from qlib.lessons.forgetting_and_memory import change_check, checks, report_checks
from qlib.study.statistics import mean_interval


def falls_left(lengths, memory_size, since):
    left, newer = 0, since
    for length in reversed(lengths):
        left += newer < memory_size
        newer += length
    return left


def by_cumulated_lengths(lengths, memory_size, since):
    newer = since + np.concatenate([[0], np.cumsum(lengths[::-1])[:-1]])
    return (newer < memory_size).sum()


def by_a_whole_ring(lengths, memory_size, since):
    everything = [step == length - 1 for length in lengths for step in range(length)] + [False] * since
    return sum(everything[-memory_size:])


def by_a_deque_of_tensors(lengths, memory_size, since):
    total, left = sum(lengths) + since, 0
    for end in np.cumsum(lengths):
        left += int(total - end < memory_size)
    return torch.tensor(left)


def by_sums(lengths, memory_size, since):
    return float(len([k for k in range(len(lengths)) if since + sum(lengths[k + 1 :]) < memory_size]))


def by_popping_a_copy(lengths, memory_size, since):
    rest, left = list(lengths), 0
    while rest and since < memory_size:
        left += 1
        since += rest.pop()
    return left


def popping(lengths, memory_size, since):
    return by_popping_a_copy(lengths, memory_size, since) + 0 * len([lengths.pop()])


def next_slot(fallen, cursor, at_most=0.49):
    if fallen.mean() <= at_most:
        while fallen[cursor]:
            cursor = (cursor + 1) % len(fallen)
    return cursor


def three_at_most(fallen, cursor):
    near = [k % len(fallen) for k in range(cursor, cursor + 3) if not fallen[k % len(fallen)]]
    return near[0] if near and fallen.mean() < 0.5 else cursor


def by_rolling(fallen, cursor):
    if 2 * fallen.sum() >= len(fallen):
        return cursor
    return (cursor + np.roll(fallen, -cursor).argmin()) % len(fallen)


def by_a_for_loop(fallen, cursor):
    n = len(fallen)
    if sum(fallen) * 2 < n:
        for k in range(n):
            if not fallen[(cursor + k) % n]:
                return (cursor + k) % n
    return cursor


def by_free_slots(fallen, cursor):
    free = np.flatnonzero(~fallen)
    if len(free) <= len(fallen) / 2:
        return cursor
    later = free[free >= cursor]
    return later[0] if len(later) else free[0]


def by_tensors(fallen, cursor):
    flags = torch.from_numpy(fallen.copy()).float()
    return cursor if flags.mean() >= 0.5 else (cursor + torch.roll(flags, -cursor).argmin()) % len(flags)


def by_recursion(fallen, cursor):
    if np.mean(fallen) >= 0.5 or not fallen[cursor]:
        return cursor
    return by_recursion(fallen, (cursor + 1) % fallen.size)


def without_a_limit(fallen, cursor):
    while fallen[cursor]:
        cursor = (cursor + 1) % len(fallen)
    return cursor


def not_around(fallen, cursor):
    if fallen.mean() < 0.5:
        while fallen[cursor]:
            cursor += 1
    return cursor


def falls(scores):
    return scores[:-1] - scores[1:]


def largest_fall(scores):
    return falls(scores).argmax(), falls(scores).max()


def by_diff(scores):
    return [np.diff(scores).argmin(), -np.diff(scores).min()]


def by_loop(scores):
    before = max(range(len(scores) - 1), key=lambda k: scores[k] - scores[k + 1])
    return before, scores[before] - scores[before + 1]


def by_sorting(scores):
    return np.array([np.argsort(falls(scores))[-1], np.sort(falls(scores))[-1]])


def in_tensors(scores):
    drops = -torch.diff(torch.as_tensor(scores).double())
    return torch.stack([drops.argmax().double(), drops.max()])


def by_pairs(scores):
    return max(enumerate(a - b for a, b in pairwise(scores)), key=lambda pair: pair[1])


def alarm(rang, fell):
    hits = (rang & fell).sum()
    recall = hits / fell.sum() if fell.any() else float("nan")
    return recall, hits / rang.sum() if rang.any() else float("nan")


def by_selection(rang, fell):
    return (rang[fell].mean() if fell.any() else np.nan), (fell[rang].mean() if rang.any() else np.nan)


def by_counting(rang, fell):
    hits = sum(a and b for a, b in zip(rang, fell, strict=True))
    return [hits / sum(whole) if sum(whole) else np.nan for whole in (fell, rang)]


def by_products(rang, fell):
    with np.errstate(invalid="ignore"):
        return np.array([(rang * fell).sum()] * 2) / np.array([fell.sum(), rang.sum()])


def with_tensors(rang, fell):
    a, b = torch.from_numpy(rang).float(), torch.from_numpy(fell).float()
    return torch.stack([(a * b).sum() / b.sum(), (a * b).sum() / a.sum()])


def by_sets(rang, fell):
    a, b = set(np.flatnonzero(rang)), set(np.flatnonzero(fell))
    return tuple(len(a & b) / len(whole) if whole else float("nan") for whole in (b, a))


def change(ours, theirs, bar=475):
    """Give the two numbers; `verdict` gives the word."""
    return (ours - theirs).mean(), (ours >= bar).mean() - (theirs >= bar).mean()


def verdict(ours, theirs):
    return mean_interval(ours - theirs).verdict()


def all_three(ours, theirs):
    return *change(ours, theirs), verdict(ours, theirs)


def said(words):
    """Make an answer whose two numbers are right, and whose verdict is this function's."""
    return lambda ours, theirs: (*change(ours, theirs), words(ours, theirs))


def by_ends(value, half):
    return "above" if value - half > 0 else "below" if value + half < 0 else "open"


def standard_error(scores):
    return scores.std(ddof=1) / len(scores) ** 0.5


def t_of(n):
    return stats.t.ppf(0.975, n - 1)


def by_means(ours, theirs):
    score, interval = ours.mean() - theirs.mean(), mean_interval(list(ours - theirs))
    word = "ABOVE" if interval.low > 0 else "BELOW" if interval.high < 0 else "OPEN"
    return [score, np.mean((ours >= 475) * 1.0 - (theirs >= 475)), word]


def open_first(ours, theirs):
    interval = mean_interval(ours - theirs)
    return "open" if interval.low <= 0 <= interval.high else "above" if interval.value > 0 else "below"


def else_below(ours, theirs):
    interval = mean_interval(ours - theirs)
    return "open" if interval.low * interval.high <= 0 else "above" if interval.low > 0 else "below"


def by_lists(ours, theirs):
    n, differences = len(ours), [float(a - b) for a, b in zip(ours, theirs, strict=True)]
    mean = sum(differences) / n
    spread = (sum((d - mean) ** 2 for d in differences) / (n - 1)) ** 0.5
    share = sum((a >= 475) - int(b >= 475) for a, b in zip(ours, theirs, strict=True)) / n
    return mean, share, by_ends(mean, t_of(n) * spread / n**0.5)


def by_counts(ours, theirs):
    solved = [np.count_nonzero(x >= 475) / x.size for x in (ours, theirs)]
    low, high = stats.ttest_rel(ours, theirs).confidence_interval()
    return np.average(ours - theirs), solved[0] - solved[1], "above" if low > 0 else "open" if high >= 0 else "below"


def change_in_tensors(ours, theirs):
    a, b = torch.as_tensor(ours).double(), torch.as_tensor(theirs).double()
    share = (a >= 475).double().mean() - (b >= 475).double().mean()
    d = a - b
    return d.mean(), share, by_ends(d.mean(), t_of(len(d)) * d.std() / len(d) ** 0.5)


def by_stacking(ours, theirs):
    both = np.stack([ours, theirs])
    p = stats.ttest_1samp(ours - theirs, 0).pvalue
    word = "open" if p > 0.05 else "above" if ours.mean() > theirs.mean() else "below"
    return -np.diff(both.mean(1))[0], -np.diff((both >= 475).mean(1))[0], word


def last_by_transposing(scores):
    return scores.T[-1].mean()


def last_by_take(scores):
    return np.mean(np.take(scores, -1, axis=1))


def last_by_loop(scores):
    return sum(run[-1] for run in scores) / len(scores)


def last_in_tensors(scores):
    return torch.as_tensor(scores).double()[:, -1].mean()


def last_of_the_means(scores):
    return scores.mean(0)[-1]


def beside_the_verdict(numbers):
    return lambda ours, theirs: (*numbers(ours, theirs), verdict(ours, theirs))


CHANGES = {
    "turned round": (lambda ours, theirs: change(theirs, ours), "other way round"),
    "half turned": (
        lambda ours, theirs: (change(ours, theirs)[0], change(theirs, ours)[1]),
        "the share alone",
    ),
    "numbers": (
        lambda ours, theirs: (
            (ours - theirs).mean(),
            (ours >= 475).sum() - int((theirs >= 475).sum()),
        ),
        "not their shares",
    ),
    "above": (
        lambda ours, theirs: ((ours - theirs).mean(), (ours > 475).mean() - (theirs > 475).mean()),
        "475 itself",
    ),
    "sum": (lambda ours, theirs: ((ours - theirs).sum(), change(ours, theirs)[1]), "sum"),
    "median": (lambda ours, theirs: (np.median(ours - theirs), change(ours, theirs)[1]), "median"),
    "one only": (lambda ours, theirs: ((ours - theirs).mean(), (ours >= 475).mean()), "one variant only"),
    "ours only": (lambda ours, theirs: (ours.mean(), change(ours, theirs)[1]), "one variant only"),
    "solved by one only": (
        lambda ours, theirs: ((ours - theirs).mean(), ((ours >= 475) ^ (theirs >= 475)).mean()),
        "either way",
    ),
    "better": (lambda ours, theirs: ((ours - theirs).mean(), (ours > theirs).mean()), "are better"),
    "500": (lambda ours, theirs: change(ours, theirs, 500), "500 alone"),
    "swapped": (lambda ours, theirs: change(ours, theirs)[::-1], "swapped"),
    "percent": (lambda a, b: (change(a, b)[0], 100 * change(a, b)[1]), "percent"),
    "it subtracts": (
        lambda ours, theirs: (ours.__isub__(theirs).mean(), 0.0),
        "changed its argument `ours`",
    ),
}
VERDICTS = {
    "two numbers": (change, "three things are asked for"),
    "one number": (lambda a, b: (a - b).mean(), "three things are asked for"),
    "the word first": (lambda a, b: (verdict(a, b), *change(a, b)), "the first two are the mean change"),
    "another word": (said(lambda a, b: "shown"), "Expected one of above, below, open"),
    "the interval": (said(lambda a, b: mean_interval(a - b)), "Expected one of above, below, open"),
    "a flag": (said(lambda a, b: mean_interval(a - b).above()), "Expected one of above, below, open"),
    "the sign": (said(lambda a, b: by_ends((a - b).mean(), 0)), "the mean's sign decides"),
    "turned round": (said(lambda a, b: verdict(b, a)), "it is turned round"),
    "two intervals": (
        said(lambda a, b: by_ends((a - b).mean(), t_of(len(a)) * (standard_error(a) + standard_error(b)))),
        "each variant gets an interval of its own",
    ),
    "independent": (
        said(
            lambda a, b: (
                by_ends(-1, 0)
                if stats.ttest_ind(a, b).pvalue < 0.05 and a.mean() < b.mean()
                else by_ends(1, 0)
                if stats.ttest_ind(a, b).pvalue < 0.05
                else "open"
            )
        ),
        "taken for independent",
    ),
    "one alone": (said(lambda a, b: mean_interval(a).verdict()), "one variant alone"),
    "no root": (said(lambda a, b: by_ends((a - b).mean(), t_of(len(a)) * (a - b).std(ddof=1))), "by the root"),
    "1.96": (said(lambda a, b: by_ends((a - b).mean(), 1.96 * standard_error(a - b))), "too few for few seeds"),
    "one error": (said(lambda a, b: by_ends((a - b).mean(), standard_error(a - b))), "the interval is of 95 %"),
    "90 %": (said(lambda a, b: mean_interval(a - b, 0.9).verdict()), "of 90 %"),
    "99 %": (said(lambda a, b: mean_interval(a - b, 0.99).verdict()), "of more than 95 %"),
    "a level for one side": (said(lambda a, b: mean_interval(a - b, 0.975).verdict()), "of more than 95 %"),
    "divided by n": (
        said(lambda a, b: by_ends((a - b).mean(), t_of(len(a)) * (a - b).std() / len(a) ** 0.5)),
        "ddof=1",
    ),
    "of the shares": (
        said(lambda a, b: mean_interval((a >= 475) * 1.0 - (b >= 475)).verdict()),
        "the interval is that of the shares",
    ),
    "NaN above": (said(lambda a, b: open_first(a, b)), "an interval without ends, NaN, is called above"),
    "NaN below": (said(lambda a, b: else_below(a, b)), "an interval without ends, NaN, is called below"),
    "most seeds": (said(lambda a, b: by_ends(np.sign(a - b).sum(), 0)), "most seeds decide"),
    "all seeds": (
        said(lambda a, b: "above" if all(a > b) else "below" if all(a < b) else "open"),
        "all seeds have to agree",
    ),
    "the share": (said(lambda a, b: by_ends(change(a, b)[1], 0)), "the share of solved seeds decides"),
    "open": (said(lambda a, b: "open"), "each is called open"),
    "above or open": (said(lambda a, b: "above" if verdict(a, b) == "above" else "open"), "the mean difference is -29"),
    "one and a half": (
        said(lambda a, b: by_ends((a - b).mean(), 1.5 * standard_error(a - b))),
        "where the 95 % interval",
    ),
}

test_solutions, test_slips, test_mistakes, test_odd_answers = make_tests(
    [
        (
            checks.falls_left,
            falls_left,
            {
                "all": (lambda lengths, size, since: len(lengths), "whatever the ring has room for"),
                "those gone": (lambda x, size, since: len(x) - falls_left(x, size, since), "that have gone"),
                "whole episodes": (
                    lambda x, size, since: int((since + np.cumsum(x[::-1]) <= size).sum()),
                    "only whole episodes count",
                ),
                "no room for since": (lambda x, size, since: falls_left(x, size, 0), "take no room"),
                "the oldest": (lambda x, size, since: falls_left(x[::-1], size, since), "from the oldest"),
                "the mean": (lambda x, size, since: int(max(size - since, 0) // np.mean(x)), "mean length"),
                "one more": (lambda x, size, since: falls_left(x, size + 1, since), "has just gone"),
                "one less": (lambda x, size, since: falls_left(x, size - 1, since), "one transition too many"),
                "transitions": (lambda x, size, since: min(max(size - since, 0), sum(x)), "transitions are counted"),
                "a share": (lambda x, size, since: falls_left(x, size, since) / size, "share of falls"),
                "section 4": (lambda x, size, since: max(size - since, 0) // x[0], "transitions are kept"),
                "a constant": (lambda x, size, since: 2, "transitions are kept"),
                "it pops": (popping, "changed its argument `lengths`"),
            },
        ),
        (
            checks.next_slot,
            next_slot,
            {
                "three at most": (three_at_most, "with fallen a ring of 19"),
                "not quite half": (
                    lambda fallen, cursor: next_slot(fallen, cursor, at_most=0.45),
                    "with fallen a ring of 19",
                ),
                "the cursor": (lambda fallen, cursor: cursor, "a fall is overwritten"),
                "one on": (
                    lambda fallen, cursor: (cursor + (fallen[cursor] and fallen.mean() < 0.5)) % len(fallen),
                    "only one slot",
                ),
                "the first": (
                    lambda fallen, cursor: int((~fallen).argmax()) if fallen.mean() < 0.5 else cursor,
                    "wherever the cursor",
                ),
                "no limit": (without_a_limit, "however many there are"),
                "at half": (lambda fallen, cursor: next_slot(fallen, cursor, at_most=0.5), "exactly half"),
                "behind": (
                    lambda fallen, cursor: (
                        next_slot(fallen, (cursor + 1) % len(fallen)) if fallen.mean() < 0.5 else cursor
                    ),
                    "one slot behind the cursor",
                ),
                "backwards": (
                    lambda fallen, cursor: len(fallen) - 1 - next_slot(fallen[::-1], len(fallen) - 1 - cursor),
                    "backwards",
                ),
                "not around": (not_around, "your code raised IndexError"),
                "a third": (lambda fallen, cursor: next_slot(fallen, cursor, at_most=0.3), "so they are spared"),
                "the wrong way": (lambda fallen, cursor: cursor + 5, "slots hold falls"),
                "the slot behind": (
                    lambda fallen, cursor: (next_slot(fallen, cursor) + 1) % len(fallen),
                    "slots hold falls",
                ),
                "it writes": (
                    lambda fallen, cursor: (fallen.__setitem__(0, ~fallen[0]), cursor)[1],
                    "changed its argument `fallen`",
                ),
            },
        ),
        (
            report_checks.largest_fall,
            largest_fall,
            {
                "after": (lambda s: (falls(s).argmax() + 1, falls(s).max()), "after the fall"),
                "minus": (lambda s: (np.diff(s).argmin(), np.diff(s).min()), "minus sign"),
                "both": (lambda s: (np.diff(s).argmin() + 1, np.diff(s).min()), "both: "),
                "rise": (lambda s: (np.diff(s).argmax(), np.diff(s).max()), "largest rise"),
                "rise as fall": (
                    lambda s: (abs(np.diff(s)).argmax(), abs(np.diff(s)).max()),
                    "a rise is counted as a fall",
                ),
                "to the lowest": (lambda s: (s.argmax(), s.max() - s[s.argmax() :].min()), "over many examinations"),
                "to the last": (lambda s: (s.argmax(), s.max() - s[-1]), "its distance from the last"),
                "range": (lambda s: (s.argmax(), s.max() - s.min()), "in whatever order"),
                "swapped": (lambda s: (falls(s).max(), falls(s).argmax()), "swapped"),
                "smallest": (lambda s: (falls(s).argmin(), falls(s).min()), "smallest fall"),
                "looked up": (lambda s: (list(s).index(s[falls(s).argmax()]), falls(s).max()), "from 500 to 100"),
                "whole": (lambda s: (falls(s).argmax(), int(falls(s).max())), "no other neighbours"),
                "one number": (lambda s: falls(s).max(), "the examination's number, and the fall"),
                "own numbers": (lambda s: (2, 330.0), "no other neighbours"),
                "share": (lambda s: (falls(s).argmax(), (falls(s) / s[:-1]).max()), "no other neighbours"),
            },
        ),
        (
            report_checks.alarm,
            alarm,
            {
                "swapped": (lambda r, f: alarm(r, f)[::-1], "swapped"),
                "hits": (lambda r, f: ((r & f).sum(), (r & f).sum()), "not their share"),
                "of all": (lambda r, f: ((r & f).mean(), (r & f).mean()), "all examinations"),
                "recall twice": (lambda r, f: (alarm(r, f)[0],) * 2, "both are the recall"),
                "precision twice": (lambda r, f: (alarm(r, f)[1],) * 2, "both are the precision"),
                "false alarms": (lambda r, f: (alarm(r, f)[0], 1 - alarm(r, f)[1]), "*false*"),
                "missed": (lambda r, f: (1 - alarm(r, f)[0], alarm(r, f)[1]), "*missed*"),
                "or": (
                    lambda r, f: (
                        (r | f).sum() / f.sum() if f.any() else np.nan,
                        (r | f).sum() / r.sum() if r.any() else np.nan,
                    ),
                    "an alarm or a fall",
                ),
                "shares": (lambda r, f: (r.mean(), f.mean()), "whether they meet"),
                "0 for nothing": (lambda r, f: np.nan_to_num(alarm(r, f)), "given as 0"),
                "1 for nothing": (lambda r, f: np.nan_to_num(alarm(r, f), nan=1.0), "given as 1"),
                "one number": (lambda r, f: alarm(r, f)[0], "recall and precision"),
                "accuracy": (lambda r, f: ((r == f).mean(),) * 2, "recall and precision"),
                "nothing caught": (
                    lambda r, f: ((r & f).sum() / f.sum(), (r & f).sum() / max(r.sum(), 1)),
                    "it rang 0 times",
                ),
            },
        ),
        (
            report_checks.change,
            all_three,
            {name: (beside_the_verdict(numbers), words) for name, (numbers, words) in CHANGES.items()} | VERDICTS,
        ),
        (
            report_checks.mended_report,
            lambda scores: scores[:, -1].mean(),
            {
                "best of each": (lambda scores: scores.max(1).mean(), "best examination counts"),
                "best seed": (lambda scores: scores[:, -1].max(), "one seed counts, the best"),
                "worst seed": (lambda scores: scores[:, -1].min(), "one seed counts, the worst"),
                "last seed": (lambda scores: scores[-1, -1], "one seed counts, the last"),
                "best of all": (lambda scores: scores.max(), "best examination of the best seed"),
                "best column": (lambda scores: scores.mean(0).max(), "chosen afterwards"),
                "all": (lambda scores: scores.mean(), "all examinations"),
                "first": (lambda scores: scores[:, 0].mean(), "first examinations"),
                "rows": (lambda scores: scores[-1].mean(), "seeds are the rows"),
                "median": (lambda scores: np.median(scores[:, -1]), "median"),
                "sum": (lambda scores: scores[:, -1].sum(), "sum"),
                "sorted": (lambda scores: np.sort(scores)[:, -1].mean(), "best examination counts"),
                "each seed": (lambda scores: scores[:, -1], "at the end the"),
                "third column": (lambda scores: scores[:, min(2, scores.shape[1] - 1)].mean(), "nobody is left out"),
            },
        ),
    ]
)

test_right = make_right_test(
    [
        *((checks.falls_left, f) for f in (by_cumulated_lengths, by_a_whole_ring, by_a_deque_of_tensors)),
        *((checks.falls_left, f) for f in (by_sums, by_popping_a_copy)),
        *((checks.next_slot, f) for f in (by_rolling, by_a_for_loop, by_free_slots, by_tensors, by_recursion)),
        *((report_checks.largest_fall, f) for f in (by_diff, by_loop, by_sorting, in_tensors, by_pairs)),
        *((report_checks.alarm, f) for f in (by_selection, by_counting, by_products, with_tensors, by_sets)),
        *((report_checks.change, f) for f in (by_means, by_lists, by_counts, change_in_tensors, by_stacking)),
        *((report_checks.mended_report, f) for f in (last_by_transposing, last_by_take, last_by_loop, last_in_tensors)),
        (report_checks.mended_report, last_of_the_means),
    ]
)


def test_the_verdict_hangs_on_no_rounding_and_each_comes():
    found = [mean_interval(ours - theirs) for ours, theirs in change_check._cases()]
    assert {each.verdict() for each in found} == {"above", "below", "open"}
    assert min(abs(end) for each in found for end in each[1:]) > 1, "as every right way to compute it says"
