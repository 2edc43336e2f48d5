import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostile import HOSTILE
from leakgate.comparison.result import (
    Cause,
    FailedTest,
    MetricResult,
    MetricSpread,
    Result,
    Side,
    SiteResult,
    Status,
    TestResult,
    Verdict,
)
from leakgate.dhat.profile import Metric
from leakgate.github.commands import Level, annotation, annotations, no_command, quote

FINGERPRINT = {"profiler": "dhat-rs"}


def site(
    function: str | None = "s3_server::put", file: str | None = "src/lib.rs", line: int | None = 9
) -> SiteResult:
    return SiteResult(
        function=function, file=file, line=line, cause=Cause.UNFINISHED_TASK, base={}, head={}, delta={}, stack=()
    )


def grown(
    name: str = "s3-server tests::put_many",
    status: Status = Status.FAIL,
    sites: tuple[SiteResult, ...] = (site(),),
    units: tuple[str, str] = ("bytes", "blocks"),
) -> TestResult:
    limit = "1.5× + 64 B"
    metrics = {
        Metric.TOTAL_BYTES: MetricResult(
            base=9, head=9, delta=0, ratio=1, status=Status.PASS, grown=False, limit=None
        ),
        Metric.T_END_BYTES: MetricResult(
            base=0, head=2359712, delta=2359712, ratio=None, status=status, grown=True, limit=limit
        ),
        Metric.T_END_BLOCKS: MetricResult(
            base=None, head=4, delta=None, ratio=None, status=status, grown=False, limit="max 3"
        ),
    }
    return TestResult(name=name, status=status, units=units, metrics=metrics, sites=sites)


def result(verdict: Verdict, *tests: TestResult, **more: tuple[str, ...] | tuple[FailedTest, ...]) -> Result:
    return Result(
        verdict=verdict,
        base=None,
        head=Side(fingerprint=FINGERPRINT),
        tests=tests,
        **more,  # type: ignore[arg-type] # only fields of tuples are passed
    )


def test_what_was_measured_again_says_how_often_it_crossed_its_limit() -> None:
    test = grown(status=Status.WARN)
    row = test.metrics[Metric.T_END_BYTES]
    again = msgspec.structs.replace(row, spread=MetricSpread(runs=3, lowest=0, highest=2359712, crossed=1))
    [line] = annotations(result(Verdict.PASS, msgspec.structs.replace(test, metrics={Metric.T_END_BYTES: again})))
    assert "t-end 0 B → 2.25 MiB (limit 1.5× + 64 B, crossed in 1 of 3 runs)%0A" in line


def test_a_failed_test_is_an_error_on_the_line_that_allocates() -> None:
    assert annotations(result(Verdict.FAIL, grown())) == [
        (
            "::error file=src/lib.rs,line=9,title=leakgate%3A memory grew::s3-server tests::put_many: "
            "t-end 0 B → 2.25 MiB (limit 1.5× + 64 B), t-end blocks none → 4 blocks (limit max 3)"
            "%0Aallocated by s3_server::put (likely unfinished-task)"
        )
    ]


def test_a_test_that_warned_is_a_warning_and_others_are_silent() -> None:
    tests = [
        grown("a", Status.WARN),
        *(grown(status.value, status) for status in Status if status is not Status.FAIL),
    ]
    assert [line.split("::")[1].split(" ")[0] for line in annotations(result(Verdict.PASS, *tests))] == [
        "warning",
        "warning",
    ]


def test_the_residual_is_not_a_place() -> None:
    lines = annotations(result(Verdict.FAIL, grown(sites=(site(function=None, file=None), site(line=12)))))
    assert lines[0].startswith("::error file=src/lib.rs,line=12,title=")


def test_what_lies_outside_the_repository_has_no_place() -> None:
    for sites in [(site(file="/home/user/.cargo/registry/src/x.rs"),), (site(file=None),), ()]:
        assert annotations(result(Verdict.FAIL, grown(sites=sites)))[0].startswith(
            "::error title=leakgate%3A memory grew::s3-server tests::put_many: "
        )


def test_units_of_the_programs_own() -> None:
    line = annotations(result(Verdict.FAIL, grown(units=("rows", "events"))))[0]
    assert "t-end 0 rows → 2,359,712 rows" in line
    assert "t-end blocks none → 4 events" in line


