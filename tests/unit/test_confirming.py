"""What crossed a limit is measured again, alone, before it fails."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

import pytest
from msgspec import structs

from factories import FINGERPRINT, snapshot
from leakgate.comparison.confirm import JudgedRun
from leakgate.comparison.judge import Provenance
from leakgate.comparison.result import MetricSpread, Result, Side, Status, Verdict
from leakgate.config import DEFAULT, AcceptRule, Config, IgnoreRule, Limit
from leakgate.confirming import Gate, confirm
from leakgate.dhat.frames import Workspace
from leakgate.dhat.profile import Metric
from leakgate.errors import LeakgateError, MeasurementError, UsageError
from leakgate.measuring import Measured
from leakgate.profilers.suite import FailedTest, Phase, SuiteRun
from leakgate.snapshot.model import Snapshot, Spread

KIB = 1024
DAY = date(2027, 1, 1)
BASE = snapshot(
    "s3 put: gmax=1024 end=0",
    "  s3::put src/lib.rs:9: gmax=1024 end=0",
    "s3 list: gmax=1024 end=0",
    "s3 get: gmax=1024 end=0",
)


def put(gmax: int, end: int = 0) -> tuple[str, str]:
    return f"s3 put: gmax={gmax} end={end}", f"  s3::put src/lib.rs:9: gmax={gmax} end={end}"


def a_list(gmax: int) -> str:
    return f"s3 list: gmax={gmax} end=0"


GET = "s3 get: gmax=1024 end=0"


class Suite:
    """A suite whose further runs are given, in their order."""

    def __init__(self, *again: Iterable[str] | LeakgateError | Measured) -> None:
        self.again = list(again)
        self.asked: list[tuple[str, ...]] = []
        self.told: list[object] = []

    def measure(self, tests: tuple[str, ...]) -> Measured:
        self.asked.append(tests)
        made = self.again.pop(0)
        if isinstance(made, LeakgateError):
            raise made
        return made if isinstance(made, Measured) else measured(snapshot(*made))

    def confirm(self, *first: str, base: Snapshot | None = BASE, config: Config = DEFAULT) -> JudgedRun:
        head = snapshot(*first)
        side = Side(fingerprint=FINGERPRINT)
        origin = Provenance(base=side if base else None, head=side, notes=("a note",))
        return confirm(Gate(config, base, origin), head, self.measure, self.told.append)


def measured(
    head: Snapshot, *, failed: Mapping[str, str] | None = None, unaccounted: str | None = None
) -> Measured:
    fails = tuple(FailedTest(test, reason) for test, reason in (failed or {}).items())
    return Measured(
        head, SuiteRun((), (), fails, 0, unaccounted, head.fingerprint, Workspace({}, ())), problems=(), notes=()
    )


def words(result: Result) -> dict[str, str]:
    return {test.name: str(test.status) for test in result.tests}


def peak(result: Result, test: str = "s3 put") -> tuple[int | None, str, MetricSpread | None]:
    [row] = [each.metrics[Metric.T_GMAX_BYTES] for each in result.tests if each.name == test]
    return row.head, str(row.status), row.spread


def peak_kept(run: JudgedRun) -> int:
    [kept] = [test for test in run.snapshot.tests if test.test == "s3 put"]
    return kept.metrics[Metric.T_GMAX_BYTES]


def test_what_crosses_its_limit_in_every_run_fails_with_the_figures_of_the_calmest() -> None:
    suite = Suite(put(98 * KIB), put(99 * KIB))

    run = suite.confirm(*put(100 * KIB), a_list(1024), GET)

    assert (run.result.verdict, words(run.result)) == (
        Verdict.FAIL,
        {"s3 put": "fail", "s3 get": "pass", "s3 list": "pass"},
    )
    assert peak(run.result) == (
        98 * KIB,
        "fail",
        MetricSpread(runs=3, lowest=98 * KIB, highest=100 * KIB, crossed=3),
    )
    assert [site.head[Metric.T_GMAX_BYTES] for site in run.result.tests[0].sites] == [98 * KIB]
    assert peak_kept(run) == 98 * KIB
    assert suite.asked == [("s3 put",), ("s3 put",)]
    assert suite.told == [
        Phase("measuring 1 test again (1 of 2)"),
        Phase("measuring 1 test again (2 of 2)"),
    ]
    assert run.result.notes == ("a note",)


def test_what_crosses_its_limit_once_warns_and_is_not_kept_for_the_next_comparison() -> None:
    suite = Suite(put(1200))

    run = suite.confirm(*put(100 * KIB), a_list(1024), GET)

    assert (run.result.verdict, words(run.result)) == (
        Verdict.PASS,
        {"s3 put": "warn", "s3 get": "pass", "s3 list": "pass"},
    )
    assert peak(run.result) == (
        100 * KIB,
        "warn",
        MetricSpread(runs=2, lowest=1200, highest=100 * KIB, crossed=1),
    )
    assert [site.head[Metric.T_GMAX_BYTES] for site in run.result.tests[0].sites] == [100 * KIB]
    assert peak_kept(run) == 1200
    assert suite.asked == [("s3 put",)]


def test_only_what_is_still_undecided_is_measured_once_more() -> None:
    suite = Suite((*put(90 * KIB), a_list(1024)), put(1024))

    run = suite.confirm(*put(100 * KIB), a_list(50 * KIB), GET)

    assert suite.asked == [("s3 put", "s3 list"), ("s3 put",)]
    assert words(run.result) == {"s3 put": "warn", "s3 list": "warn", "s3 get": "pass"}
    assert peak(run.result)[2] == MetricSpread(runs=3, lowest=1024, highest=100 * KIB, crossed=2)
    assert peak(run.result, "s3 list")[2] == MetricSpread(runs=2, lowest=1024, highest=50 * KIB, crossed=1)


def test_it_is_the_same_limit_that_has_to_be_crossed_in_every_run() -> None:
    suite = Suite(put(1024, end=500))

    run = suite.confirm(*put(100 * KIB), a_list(1024), GET)

    assert run.result.tests[0].status is Status.WARN
    suite = Suite(put(1024, end=695), put(1024, end=690))

    run = suite.confirm(*put(100 * KIB, end=700), a_list(1024), GET)

    rows = run.result.tests[0].metrics
    assert {metric: str(row.status) for metric, row in rows.items()} == {
        Metric.T_GMAX_BYTES: "pass",
        Metric.T_END_BYTES: "fail",
    }
    assert (rows[Metric.T_END_BYTES].head, rows[Metric.T_END_BYTES].spread) == (
        690,
        MetricSpread(runs=3, lowest=690, highest=700, crossed=3),
    )


def test_a_test_whose_runs_differ_gets_more_of_them_and_fails_when_it_grew_by_more_than_that() -> None:
    further = [put(gmax * KIB) for gmax in (60, 80, 70, 75, 90, 65, 85, 99, 61, 88)]
    suite = Suite(*further)

    run = suite.confirm(*put(100 * KIB), a_list(1024), GET)

    assert peak(run.result) == (
        60 * KIB,
        "fail",
        MetricSpread(runs=11, lowest=60 * KIB, highest=100 * KIB, crossed=11),
    )
    assert suite.asked == [("s3 put",)] * 10
    assert suite.told[1:4] == [
        Phase("measuring 1 test again (2 of 2)"),
        Phase("measuring 1 test again (its runs differ; 3 of at most 10)"),
        Phase("measuring 1 test again (its runs differ; 4 of at most 10)"),
    ]


def test_growth_that_is_less_than_what_the_runs_are_apart_warns() -> None:
    suite = Suite(*(put(gmax * KIB) for gmax in (100, 60, 80, 40, 90, 30, 70, 75, 65, 20)))

    run = suite.confirm(*put(50 * KIB), a_list(1024), GET)

    [test] = [test for test in run.result.tests if test.name == "s3 put"]
    row = test.metrics[Metric.T_GMAX_BYTES]
    assert (run.result.verdict, row.status, row.head) == (Verdict.PASS, Status.WARN, 50 * KIB)
    assert row.limit == "1.5× and +4 KiB, but its runs are further apart than it grew"


def test_the_further_runs_of_a_test_that_moves_end_with_the_first_that_is_within_its_limit() -> None:
    suite = Suite(put(60 * KIB), put(80 * KIB), put(30 * KIB), put(1024))

    run = suite.confirm(*put(100 * KIB), a_list(1024), GET)

    assert peak(run.result)[1:] == ("warn", MetricSpread(runs=5, lowest=1024, highest=100 * KIB, crossed=4))
    assert suite.again == []


def test_a_further_run_that_was_within_the_limit_in_one_of_its_rounds_acquits() -> None:
    [moving] = snapshot(put(100 * KIB)[0]).tests
    spread = {Metric.T_GMAX_BYTES: Spread(runs=17, lowest=1200, highest=110 * KIB)}
    again = snapshot()
    again = structs.replace(again, tests=(structs.replace(moving, spread=spread),))
    suite = Suite(measured(again))

    run = suite.confirm(*put(100 * KIB), a_list(1024), GET)

    assert peak(run.result) == (
        100 * KIB,
        "warn",
        MetricSpread(runs=2, lowest=1200, highest=110 * KIB, crossed=1),
    )


def test_what_later_rounds_do_not_leave_any_more_is_a_cache_and_no_news() -> None:
    [caching] = snapshot(put(21_000, end=20_000)[0]).tests
    rests = {
        Metric.T_END_BYTES: Spread(runs=16, lowest=0, highest=20_000),
        Metric.T_GMAX_BYTES: Spread(runs=16, lowest=1000, highest=21_000),
    }
    again = snapshot()
    again = structs.replace(again, tests=(structs.replace(caching, spread=rests),))
    suite = Suite(measured(again))

    run = suite.confirm(*put(21_000, end=20_000), a_list(1024), GET)

    assert (run.result.verdict, words(run.result)["s3 put"]) == (Verdict.PASS, "pass")
    assert suite.again == []


def test_what_a_further_run_leaves_less_of_is_no_cache_for_that() -> None:
    [calm] = snapshot(put(1024, end=40)[0]).tests
    rests = {Metric.T_END_BYTES: Spread(runs=16, lowest=0, highest=40)}
    again = snapshot()
    again = structs.replace(again, tests=(structs.replace(calm, spread=rests),))

    run = Suite(measured(again)).confirm(*put(1024, end=20_000), a_list(1024), GET)

    assert words(run.result)["s3 put"] == "warn"


def test_a_maximum_needs_no_baseline_and_is_confirmed_as_well() -> None:
    config = replace(DEFAULT, limits={Metric.T_GMAX_BYTES: Limit(maximum=2 * KIB)})

    once = Suite(put(1024)).confirm(*put(3 * KIB), base=None, config=config)
    always = Suite(put(4 * KIB), put(5 * KIB)).confirm(*put(3 * KIB), base=None, config=config)

    assert (once.result.verdict, always.result.verdict) == (Verdict.NO_BASELINE, Verdict.FAIL)
    assert peak(always.result)[0] == 3 * KIB


def test_confirm_0_leaves_the_word_to_the_first_run() -> None:
    suite = Suite()

    run = suite.confirm(*put(100 * KIB), a_list(1024), GET, config=replace(DEFAULT, confirm=0))

    assert (run.result.verdict, peak(run.result)) == (Verdict.FAIL, (100 * KIB, "fail", None))


def test_nothing_is_measured_again_where_nothing_fails_or_no_verdict_is_possible() -> None:
    suite = Suite()
    rule = AcceptRule("s3 put", {Metric.T_GMAX_BYTES: 200 * KIB}, "meant", DAY)

    passing = suite.confirm(*put(1024), a_list(1024), GET)
    accepted = suite.confirm(*put(100 * KIB), a_list(1024), GET, config=replace(DEFAULT, accept=(rule,)))
    origin = Provenance(base=None, head=Side(fingerprint=FINGERPRINT), problems=("1 test failed.",))
    broken = confirm(Gate(DEFAULT, BASE, origin), snapshot(*put(100 * KIB)), suite.measure, suite.told.append)

    verdicts = [each.result.verdict for each in (passing, accepted, broken)]
    assert (verdicts, suite.told) == ([Verdict.PASS, Verdict.PASS, Verdict.ERROR], [])


def test_where_very_many_fail_one_more_run_has_to_do() -> None:
    base = snapshot(*(f"s3 t{n}: gmax=10 end=0" for n in range(51)))
    grown = [f"s3 t{n}: gmax=90000 end=0" for n in range(51)]
    suite = Suite(grown)

    run = suite.confirm(*grown, base=base)

    assert (run.result.verdict, suite.told) == (Verdict.FAIL, [Phase("measuring 51 tests again (1 of 1)")])
    assert all(test.status is Status.FAIL for test in run.result.tests)


def test_a_test_that_fails_when_it_is_measured_again_keeps_its_first_figures() -> None:
    crashed = measured(snapshot(a_list(1024)), failed={"s3 put": "killed by SIGSEGV"})
    suite = Suite(crashed, measured(snapshot(), failed={"s3 put": "killed by SIGSEGV"}))

    run = suite.confirm(*put(100 * KIB), a_list(50 * KIB), GET)

    assert words(run.result) == {"s3 put": "fail", "s3 list": "warn", "s3 get": "pass"}
    assert peak(run.result) == (100 * KIB, "fail", None)
    assert run.result.notes == (
        "a note",
        "`s3 put` failed when it was measured again (killed by SIGSEGV), so its earlier figures stand.",
    )


@pytest.mark.parametrize(
    ("again", "note"),
    [
        (
            measured(snapshot(), unaccounted="cargo exited with 101, though no test failed."),
            (
                "Measured again, `s3 put` left no profile, so earlier figures stand: "
                "cargo exited with 101, though no test failed."
            ),
        ),
        (measured(snapshot()), "Measured again, `s3 put` left no profile, so earlier figures stand."),
        (
            MeasurementError("cargo was killed by SIGKILL"),
            "`s3 put` could not be measured again, so earlier figures stand: cargo was killed by SIGKILL.",
        ),
        (
            UsageError("this profiler cannot choose tests"),
            "`s3 put` could not be measured again, so earlier figures stand: this profiler cannot choose tests.",
        ),
        (
            measured(snapshot(*put(1), fingerprint=FINGERPRINT | {"rustc": "1.96.0"})),
            "A further run does not count, because it was measured differently: rustc is `1.96.0`.",
        ),
    ],
)
def test_a_run_that_measures_nothing_acquits_nobody(again: Measured | LeakgateError, note: str) -> None:
    suite = Suite(again, measured(snapshot()))

    run = suite.confirm(*put(100 * KIB), a_list(1024), GET, config=replace(DEFAULT, confirm=1))

    assert (run.result.verdict, run.result.notes) == (Verdict.FAIL, ("a note", note))
    assert peak(run.result) == (100 * KIB, "fail", None)


def test_what_an_ignore_rule_leaves_out_is_not_in_the_spread() -> None:
    cached = "  cache::fill src/cache.rs:3: gmax={} end=0"
    config = replace(DEFAULT, ignore=(IgnoreRule(frame="cache::*", test=None, reason="cache", expires=None),))
    suite = Suite(
        ("s3 put: gmax=88000 end=0", cached.format(10_000)), ("s3 put: gmax=119000 end=0", cached.format(40_000))
    )

    run = suite.confirm("s3 put: gmax=95000 end=0", cached.format(15_000), a_list(1024), GET, config=config)

    assert peak(run.result) == (78_000, "fail", MetricSpread(runs=3, lowest=78_000, highest=80_000, crossed=3))


def test_growth_that_is_accepted_up_to_a_value_fails_only_where_every_run_is_above_it() -> None:
    rule = AcceptRule("s3 put", {Metric.T_GMAX_BYTES: 70 * KIB}, "meant", DAY)
    suite = Suite(put(60 * KIB))

    run = suite.confirm(*put(100 * KIB), a_list(1024), GET, config=replace(DEFAULT, accept=(rule,)))

    assert (run.result.verdict, peak(run.result)[:2], run.result.accepted) == (
        Verdict.PASS,
        (100 * KIB, "warn"),
        (),
    )


def test_a_function_that_another_test_still_calls_was_not_renamed() -> None:
    body = tuple(range(24))
    base, head = (
        structs.replace(
            snapshot(
                f"s3 put: gmax={size} end=0", f"  s3::{called} src/lib.rs:9 via Vec::push: gmax={size} end=0",
                "s3 list: gmax=10 end=0", "  s3::list src/lib.rs:5: gmax=10 end=0",
            ),
            functions={"s3::list": body, f"s3::{called}": body},
        )
        for called, size in (("list", KIB), ("add", 99 * KIB))
    )  # fmt: skip
    calmer = snapshot(
        f"s3 put: gmax={98 * KIB} end=0", f"  s3::add src/lib.rs:9 via Vec::push: gmax={98 * KIB} end=0"
    )
    again = measured(structs.replace(calmer, functions={"s3::add": body}))
    suite = Suite(again, again)
    side = Side(fingerprint=FINGERPRINT)

    result = confirm(
        Gate(DEFAULT, base, Provenance(base=side, head=side)), head, suite.measure, suite.told.append
    ).result

    shown = result.tests[0]
    assert (shown.name, shown.status) == ("s3 put", Status.FAIL)
    assert [(site.function, site.renamed_from, dict(site.base)) for site in shown.sites] == [
        ("s3::add", None, {}),
        (None, None, {Metric.T_GMAX_BYTES: KIB, Metric.T_END_BYTES: 0}),
    ]
