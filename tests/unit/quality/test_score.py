"""Every rule by which leakgate is held against the truth."""

from collections.abc import Mapping

import pytest
from quality.cases import Case, Regression, ZooError
from quality.outcome import Alarm, Found, Named, Outcome
from quality.score import same_function, score

from leakgate.comparison.result import (
    Cause,
    IgnoredGrowth,
    MetricResult,
    Result,
    Side,
    SiteResult,
    Status,
    TestResult,
    Verdict,
)
from leakgate.dhat.profile import Metric

FILE = "cases/cup/src/lib.rs"
TRUTH = Regression(
    "cup tests::fills",
    Metric.T_GMAX_BYTES,
    100,
    200,
    "cup::Cup::fill",
    FILE,
    ("cup::pot::Pot::pour",),
    Cause.GROWING_COLLECTION,
)
LEAK = Case("cup", "A cup is filled for ever", "a cup", (TRUTH,))
QUIET = Case("cup", "A cup gets another name", "a name")


def site(
    function: str | None = "cup::Cup::fill", file: str | None = FILE, cause: Cause | None = None
) -> SiteResult:
    return SiteResult(function=function, file=file, line=7, cause=cause, base={}, head={}, delta={}, stack=())


def metric(base: int | None, head: int | None, status: Status) -> MetricResult:
    delta = None if base is None or head is None else head - base
    return MetricResult(base=base, head=head, delta=delta, ratio=None, status=status, grown=False, limit=None)


def a_test(
    status: Status,
    metrics: Mapping[Metric, MetricResult],
    *sites: SiteResult,
    name: str = "cup tests::fills",
) -> TestResult:
    return TestResult(name=name, status=status, units=("bytes", "blocks"), metrics=metrics, sites=sites)


def failing(*sites: SiteResult, growth: int = 150) -> TestResult:
    metrics = {
        Metric.T_GMAX_BYTES: metric(50, 50 + growth, Status.FAIL),
        Metric.T_END_BYTES: metric(0, 0, Status.PASS),
    }
    return a_test(Status.FAIL, metrics, *sites)


def checked(*tests: TestResult, ignored: tuple[IgnoredGrowth, ...] = ()) -> Result:
    side = Side(fingerprint={})
    return Result(verdict=Verdict.FAIL, base=side, head=side, tests=tests, ignored=ignored)


def found(*sites: SiteResult, growth: int = 150) -> Found:
    [only] = score(LEAK, checked(failing(*sites, growth=growth))).found
    return only


def test_a_regression_that_is_detected_named_and_explained() -> None:
    top = site(cause=Cause.GROWING_COLLECTION)
    assert score(LEAK, checked(failing(top, site("cup::other")))) == Outcome(
        case="cup",
        title="A cup is filled for ever",
        covers="a cup",
        found=(
            Found(
                test="cup tests::fills",
                metric=Metric.T_GMAX_BYTES,
                least=100,
                most=200,
                growth=150,
                detected=True,
                named=Named(function="cup::Cup::fill", file=FILE, line=7),
                attributed=True,
                cause="growing-collection",
                said="growing-collection",
            ),
        ),
    )


@pytest.mark.parametrize(("growth", "as_stated"), [(99, False), (100, True), (200, True), (201, False)])
def test_the_growth_is_held_against_what_is_stated(growth: int, as_stated: bool) -> None:
    one = found(site(), growth=growth)
    assert (one.growth, one.as_stated, one.detected) == (growth, as_stated, True)


@pytest.mark.parametrize("status", [Status.PASS, Status.WARN, Status.ACCEPTED, Status.IGNORED])
def test_a_test_that_does_not_fail_is_not_detected_and_names_nothing(status: Status) -> None:
    test = a_test(status, {Metric.T_GMAX_BYTES: metric(50, 200, status)}, site(cause=Cause.GROWING_COLLECTION))
    [one] = score(LEAK, checked(test)).found
    assert (one.detected, one.named, one.attributed, one.said) == (False, None, False, "unknown")
    assert not one.cause_right
    assert not one.cause_wrong


def test_failing_by_another_metric_is_not_detected() -> None:
    metrics = {
        Metric.T_GMAX_BYTES: metric(50, 60, Status.PASS),
        Metric.T_END_BYTES: metric(0, 900, Status.FAIL),
    }
    [one] = score(LEAK, checked(a_test(Status.FAIL, metrics, site()))).found
    assert (one.detected, one.attributed, one.growth) == (False, True, 10)


@pytest.mark.parametrize(
    ("function", "file", "attributed"),
    [
        ("cup::Cup::fill", FILE, True),
        ("cup::Cup<T>::fill::{{closure}}", FILE, True),
        ("<cup::Cup as cup::Vessel>::fill", FILE, True),
        ("cup::Cup::fill", "cases/cup/src/pot.rs", False),
        ("cup::Cup::fill", None, False),
        ("cup::Cup::empty", FILE, False),
        ("cup::pot::Pot::pour", "cases/cup/src/pot.rs", True),
        ("cup::pot::Pot::pour", "cases/cups/src/pot.rs", False),
        ("cup::pot::Pot::pour", None, False),
    ],
)
def test_the_named_site_is_the_guilty_function_or_one_as_true(
    function: str, file: str | None, attributed: bool
) -> None:
    assert found(site(function, file)).attributed is attributed


