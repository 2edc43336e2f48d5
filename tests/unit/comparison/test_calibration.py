"""How far the same code moves between runs, and the limits that leave room for it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import FINGERPRINT, snapshot
from leakgate.comparison.calibration import Calibration, Movement, calibrate
from leakgate.comparison.compare import MetricPair, compare
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.limits import crossed
from leakgate.comparison.result import Result, Side, Status
from leakgate.config import DEFAULT, Config, IgnoreRule, Limit, LimitChange, TestRule
from leakgate.dhat.profile import Metric

KIB = 1024
GMAX, END = Metric.T_GMAX_BYTES, Metric.T_END_BYTES


def judged(config: Config, *lines: str) -> Result:
    return judge(
        compare(None, snapshot(*lines)), config, Provenance(base=None, head=Side(fingerprint=FINGERPRINT))
    )


def of(*runs: Sequence[str], config: Config = DEFAULT) -> Calibration:
    return calibrate([judged(config, *run) for run in runs], config)


def peaks(*values: int, config: Config = DEFAULT) -> list[Movement]:
    return list(of(*([f"s3 put: gmax={value} end=0"] for value in values), config=config).movements)


def test_what_moves_beyond_its_limit_gets_twice_its_spread_and_the_rest_is_counted() -> None:
    found = of(
        ["s3 put: gmax=10000 end=0", "s3 list: gmax=500 end=8", "s3 once: gmax=1 end=0"],
        ["s3 put: gmax=17000 end=0", "s3 list: gmax=500 end=8"],
        ["s3 put: gmax=12000 end=0", "s3 list: gmax=500 end=8"],
    )

    assert found == Calibration(
        runs=3,
        steady=1,
        movements=(
            Movement(
                test="s3 put",
                metric=GMAX,
                unit="bytes",
                lowest=10000,
                highest=17000,
                limit=DEFAULT.limits[GMAX],
                min_delta=14 * KIB,
                near_maximum=False,
            ),
        ),
        tighter={},
        partly=("s3 once",),
    )


@pytest.mark.parametrize(
    ("values", "why"),
    [((1000, 3000), "twice the spread is within min-delta"), ((100_000, 120_000), "it is within the ratio")],
)
def test_what_moves_within_its_limit_needs_no_other(values: tuple[int, ...], why: str) -> None:
    [movement] = peaks(*values)
    assert movement.min_delta is None, why


def test_a_ratio_that_warns_counts_as_well() -> None:
    config = replace(DEFAULT, limits={GMAX: Limit(ratio=2, warn_ratio=1.2, min_delta=4 * KIB)})
    [movement] = peaks(100_000, 120_000, config=config)
    assert movement.min_delta == 40 * KIB


def test_the_limits_of_a_rule_are_those_of_its_tests() -> None:
    rule = TestRule("s3 p*", {GMAX: LimitChange(min_delta=100 * KIB, maximum=40_000)})
    [movement] = peaks(10_000, 30_000, config=replace(DEFAULT, tests=(rule,)))
    assert (movement.min_delta, movement.near_maximum) == (None, True)


def test_what_nothing_limits_or_what_is_ignored_is_not_of_interest() -> None:
    ignore = (IgnoreRule(frame="cache::*", test=None, reason="x", expires=None),)
    whole = IgnoreRule(frame=None, test="s3 all", reason="x", expires=None)
    config = replace(DEFAULT, ignore=(*ignore, whole))
    site = "  cache::fill src/cache.rs:1: gmax={} end=0"
    found = of(
        ["s3 put: gmax=20000 end=0 total=1", site.format(10_000), "s3 all: gmax=1 end=0"],
        ["s3 put: gmax=80000 end=0 total=9", site.format(70_000), "s3 all: gmax=90000 end=0"],
        config=config,
    )
    assert (found.steady, found.movements) == (1, ())


def test_where_nothing_moves_at_all_limits_may_be_tighter() -> None:
    found = of(["s3 put: gmax=10 end=0"], ["s3 put: gmax=10 end=0"])
    assert found.tighter == {GMAX: Limit(ratio=1.1, min_delta=KIB), END: Limit(ratio=1.1, min_delta=16)}
    assert of(["s3 put: gmax=10 end=0"], ["s3 put: gmax=11 end=0"]).tighter == {}
    assert of([], []).tighter == {}


def test_blocks_are_counted_one_by_one() -> None:
    config = replace(DEFAULT, limits={Metric.T_END_BLOCKS: Limit(ratio=1.1)})
    found = of(["s3 put: t-end-blocks=3"], ["s3 put: t-end-blocks=4"], config=config)
    assert [movement.min_delta for movement in found.movements] == [2]


@given(st.lists(st.integers(0, 2**40), min_size=2, max_size=6))
def test_with_the_proposed_limit_none_of_the_runs_fails_against_another(values: list[int]) -> None:
    for movement in peaks(*values):
        change = LimitChange(min_delta=movement.min_delta)
        limit = change.applied_to(movement.limit)
        assert all(crossed(limit, MetricPair(a, b)) is Status.PASS for a in values for b in values)
        if movement.min_delta is not None:
            assert 2 * (max(values) - min(values)) <= movement.min_delta <= 2.5 * (max(values) - min(values)) + 64
