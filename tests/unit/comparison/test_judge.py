"""The gate's word: which growth crosses a limit, and where it is said to come from."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import FINGERPRINT, snapshot
from leakgate.comparison.compare import MetricPair, compare
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.limits import ceiling, crossed, describe
from leakgate.comparison.result import FailedTest, Result, Side, Status, TestResult, Verdict
from leakgate.config import DEFAULT, Config, IgnoreRule, Limit
from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Measurement, Site, Snapshot
from leakgate.snapshot.repeats import merge_runs
from leakgate.statistic import Statistic


def judged(base: Snapshot | None, head: Snapshot, config: Config = DEFAULT, **origin: object) -> Result:
    sides = Provenance(
        base=Side(fingerprint=base.fingerprint) if base else None, head=Side(fingerprint=head.fingerprint)
    )
    return judge(compare(base, head), config, replace(sides, **origin))  # type: ignore[arg-type]  # as given


def statuses(result: Result) -> dict[str, str]:
    return {test.name: str(test.status) for test in result.tests}


def only(result: Result) -> TestResult:
    (test,) = result.tests
    return test


@pytest.mark.parametrize(
    ("limit", "base", "head", "expected"),
    [
        # ratio and min-delta must both be exceeded, and exactly at the limit is within it
        (Limit(ratio=1.5, min_delta=64), 1000, 1500, Status.PASS),
        (Limit(ratio=1.5, min_delta=64), 1000, 1501, Status.FAIL),
        (Limit(ratio=1.5, min_delta=64), 10, 74, Status.PASS),
        (Limit(ratio=1.5, min_delta=64), 10, 75, Status.FAIL),
        (Limit(ratio=1.0), 10, 11, Status.FAIL),
        (Limit(ratio=1.5, min_delta=64), 1000, 10, Status.PASS),
        # with a base of 0 only the bytes decide
        (Limit(ratio=1.5, min_delta=64), 0, 64, Status.PASS),
        (Limit(ratio=1.5, min_delta=64), 0, 65, Status.FAIL),
        (Limit(ratio=1.5), 0, 0, Status.PASS),
        # an absolute limit needs no base
        (Limit(maximum=100), None, 100, Status.PASS),
        (Limit(maximum=100), None, 101, Status.FAIL),
        (Limit(maximum=0), None, 1, Status.FAIL),
        (Limit(maximum=100, ratio=1.5), 101, 101, Status.FAIL),
        # without a base growth is not judged
        (Limit(ratio=1.5, warn_ratio=1.1), None, 10**12, Status.PASS),
        # warn-ratio
        (Limit(ratio=1.5, warn_ratio=1.2), 100, 121, Status.WARN),
        (Limit(ratio=1.5, warn_ratio=1.2), 100, 151, Status.FAIL),
        (Limit(warn_ratio=1.2), 100, 1000, Status.WARN),
        (Limit(warn_ratio=1.2, min_delta=900), 100, 1000, Status.PASS),
        # nothing measured, nothing limited
        (Limit(ratio=1.5, maximum=0), 100, None, Status.PASS),
        (Limit(), 1, 10**12, Status.PASS),
    ],
)
def test_a_limit(limit: Limit, base: int | None, head: int | None, expected: Status) -> None:
    assert crossed(limit, MetricPair(base, head)) == expected


@given(
    limit=st.builds(
        Limit,
        ratio=st.none() | st.floats(1, 3),
        min_delta=st.integers(0, 100),
        maximum=st.none() | st.integers(0, 10**6),
    ),
    base=st.none() | st.integers(0, 10**6),
)
def test_the_ceiling_is_the_largest_value_that_does_not_fail(limit: Limit, base: int | None) -> None:
    highest = ceiling(limit, base)
    if highest is None:
        assert crossed(limit, MetricPair(base, 10**12)) != Status.FAIL
    else:
        assert crossed(limit, MetricPair(base, highest)) != Status.FAIL
        assert crossed(limit, MetricPair(base, highest + 1)) == Status.FAIL


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Limit(ratio=1.5, min_delta=4096), "1.5× and +4 KiB"),
        (Limit(ratio=2), "2×"),
        (Limit(warn_ratio=1.2, min_delta=64), "1.2× (warns) and +64 B"),
        (Limit(ratio=1.2, maximum=2 * 2**20), "1.2×, max 2 MiB"),
        (Limit(maximum=0), "max 0 B"),
        (Limit(min_delta=64), None),
    ],
)
def test_a_limit_in_words(limit: Limit, words: str | None) -> None:
    assert describe(limit, "bytes") == words


def test_growth_fails_and_everything_else_is_named() -> None:
    base = snapshot("s3 grows: gmax=100000 end=0", "s3 same: gmax=100 end=0", "s3 gone: gmax=1 end=0")
    head = snapshot("s3 grows: gmax=150001 end=0", "s3 same: gmax=100 end=0", "s3 new: gmax=10000000 end=9999")
    result = judged(base, head)
    assert result.verdict == Verdict.FAIL
    assert statuses(result) == {"s3 grows": "fail", "s3 new": "new", "s3 gone": "gone", "s3 same": "pass"}
    grown = result.tests[0].metrics[Metric.T_GMAX_BYTES]
    assert (grown.base, grown.head, grown.delta, grown.ratio) == (100000, 150001, 50001, 1.50001)
    assert (grown.status, grown.limit) == (Status.FAIL, "1.5× and +4 KiB")


def test_a_new_test_is_held_against_absolute_limits() -> None:
    config = replace(DEFAULT, limits={Metric.T_END_BYTES: Limit(ratio=1.5, maximum=100)})
    result = judged(snapshot("s3 a: end=0"), snapshot("s3 a: end=0", "s3 b: end=101"), config)
    assert statuses(result) == {"s3 b": "fail", "s3 a": "pass"}


def test_without_a_baseline_nothing_passes_silently() -> None:
    result = judged(None, snapshot("s3 a: gmax=10000000 end=10000000"))
    assert (result.verdict, statuses(result)) == (Verdict.NO_BASELINE, {"s3 a": "pass"})


def test_without_a_baseline_absolute_limits_still_hold() -> None:
    config = replace(DEFAULT, limits={Metric.T_END_BYTES: Limit(maximum=0)})
    assert judged(None, snapshot("s3 a: end=1"), config).verdict == Verdict.FAIL


def test_another_fingerprint_is_incomparable_never_a_regression() -> None:
    base = snapshot("s3 a: gmax=1 end=0", fingerprint=FINGERPRINT | {"rustc": "1.80.0"})
    result = judged(base, snapshot("s3 a: gmax=10000000 end=10000000"))
    assert result.verdict == Verdict.INCOMPARABLE
    assert only(result).metrics[Metric.T_GMAX_BYTES].base is None


def test_a_fingerprint_field_that_one_side_does_not_know_is_no_difference() -> None:
    base = snapshot("s3 a: end=0", fingerprint={"profiler": "dhat-rs"})
    assert judged(base, snapshot("s3 a: end=0")).verdict == Verdict.PASS


def test_a_metric_that_one_side_did_not_measure_is_not_zero() -> None:
    result = judged(snapshot("s3 a: total=10"), snapshot("s3 a: total=10 end=99999"))
    end = only(result).metrics[Metric.T_END_BYTES]
    assert (end.base, end.head, end.delta, end.status) == (None, 99999, None, Status.PASS)


def test_failed_tests_leave_no_verdict_but_the_others_are_judged() -> None:
    base = snapshot("s3 a: end=0", "s3 b: end=0")
    failed = (FailedTest(name="s3 b", reason="killed by SIGSEGV"),)
    result = judged(base, snapshot("s3 a: end=5000"), problems=("1 of the tests failed.",), failed=failed)
    assert result.verdict == Verdict.ERROR
    assert statuses(result) == {"s3 a": "fail"}  # s3 b is named as failed: it is not gone


def test_too_few_tests_measured_is_no_green_run() -> None:
    base = snapshot("s3 a: end=0", "s3 b: end=0", "s3 c: end=0")
    assert judged(base, snapshot("s3 a: end=0", "s3 b: end=0")).verdict == Verdict.PASS
    result = judged(base, snapshot("s3 a: end=0"))
    assert result.verdict == Verdict.ERROR
    (problem,) = result.problems
    assert problem == (
        "2 of the 3 tests in the baseline were not measured, more than the 50% that `max-missing` allows. "
        "If the command chooses tests, leave that out; if they were removed on purpose, save a new baseline."
    )
    assert judged(base, snapshot("s3 a: end=0"), replace(DEFAULT, max_missing=0.7)).verdict == Verdict.PASS


def test_sites_are_sorted_by_what_they_add_and_add_up() -> None:
    base = snapshot(
        "s3 a: gmax=10000 end=0",
        "  s3::steady src/lib.rs:3: gmax=5000 end=0",
        "  s3::grown src/lib.rs:5: gmax=1000 end=0",
    )
    head = snapshot(
        "s3 a: gmax=100000 end=0",
        "  s3::steady src/lib.rs:4: gmax=5000 end=0",
        "  s3::grown src/lib.rs:7: gmax=21000 end=0",
        "  s3::put src/put.rs:9 via alloc::vec::Vec::push: gmax=60000 end=0",
    )
    sites = only(judged(base, head)).sites
    assert [(s.function, s.file, s.line, s.delta[Metric.T_GMAX_BYTES]) for s in sites] == [
        ("s3::put", "src/put.rs", 9, 60000),
        ("s3::grown", "src/lib.rs", 7, 20000),
        (None, None, None, 10000),
    ]
    assert sites[0].base == {}


def test_the_function_that_added_most_in_all_its_lines_leads_and_what_std_takes_comes_last() -> None:
    head = snapshot(
        "s3 a: gmax=0 end=3000",
        "  s3::one src/lib.rs:3: gmax=0 end=500",
        "  s3::two src/lib.rs:5 via alloc::vec::Vec::push: gmax=0 end=300",
        "  s3::two src/lib.rs:6 via alloc::boxed::Box::new: gmax=0 end=400",
        "  std::sys::stack_overflow::Handler::new a/stack_overflow.rs:12: gmax=0 end=1500",
    )
    sites = only(judged(snapshot("s3 a: gmax=0 end=0"), head)).sites
    assert [(site.function, site.line) for site in sites[:-1]] == [
        ("s3::two", 6),
        ("s3::two", 5),
        ("s3::one", 3),
        ("std::sys::stack_overflow::Handler::new", 12),
    ]


def test_a_leak_comes_before_a_higher_peak() -> None:
    head = snapshot(
        "s3 a: gmax=900000 end=1000",
        "  s3::peak src/lib.rs:3: gmax=899000 end=0",
        "  s3::leak src/lib.rs:5: gmax=1000 end=1000",
    )
    sites = only(judged(snapshot("s3 a: gmax=0 end=0"), head)).sites
    assert [site.function for site in sites] == ["s3::leak", "s3::peak"]


def test_a_test_keeps_fifty_sites_and_of_very_many_tests_the_later_ones_keep_ten() -> None:
    lines = [
        line
        for test in range(101)
        for line in (
            f"s3 t{test:03}: gmax=0 end={600_000 - test}",
            *(f"  s3::f{n:02} src/lib.rs:{n + 1}: gmax=0 end={10_000 - n}" for n in range(60)),
        )
    ]
    base = snapshot(*(f"s3 t{test:03}: gmax=0 end=0" for test in range(101)))
    *many, last = judged(base, snapshot(*lines)).tests
    assert [len(test.sites) for test in (*many, last)] == [51] * 100 + [11]
    for test in (many[0], last):
        assert sum(site.delta[Metric.T_END_BYTES] for site in test.sites) == test.metrics[Metric.T_END_BYTES].delta


def test_an_ignored_frame_is_left_out_on_both_sides_and_counted() -> None:
    rule = IgnoreRule(frame="cache::*", test=None, reason="filled once", expires=date(2030, 1, 1))
    config = replace(DEFAULT, ignore=(rule,))
    base = snapshot("s3 a: gmax=1000 end=1000", "  s3::leak src/lib.rs:3: gmax=1000 end=1000")
    head = snapshot(
        "s3 a: gmax=51000 end=51000",
        "  s3::leak src/lib.rs:3: gmax=1000 end=1000",
        "  cache::fill src/cache.rs:5: gmax=50000 end=50000",
    )
    result = judged(base, head, config)
    assert result.verdict == Verdict.PASS
    assert only(result).metrics[Metric.T_END_BYTES].head == 1000
    (ignored,) = result.ignored
    assert (ignored.rule, ignored.expires, ignored.tests, ignored.t_end_bytes) == (
        "cache::*",
        "2030-01-01",
        1,
        50000,
    )


def test_an_ignored_test_is_shown_as_such() -> None:
    config = replace(DEFAULT, ignore=(IgnoreRule(frame=None, test="s3 *", reason="flaky", expires=None),))
    result = judged(snapshot("s3 a: end=0"), snapshot("s3 a: end=99999"), config)
    assert (result.verdict, statuses(result)) == (Verdict.PASS, {"s3 a": "ignored"})
    assert result.ignored[0].t_end_bytes == 99999


def test_an_ignore_rule_that_matches_nothing_is_named() -> None:
    config = replace(DEFAULT, ignore=(IgnoreRule(frame="gone::*", test=None, reason="old", expires=None),))
    result = judged(snapshot("s3 a: end=0"), snapshot("s3 a: end=0"), config)
    assert result.warnings == ("The ignore rule `gone::*` matched nothing in this run; it may be out of date.",)


PAST = {"s3 a": {Metric.T_GMAX_BYTES: tuple(range(20)), Metric.TOTAL_BYTES: (1, 2)}, "s3 gone": {}}


def test_the_trend_is_the_last_values_of_what_is_limited() -> None:
    one = snapshot("s3 a: gmax=19 end=0 total=2", "s3 new: gmax=1 end=0 total=1")
    first, second = judged(one, one, past=PAST).tests
    assert first.metrics[Metric.T_GMAX_BYTES].trend == tuple(range(8, 20))
    assert first.metrics[Metric.T_END_BYTES].trend == ()
    assert first.metrics[Metric.TOTAL_BYTES].trend == ()  # nothing limits it
    assert all(row.trend == () for row in second.metrics.values())


def test_there_is_no_trend_where_values_cannot_be_held_against_each_other() -> None:
    head = snapshot("s3 a: gmax=19 end=0", "  cache::fill src/cache.rs:5: gmax=9 end=0")
    rule = IgnoreRule(frame="cache::*", test=None, reason="filled once", expires=None)
    other = snapshot("s3 a: gmax=1 end=0", fingerprint=FINGERPRINT | {"rustc": "1.80.0"})
    for result in (
        judged(head, head, replace(DEFAULT, ignore=(rule,)), past=PAST),  # what it held before is not known
        judged(other, head, past=PAST),
        judged(None, head, past=PAST),
    ):
        assert only(result).metrics[Metric.T_GMAX_BYTES].trend == ()


METRICS = (Metric.T_GMAX_BYTES, Metric.T_END_BYTES, Metric.TOTAL_BYTES)
BODIES = {"a::put": tuple(range(24)), "a::insert": tuple(range(24)), "cache::fill": (1,)}
functions = st.sampled_from(["a::put", "a::insert", "a::get", "cache::fill", "t"])
chains = st.tuples(st.sampled_from(["push", "spawn"]), functions, functions) | st.tuples(functions, functions)


@st.composite
def measurements(draw: st.DrawFn) -> Measurement:
    """A test whose sites may hold less than it, and may be told apart by their lines alone."""
    metrics = draw(st.lists(st.sampled_from(METRICS), min_size=1, unique=True))
    of_site = st.fixed_dictionaries({metric: st.integers(0, 10) for metric in metrics})
    sites = [
        Site(chain=chain, text=text, function=chain[-2], counts=draw(of_site))
        for chain, text in draw(
            st.lists(st.tuples(chains, st.sampled_from(["", "x", "y"])), max_size=24, unique=True)
        )
    ]
    totals = {m: sum(site.counts[m] for site in sites) + draw(st.integers(0, 5)) for m in metrics}
    return Measurement(test="s3 a", metrics=totals, sites=tuple(sites))


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Of one test, run once or several times."""
    runs = draw(st.lists(measurements(), min_size=1, max_size=3))
    return Snapshot(
        fingerprint=draw(st.sampled_from([FINGERPRINT, FINGERPRINT | {"rustc": "1.80.0"}])),
        tests=(merge_runs(runs, draw(st.sampled_from(Statistic))),),
        functions=draw(st.sampled_from([{}, BODIES])),
    )