def test_the_top_site_is_the_first_with_a_name() -> None:
    assert not found(site("cup::other"), site()).attributed
    assert found(site(None, None), site()).attributed
    assert found(site(None, None)).named is None
    assert found().named is None


@pytest.mark.parametrize(
    ("true", "said", "right", "wrong"),
    [
        (Cause.GROWING_COLLECTION, Cause.GROWING_COLLECTION, True, False),
        (Cause.GROWING_COLLECTION, None, False, False),
        (Cause.GROWING_COLLECTION, Cause.REFERENCE_CYCLE, False, True),
        (None, None, True, False),
        (None, Cause.REFERENCE_CYCLE, False, True),
    ],
)
def test_a_cause_is_right_wrong_or_unknown(
    true: Cause | None, said: Cause | None, right: bool, wrong: bool
) -> None:
    truth = Regression(
        TRUTH.test, TRUTH.metric, TRUTH.least, TRUTH.most, TRUTH.function, TRUTH.file, TRUTH.also, true
    )
    result = checked(failing(site(cause=said), site(cause=Cause.DETACHED_THREAD)))
    [one] = score(Case("cup", "t", "c", (truth,)), result).found
    assert (one.cause_right, one.cause_wrong) == (right, wrong)


def test_what_fails_and_should_not_is_a_false_alarm_and_what_warns_is_told_apart() -> None:
    end, gmax = Metric.T_END_BYTES, Metric.T_GMAX_BYTES
    result = checked(
        a_test(Status.FAIL, {gmax: metric(1, 1, Status.PASS), end: metric(0, 65, Status.FAIL)}, name="cup a"),
        a_test(Status.WARN, {gmax: metric(8, 9, Status.WARN), end: metric(0, 0, Status.PASS)}, name="cup::api b"),
        a_test(Status.NEW, {gmax: metric(None, 1 << 20, Status.NEW)}, name="cup c"),
        a_test(Status.FAIL, {gmax: metric(1, 9, Status.FAIL)}, name="cupboard a"),
    )
    outcome = score(QUIET, result)
    assert outcome.alarms == (Alarm(test="cup a", metric=end, base=0, head=65),)
    assert outcome.warned == (Alarm(test="cup::api b", metric=gmax, base=8, head=9),)
    assert outcome.found == ()


def test_in_a_case_that_regresses_the_other_tests_have_to_pass() -> None:
    other = a_test(Status.FAIL, {Metric.T_GMAX_BYTES: metric(1, 9, Status.FAIL)}, name="cup tests::empties")
    outcome = score(LEAK, checked(failing(site()), other))
    assert [alarm.test for alarm in outcome.alarms] == ["cup tests::empties"]


@pytest.mark.parametrize("tests", [(), (a_test(Status.NEW, {}),), (a_test(Status.GONE, {}),)])
def test_a_test_that_the_truth_names_is_on_both_sides(tests: tuple[TestResult, ...]) -> None:
    for case in (LEAK, Case("cup", "t", "c", static_init=("cup tests::fills",))):
        with pytest.raises(ZooError) as caught:
            score(case, checked(*tests))
        assert str(caught.value) == (
            "case `cup` names the test `cup tests::fills`, which base and head do not both have"
        )


def test_a_static_in_the_only_round_has_to_be_said_to_be_left_out() -> None:
    case = Case("cup", "t", "c", rounds="1", static_init=("cup tests::fills",))
    passing = a_test(Status.PASS, {Metric.T_END_BYTES: metric(0, 0, Status.PASS)})
    left_out = IgnoredGrowth(rule="static-init", reason="made once", expires=None, tests=1, t_end_bytes=900)
    of_the_user = IgnoredGrowth(rule="cup::*", reason="a cache", expires=None, tests=1, t_end_bytes=900)
    assert score(case, checked(passing, ignored=(of_the_user, left_out))).excused is True
    assert score(case, checked(passing, ignored=(of_the_user,))).excused is False
    assert score(QUIET, checked(passing)).excused is None
    more_rounds = Case("cup", "t", "c", static_init=("cup tests::fills",))
    assert score(more_rounds, checked(passing)).excused is None


def test_a_static_that_counts_is_a_false_alarm() -> None:
    case = Case("cup", "t", "c", rounds="1", static_init=("cup tests::fills",))
    assert [alarm.test for alarm in score(case, checked(failing(site()))).alarms] == ["cup tests::fills"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("cup::Cup::fill", "cup::Cup<alloc::string::String>::fill::{{closure}}::{{closure}}", True),
        ("cup::tests::Tea::pour", "<cup::tests::Tea as cup::Drink<u8>>::pour", True),
        ("cup::Cup::fill", "cup::Cup::refill", False),
        ("cup::fill", "pot::fill", False),
    ],
)
def test_functions_are_compared_as_a_reader_writes_them(one: str, other: str, same: bool) -> None:
    assert same_function(one, other) is same
    assert same_function(other, one) is same
