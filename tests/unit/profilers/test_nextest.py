from pathlib import Path

import pytest

from leakgate.errors import MeasurementError
from leakgate.profilers.cargo.command import parse
from leakgate.profilers.cargo.listing import Plan
from leakgate.profilers.events import Binary, End, Ledger, Start
from leakgate.profilers.nextest import Statuses, insist, planned, settle, unaccounted
from leakgate.profilers.suite import FailedTest, TestProfile

FAILED = 100


def statuses(*lines: str) -> Statuses:
    said = Statuses()
    for line in lines:
        said.read(line)
    return said


def plan(*tests: str) -> Plan:
    return Plan({"store": tests}, ignored=2, filtered=5)


def ledger(*events: Start | End) -> Ledger:
    told = Ledger(Path("/run"), binaries_expected=1)
    for event in events:
        list(told.enter(event))
    return told


def passed(test: str, profile: str | None = "p.json") -> End:
    return End(test, None, 0.1, ((test, profile),) if profile else ())


def failed(test: str, reason: str = "panicked: no") -> End:
    return End(test, reason, 0.1, ())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("        PASS [   0.007s] (1/8) store a::b", None),
        ("        LEAK [   2.000s] (  2/100) store a::b", None),
        ("        SLOW [> 60.000s] (─────) store a::b", None),
        ("        SLOW [  30.000s] ( 23/100) store a::b", None),
        (" SLOW+TMPASS [ 300.000s] ( 25/100) store a::b", None),
        ("        FAIL [   1.000s] (9/100) store a::b", "exited before the test ended"),
        ("  TRY 2 FAIL [   0.303s] (───) store a::b", "exited before the test ended"),
        (" FAIL + LEAK [   1.000s] store a::b", "exited before the test ended"),
        ("     TIMEOUT [  61.000s] (13/100) store a::b", "stopped by nextest's time limit after 61 s"),
        ("   TRY 2 TMT [   2.012s] (8/8) store a::b", "stopped by nextest's time limit after 2 s"),
        ("     SIGSEGV [   1.000s] (14/100) store a::b", "killed by SIGSEGV"),
        ("  TRY 1 ABRT [   0.007s] (───) store a::b", "killed by SIGABRT"),
        (
            "\x1b[31;1m        FAIL\x1b[0m [   1.0s] (1/1) \x1b[35;1mstore\x1b[0m a::b",
            "exited before the test ended",
        ),
        (
            "   LEAK-FAIL [   1.000s] (12/100) store a::b",
            "left a process behind, which nextest is told to count as a failure",
        ),
        (
            " FLKY-FL 2/2 [   1.000s] (27/100) store a::b",
            "failed before it passed, which nextest is told to count as a failure",
        ),
        ("       XFAIL [   1.000s] (11/100) store a::b", "could not be started"),
        ("        FAIL [   1.000s] (9/100) store a::bc", None),
        ("     Summary [   4.371s] 8 tests run: 5 passed", None),
        ("  SETUP PASS [   0.005s] env: sh -c true", None),
    ],
)
def test_why_a_test_failed_is_read_from_what_nextest_prints(line: str, reason: str | None) -> None:
    assert statuses(line).reason("store a::b") == reason


def test_the_last_attempt_counts() -> None:
    told = ledger(
        Start("store retried"),
        failed("store retried"),
        Start("store killed_once"),
        Start("store hopeless"),
        failed("store hopeless", "panicked: one"),
        Start("store retried"),
        passed("store retried"),
        Start("store killed_once"),
        passed("store killed_once"),
        Start("store hopeless"),
        failed("store hopeless", "panicked: two"),
    )
    said = statuses("   FLAKY 2/2 [   0.061s] (3/8) store killed_once")

    settle(told, plan("retried", "killed_once", "hopeless"), said, FAILED)

    assert [profile.test for profile in told.profiles] == ["store retried", "store killed_once"]
    assert told.failed == [FailedTest("store hopeless", "panicked: two")]
    assert told.notes == [
        "`store killed_once`, `store retried` failed, and passed when nextest ran it again: that run counts"
    ]
    assert (told.ignored, told.filtered) == (2, 5)


def test_of_how_a_process_ended_nextest_knows_best() -> None:
    told = ledger(
        Start("store cut_off"),
        Start("store crashed_at_exit"),
        passed("store crashed_at_exit"),
        Start("store fine"),
        passed("store fine"),
    )
    said = statuses(
        "     TIMEOUT [   1.000s] (1/5) store cut_off",
        "     SIGABRT [   1.000s] (2/5) store crashed_at_exit",
        "     SIGSEGV [   1.000s] (3/5) store died_early",
        "        PASS [   1.000s] (4/5) store fine",
    )
    whole = plan("cut_off", "crashed_at_exit", "died_early", "fine")

    settle(told, whole, said, FAILED)

    assert told.failed == [
        FailedTest("store cut_off", "stopped by nextest's time limit after 1 s"),
        FailedTest("store crashed_at_exit", "killed by SIGABRT"),
        FailedTest("store died_early", "killed by SIGSEGV"),
    ]
    assert told.profiles == [TestProfile("store fine", Path("/run/p.json"))]
    assert unaccounted(told, whole, FAILED) is None


def test_a_time_limit_that_counts_as_passed_leaves_a_test_unmeasured() -> None:
    told = ledger(Start("store fuzz"))

    settle(told, plan("fuzz"), statuses("TIMEOUT-PASS [   1.118s] (11/11) store fuzz"), 0)

    assert (told.failed, told.unmeasured, told.notes) == ([], ["store fuzz"], [])


def test_what_a_test_prints_cannot_make_a_run_fail_that_nextest_says_is_well() -> None:
    told = ledger(Start("store a"), passed("store a"))

    settle(told, plan("a"), statuses("        FAIL [   1.000s] (1/1) store a"), 0)

    assert told.failed == []


@pytest.mark.parametrize(
    ("tests", "code", "words"),
    [
        (["a"], 0, None),
        (["a", "b", "c"], 0, "2 of 3 tests left no trace, among them `store b`"),
        (["a"], 100, "cargo nextest exited with 100: a test has failed that is not measured"),
        (["a"], 17, "cargo nextest exited with 17"),
    ],
)
def test_what_went_wrong_outside_any_test(tests: list[str], code: int, words: str | None) -> None:
    told = ledger(Start("store a"), passed("store a"))
    settle(told, plan(*tests), statuses(), code)
    assert unaccounted(told, plan(*tests), code) == words


def test_a_binary_is_announced_with_all_its_tests() -> None:
    def decode(_line: bytes) -> Binary:
        return Binary("store", 1, 0, 6)

    assert planned(decode, plan("a", "b"))(b"") == Binary("store", 2, 0, 0)


@pytest.mark.parametrize(
    ("nothing", "what", "remedy"),
    [
        (
            Plan({}, ignored=3, filtered=0),
            "no test will run: all 3 that were chosen have `#[ignore]`",
            "add `--run-ignored all`",
        ),
        (
            Plan({}, ignored=3, filtered=4),
            "no test that can be measured matches `name` `test(x)`",
            "there are 7 tests: `cargo nextest list`",
        ),
        (Plan({}, ignored=0, filtered=0), "there are no tests", None),
    ],
)
def test_something_must_be_going_to_run(nothing: Plan, what: str, remedy: str | None) -> None:
    asked = parse(["cargo", "nextest", "run", "name", "-E", "test(x)"])
    with pytest.raises(MeasurementError) as caught:
        insist(nothing, asked, "the command")
    assert (caught.value.what, caught.value.where, caught.value.remedy) == (what, "the command", remedy)