def test_a_runner_shows_ten_and_the_last_one_counts_the_rest() -> None:
    lines = annotations(result(Verdict.FAIL, *(grown(f"test {number}") for number in range(13))))
    assert len(lines) == 10
    assert "test 8:" in lines[8]
    assert lines[9] == "::error title=leakgate::4 more: see the job summary"


def test_no_verdict_is_an_error_for_each_reason() -> None:
    failed = (FailedTest(name="s3-server tests::put", reason="killed by SIGSEGV"),)
    assert annotations(result(Verdict.ERROR, problems=("cargo exited with 101",), failed=failed)) == [
        "::error title=leakgate%3A no verdict::cargo exited with 101",
        "::error title=leakgate%3A no verdict::s3-server tests::put: killed by SIGSEGV",
    ]


def test_nothing_to_compare_with_is_said() -> None:
    assert annotations(result(Verdict.NO_BASELINE)) == [
        (
            "::warning title=leakgate%3A no-baseline::There is no baseline: nothing was compared, "
            "so growth would not be noticed"
        )
    ]
    assert annotations(result(Verdict.INCOMPARABLE, problems=("rustc 1.90 against rustc 1.89",))) == [
        "::warning title=leakgate%3A incomparable::rustc 1.90 against rustc 1.89"
    ]
    assert annotations(result(Verdict.PASS)) == []


def test_a_rule_without_effect_is_a_warning() -> None:
    assert annotations(result(Verdict.PASS, warnings=("The ignore rule `a::*` matched nothing.",))) == [
        "::warning title=leakgate%3A no effect::The ignore rule `a::*` matched nothing."
    ]


def test_escaping_is_the_runners() -> None:
    line = annotation(Level.WARNING, "100%: a,b\nnext", title="50%: a,b\nnext", file="a:b,c.rs", line=3)
    assert line == "::warning file=a%3Ab%2Cc.rs,line=3,title=50%25%3A a%2Cb%0Anext::100%25: a,b%0Anext"


def test_what_a_terminal_acts_on_is_replaced() -> None:
    line = annotation(Level.ERROR, "\x1b[2J\r::error::x\u202e", title="leakgate")
    assert line == "::error title=leakgate::\ufffd[2J\ufffd::error::x\ufffd"


@pytest.mark.parametrize("attack", HOSTILE)
def test_hostile_names_stay_one_command_each(attack: str) -> None:
    name = HOSTILE[attack]
    crossed = grown(name, sites=(site(name, name),), units=(name, name))
    failed = (FailedTest(name=name, reason=name),)
    lines = annotations(result(Verdict.ERROR, crossed, problems=(name,), failed=failed))
    assert len(lines) == 3
    for line in lines:
        assert line.splitlines() == [line]
        assert line.startswith("::error ")
        properties, _, _ = line.removeprefix("::error ").partition("::")
        assert {pair.split("=")[0] for pair in properties.split(",")} <= {"file", "line", "title"}
        assert "\x1b" not in line
        assert "\u202e" not in line


@given(st.text(), st.text(), st.text())
def test_no_text_starts_a_second_command(message: str, title: str, file: str) -> None:
    line = annotation(Level.ERROR, message, title=title, file=file)
    assert line.splitlines() == [line]
    # What the runner does: https://github.com/actions/runner, ActionCommand.TryParseV2.
    head, _, data = line.removeprefix("::").partition("::")
    command, _, properties = head.partition(" ")
    parsed = dict(pair.split("=", 1) for pair in properties.split(","))
    assert command == "error"
    assert set(parsed) <= {"file", "title"}
    assert ":" not in parsed["title"]
    assert data.count("%") == message.count("%") + message.count("\n")


def test_quoted_text_is_no_command() -> None:
    assert (
        quote("::error::x\n##[add-path]/tmp\n", "k9")
        == "::stop-commands::k9\n::error::x\n##[add-path]/tmp\n::k9::"
    )


@pytest.mark.parametrize(
    "text", ["::error::x", "  ::error::x", "a\n::error::x", "a\r::stop-commands::x", "##[error]x"]
)
def test_a_line_for_people_holds_no_command(text: str) -> None:
    line = no_command(text)
    assert len(line.splitlines()) == 1
    assert not line.lstrip().startswith("::")
    assert "##[" not in line


def test_a_line_for_people_is_otherwise_as_it_is() -> None:
    line = "leakgate: saved: branch `a::b`, s3::put"
    assert no_command(line) == line
