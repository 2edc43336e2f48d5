"""What the reports say in words, beside their tables."""

import pytest
from msgspec import structs

from leakgate.comparison.result import (
    AcceptedGrowth,
    MetricResult,
    MetricSpread,
    Result,
    Side,
    Status,
    TestResult,
    Verdict,
)
from leakgate.dhat.profile import Metric
from leakgate.reports import console, markdown
from leakgate.reports.words import Previous, describe_accepted, describe_side, differences, headline, spread

USED, ASKED, HEAD = "1a2b3c4d5e6f" + "0" * 28, "9f8e7d6c5b4a" + "0" * 28, "6f5e4d3c2b1a" + "0" * 28
DAY = 24 * 60 * 60


def side(**fields: object) -> Side:
    return Side(**{"fingerprint": {}, **fields})  # type: ignore[arg-type]  # as given


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"commit": USED, "requested": USED, "distance": 0, "age_seconds": 5, "store": "branch"},
            "1a2b3c4d5e6f, the commit asked for, less than a day old, from the baselines branch",
        ),
        (
            {
                "commit": USED,
                "requested": ASKED,
                "distance": 3,
                "age_seconds": 2 * DAY + 7,
                "store": "branch",
                "source": "branch leakgate-baselines",
            },
            (
                "1a2b3c4d5e6f, 3 commits before 9f8e7d6c5b4a (asked for, not measured), 2 days old, "
                "from the branch leakgate-baselines"
            ),
        ),
        (
            {"commit": USED, "requested": ASKED, "age_seconds": DAY, "store": "artifact"},
            "1a2b3c4d5e6f, instead of 9f8e7d6c5b4a (asked for, not measured), 1 day old, from an artifact",
        ),
        (
            {"commit": USED, "requested": USED, "age_seconds": -90, "store": "artifact", "source": "leakgate-x"},
            "1a2b3c4d5e6f, the commit asked for, from the artifact leakgate-x",
        ),
        (
            {"commit": USED, "requested": USED, "distance": 0, "age_seconds": 0, "store": "rebuild"},
            "1a2b3c4d5e6f, the commit asked for, profiled in the same job",
        ),
        (
            {"commit": USED, "distance": 1, "source": ".leakgate/baseline.json", "store": "file"},
            "1a2b3c4d5e6f, 1 commit before the head, from .leakgate/baseline.json",
        ),
        ({"source": "recorded/base"}, "recorded/base"),
        ({"commit": USED}, "1a2b3c4d5e6f"),
        ({}, "an unknown commit"),
    ],
)
def test_where_a_side_comes_from(fields: dict[str, object], words: str) -> None:
    assert describe_side(side(**fields)) == words


LABEL = AcceptedGrowth(
    test="s3 put", metric=Metric.T_GMAX_BYTES, value=3 * 2**20, source="label", label="leakgate: accept"
)
ENTRY = AcceptedGrowth(
    test="s3 put",
    metric=Metric.T_END_BLOCKS,
    value=9,
    source="leakgate.yml",
    up_to=12,
    reason="a cache",
    expires="2027-01-01",
)


@pytest.mark.parametrize(
    ("growth", "words"),
    [
        (LABEL, "s3 put: t-gmax 3 MiB, accepted with the label leakgate: accept"),
        (
            structs.replace(LABEL, by="alice"),
            "s3 put: t-gmax 3 MiB, accepted by alice with the label leakgate: accept",
        ),
        (
            ENTRY,
            "s3 put: t-end blocks 9 blocks, accepted up to 12 blocks until 2027-01-01 in leakgate.yml: a cache",
        ),
    ],
)
def test_who_accepted_what(growth: AcceptedGrowth, words: str) -> None:
    assert describe_accepted(growth, ("bytes", "blocks")) == words


def result(verdict: Verdict = Verdict.PASS, *statuses: Status, accepted: int = 0) -> Result:
    row = MetricResult(base=1, head=1, delta=0, ratio=1.0, status=Status.PASS, grown=False, limit=None)
    return Result(
        verdict=verdict,
        base=side(commit=USED),
        head=side(commit=HEAD),
        tests=tuple(
            TestResult(
                name=f"s3 {n}",
                status=status,
                units=("bytes", "blocks"),
                metrics={Metric.T_GMAX_BYTES: structs.replace(row, status=status, limit="1.5×")},
                sites=(),
            )
            for n, status in enumerate(statuses)
        ),
        accepted=tuple(structs.replace(LABEL, test=f"s3 {n}") for n in range(accepted)),
    )


