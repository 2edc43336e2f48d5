"""What earlier values make of this one: small steps that add up, and tests that move by themselves."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import snapshot
from leakgate.comparison.accepting import LabelAcceptance
from leakgate.comparison.compare import MetricPair, compare
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.past import crept, moves_by_itself
from leakgate.comparison.result import Creep, MetricResult, Result, Side, Status, Verdict
from leakgate.config import DEFAULT, AcceptRule, Config, CreepAction, CreepRule, IgnoreRule, Limit
from leakgate.dhat.profile import Metric

LIMIT = Limit(ratio=1.5, min_delta=64)


@pytest.mark.parametrize(
    ("past", "head", "creep"),
    [
        ((1000, 1200, 1440), 1700, Creep(lowest=1000, commits=3)),  # 1.2× a time
        ((0, 40, 60), 100, Creep(lowest=0, commits=3)),  # from nothing, a few bytes a time
        ((1000, 1000, 1000, 1300), 1600, Creep(lowest=1000, commits=2)),  # since it was last as low
        ((1000, 1200, 1150, 1400), 1600, Creep(lowest=1000, commits=4)),  # a step back on the way
        ((1000, 1200, 1440), 1500, None),  # not over the limit yet
        ((1000, 1200, 1440, 1600), 1600, None),  # this change adds nothing
        ((1000, 1200), 2000, None),  # one step that crosses the limit is what the gate is for
        ((1000, 2000, 2100), 2200, None),  # that of 1000 to 2000 was reported when it came
        ((3000, 1000, 1200, 1440), 1700, Creep(lowest=1000, commits=3)),  # what was mended does not count
        ((1000, 1450, 1010, 1450, 1010, 1450), 1550, None),  # it goes up and down
        ((), 1600, None),
    ],
)
def test_small_steps_that_cross_the_limit_together(past: tuple[int, ...], head: int, creep: Creep | None) -> None:
    assert crept(LIMIT, past, MetricPair(past[-1] if past else 1000, head)) == creep


def test_where_growth_is_not_limited_nothing_creeps() -> None:
    assert crept(Limit(maximum=10, warn_ratio=1.1), (1000, 1200, 1440), MetricPair(1440, 1700)) is None
    assert crept(LIMIT, (1000, 1200), MetricPair(None, 1700)) is None
    assert crept(LIMIT, (1000, 1200), MetricPair(1200, None)) is None


@given(st.lists(st.integers(0, 10**6), min_size=1), st.integers(0, 10**6))
def test_what_is_called_creep_is_growth_over_the_limit_in_steps_within_it(past: list[int], head: int) -> None:
    found = crept(LIMIT, past, MetricPair(past[-1], head))
    if found:
        steps = [*past, head][-found.commits - 1 :]
        assert steps[0] == found.lowest == min(steps)
        assert head > found.lowest * 1.5
        assert all(after <= max(before * 1.5, before + 64) for before, after in pairwise(steps))


@pytest.mark.parametrize(
    ("past", "head", "moves"),
    [
        ((1000, 3000, 1000, 2900, 1000), 2900, True),
        ((3000, 1000, 3000, 1000), 3000, True),
        ((1000, 3000, 1000, 2900, 1000), 3001, False),  # higher than all but one of them
        ((1000, 3000, 3000, 3000, 1000), 3000, False),  # it grew and was mended
        ((1000, 1000), 3000, False),
        ((), 3000, False),
    ],
)
def test_a_test_that_came_back_from_as_high_more_than_once_moves(
    past: tuple[int, ...], head: int, *, moves: bool
) -> None:
    assert moves_by_itself(LIMIT, past, MetricPair(1000, head)) is moves


def test_an_absolute_limit_knows_no_past() -> None:
    limit = replace(LIMIT, maximum=2500)
    assert not moves_by_itself(limit, (1000, 3000, 1000, 2900, 1000), MetricPair(1000, 2900))
    assert not moves_by_itself(LIMIT, (1000, 3000, 1000, 2900, 1000), MetricPair(None, 2900))


def judged(head: int, *past: int, config: Config = DEFAULT) -> Result:
    base, now = snapshot(f"s3 put: gmax={past[-1]} end=0"), snapshot(f"s3 put: gmax={head} end=0")
    sides = Provenance(base=Side(fingerprint=base.fingerprint), head=Side(fingerprint=now.fingerprint))
    known = {"s3 put": {Metric.T_GMAX_BYTES: past}}
    return judge(compare(base, now), config, replace(sides, past=known))


def peak(result: Result) -> MetricResult:
    return result.tests[0].metrics[Metric.T_GMAX_BYTES]


KIB = 1024
STEPS = (10 * KIB, 12 * KIB, 14 * KIB)


def test_creep_warns_and_says_from_where() -> None:
    result = judged(17 * KIB, *STEPS)
    assert (result.verdict, result.tests[0].status) == (Verdict.PASS, Status.WARN)
    assert peak(result).limit == "1.5× and +4 KiB, crept from 10 KiB"
    assert peak(result).creep == Creep(lowest=10 * KIB, commits=3)


def test_creep_fails_or_is_not_looked_at_by_config() -> None:
    fails = judged(17 * KIB, *STEPS, config=replace(DEFAULT, creep=CreepRule(action=CreepAction.FAIL)))
    assert (fails.verdict, peak(fails).status) == (Verdict.FAIL, Status.FAIL)
    silent = judged(17 * KIB, *STEPS, config=replace(DEFAULT, creep=CreepRule(action=CreepAction.NONE)))
    assert (silent.verdict, peak(silent).status, peak(silent).creep) == (Verdict.PASS, Status.PASS, None)


def test_creep_can_be_accepted_by_label_and_by_entry() -> None:
    base, now = snapshot(f"s3 put: gmax={STEPS[-1]} end=0"), snapshot(f"s3 put: gmax={17 * KIB} end=0")
    sides = Provenance(base=Side(fingerprint=base.fingerprint), head=Side(fingerprint=now.fingerprint))
    origin = replace(sides, past={"s3 put": {Metric.T_GMAX_BYTES: STEPS}})
    entry = AcceptRule("s3 *", {Metric.T_GMAX_BYTES: 20 * KIB}, "meant", date(2027, 1, 1))
    fails = replace(DEFAULT, creep=CreepRule(action=CreepAction.FAIL))

    by_entry = judge(compare(base, now), replace(fails, accept=(entry,)), origin)
    by_label = judge(compare(base, now), fails, replace(origin, accepted_by=LabelAcceptance("ok", "alice")))

    assert [(peak(result).status, result.verdict) for result in (by_entry, by_label)] == [
        (Status.ACCEPTED, Verdict.PASS)
    ] * 2


def test_only_so_many_commits_are_looked_back_at_as_the_config_says() -> None:
    shortly = replace(DEFAULT, creep=CreepRule(last=2))
    assert peak(judged(17 * KIB, *STEPS, config=shortly)).status is Status.PASS


def test_a_test_that_moves_by_itself_warns_where_it_would_fail() -> None:
    result = judged(40 * KIB, 10 * KIB, 40 * KIB, 11 * KIB, 41 * KIB, 10 * KIB)
    assert (result.verdict, peak(result).status) == (Verdict.PASS, Status.WARN)
    assert peak(result).limit == "1.5× and +4 KiB, but it moves as far by itself"


def test_a_test_that_is_ignored_does_not_creep() -> None:
    rule = IgnoreRule(frame=None, test="s3 *", reason="known", expires=None)
    assert peak(judged(17 * KIB, *STEPS, config=replace(DEFAULT, ignore=(rule,)))).creep is None