@given(
    base=st.none() | snapshots(),
    head=snapshots(),
    ignored=st.lists(st.sampled_from(["cache::*", "a::put", "push", "a::*"]), max_size=2),
)
def test_sites_and_residual_always_add_up_to_the_tests_figures(
    base: Snapshot | None, head: Snapshot, ignored: list[str]
) -> None:
    nothing_may_grow = {metric: Limit(ratio=1.0, maximum=60) for metric in METRICS}
    rules = tuple(IgnoreRule(frame=glob, test=None, reason="known", expires=None) for glob in ignored)
    test = only(judged(base, head, replace(DEFAULT, limits=nothing_may_grow, ignore=rules)))
    assert bool(test.sites) == (test.status == Status.FAIL)
    for metric, row in test.metrics.items() if test.sites else ():
        assert sum(site.head.get(metric, 0) for site in test.sites) == (row.head or 0)
        assert sum(site.base.get(metric, 0) for site in test.sites) == (row.base or 0)
        assert sum(site.delta[metric] for site in test.sites) == (row.head or 0) - (row.base or 0)


def test_a_limited_metric_that_is_no_longer_measured_is_no_pass() -> None:
    result = judged(
        snapshot("s3 a: gmax=10 end=0", "s3 b: gmax=1 end=0"), snapshot("s3 a: gmax=10", "s3 b: gmax=1")
    )
    assert result.verdict == Verdict.ERROR
    assert result.problems == (
        "`t-end-bytes` has a limit and a baseline, and was not measured now: `s3 a` and 1 more.",
    )


def test_a_run_in_which_nothing_has_a_limit_is_no_pass() -> None:
    events = snapshot("s3 a: total=10 total-blocks=2")
    result = judged(events, events)
    assert result.verdict == Verdict.ERROR
    assert result.problems == (
        "Nothing was judged: none of the measured metrics (`total-bytes`, `total-blocks`) has a limit.",
    )