def measured_thrice(outcome: Result) -> Result:
    """The result with its first test measured again."""
    first, *others = outcome.tests
    row = first.metrics[Metric.T_GMAX_BYTES]
    crossed = 3 if row.status is Status.FAIL else 1
    spread = MetricSpread(runs=3, lowest=1, highest=2, crossed=crossed)
    thrice = structs.replace(first, metrics={Metric.T_GMAX_BYTES: structs.replace(row, spread=spread)})
    return structs.replace(outcome, tests=(thrice, *others))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, ""),
        (MetricSpread(runs=3, lowest=5, highest=5), ""),
        (MetricSpread(runs=20, lowest=1024, highest=1536), "20 runs: 1 KiB to 1.5 KiB"),
        (MetricSpread(runs=3, lowest=5, highest=5, crossed=3), "crossed in 3 of 3 runs"),
        (MetricSpread(runs=3, lowest=5, highest=6, crossed=1), "crossed in 1 of 3 runs: 5 B to 6 B"),
        (MetricSpread(runs=3, lowest=5, highest=6, crossed=0), "3 runs: 5 B to 6 B"),
    ],
)
def test_how_far_runs_are_apart(found: MetricSpread | None, words: str) -> None:
    [test] = result(Verdict.PASS, Status.PASS).tests
    row = structs.replace(test.metrics[Metric.T_GMAX_BYTES], spread=found)
    assert spread(row, Metric.T_GMAX_BYTES, ("bytes", "blocks")) == words


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (result(Verdict.PASS, *[Status.PASS] * 3), "3 tests within their memory limits"),
        (
            result(Verdict.PASS, *[Status.PASS] * 3, Status.WARN),
            "4 tests within their memory limits, 1 close to one",
        ),
        (
            result(Verdict.PASS, Status.ACCEPTED, *[Status.PASS] * 12, accepted=1),
            "1 growth accepted, 12 tests within their memory limits",
        ),
        (result(Verdict.PASS, *[Status.ACCEPTED] * 2, accepted=2), "2 growths accepted"),
        (
            measured_thrice(result(Verdict.PASS, Status.WARN, *[Status.PASS] * 2)),
            "2 tests within their memory limits, 1 over one in some runs only",
        ),
        (measured_thrice(result(Verdict.FAIL, Status.FAIL)), "1 of 1 test crossed a memory limit"),
        (
            result(Verdict.FAIL, Status.ACCEPTED, Status.FAIL, Status.PASS, accepted=1),
            "1 of 3 tests crossed a memory limit, 1 growth accepted",
        ),
    ],
)
def test_the_headline(outcome: Result, words: str) -> None:
    assert headline(outcome) == words


def first_lines(outcome: Result, previous: Previous | None) -> list[str]:
    return markdown.render(outcome, previous=previous).split("\n")[:3]


def test_a_failure_that_was_mended_is_resolved() -> None:
    assert first_lines(result(Verdict.PASS, Status.PASS, Status.PASS), Previous(ASKED)) == [
        "### ✅ leakgate: resolved · 2 tests within their memory limits",
        "",
        "It crossed a limit at `9f8e7d6c5b4a`; mended at `6f5e4d3c2b1a`.",
    ]


def test_a_later_push_does_not_change_where_it_was_mended() -> None:
    assert first_lines(result(Verdict.PASS, Status.PASS), Previous(ASKED, USED))[2] == (
        "It crossed a limit at `9f8e7d6c5b4a`; mended at `1a2b3c4d5e6f`."
    )


@pytest.mark.parametrize(
    "outcome",
    [
        result(Verdict.FAIL, Status.FAIL),
        result(Verdict.PASS, Status.ACCEPTED, accepted=1),  # agreed to, not mended
        measured_thrice(result(Verdict.PASS, Status.WARN)),  # seen again, if not always
        result(Verdict.NO_BASELINE, Status.PASS),
        result(Verdict.INCOMPARABLE, Status.PASS),
        result(Verdict.ERROR),
    ],
)
def test_only_a_pass_resolves(outcome: Result) -> None:
    assert "resolved" not in markdown.render(outcome, previous=Previous(ASKED))


def test_many_accepted_growths_are_folded() -> None:
    few, many = (result(Verdict.PASS, *[Status.ACCEPTED] * n, accepted=n) for n in (5, 6))
    assert "growths accepted</summary>" not in markdown.render(few)
    assert "<details><summary>6 growths accepted</summary>\n\n- ☑️ `s3 0`: t-gmax 3 MiB, " in markdown.render(many)


def test_the_fields_in_which_two_sides_differ_are_those_that_both_know() -> None:
    base = side(
        fingerprint={"rustc": "1.80.0", "target": "x86_64", "allocator": "mimalloc", "profiler": "dhat-rs"}
    )
    head = side(fingerprint={"rustc": "1.95.0", "target": "aarch64", "rounds": "2", "profiler": "dhat-rs"})
    outcome = structs.replace(result(Verdict.INCOMPARABLE), base=base, head=head)
    assert differences(outcome) == [("rustc", "1.80.0", "1.95.0"), ("target", "x86_64", "aarch64")]
    assert differences(structs.replace(outcome, base=None)) == []
    assert "  rustc   1.80.0  →  1.95.0\n  target  x86_64  →  aarch64\n" in console.render(outcome)


@pytest.mark.parametrize(
    ("store", "words"),
    [
        ("branch", "The next push to a tracked branch, or a scheduled run on it, measures it anew."),
        ("artifact", "The next push to a tracked branch, or a scheduled run on it, measures it anew."),
        ("rebuild", "Once this change is merged, both sides are measured in the new way."),
        ("file", "To go on, save a baseline that was measured like this run."),
        (None, "To go on, save a baseline that was measured like this run."),
    ],
)
def test_how_to_go_on_with_another_baseline_depends_on_where_it_is_kept(store: str | None, words: str) -> None:
    base = side(store=store, fingerprint={"rustc": "1.80.0"})
    head = side(fingerprint={"rustc": "1.95.0"})
    outcome = structs.replace(result(Verdict.INCOMPARABLE), base=base, head=head)
    assert f"\n\n{words}\n" in markdown.render(outcome)
    assert f"\n{words}\n" in console.render(outcome)


def test_no_fold_is_empty() -> None:
    agreed = result(Verdict.PASS, Status.ACCEPTED, accepted=1)
    assert "no site to name" not in markdown.render(agreed)
    failed = markdown.render(result(Verdict.FAIL, Status.FAIL))
    assert "\n\n<code>s3 0</code>: no site to name\n\n" in failed
    assert "<details>" not in failed


def test_only_a_file_is_named_to_reproduce_a_run_with() -> None:
    outcome = structs.replace(result(), command="cargo test", base=side(source="base.json"))
    assert "leakgate check --base base.json -- cargo test" in markdown.render(outcome)
    stored = structs.replace(outcome, base=side(source="leakgate-baselines", store="branch"))
    assert "leakgate check -- cargo test" in markdown.render(stored)
