"""The comment: what a tired maintainer reads first when the check is red. The job summary says more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from leakgate.comparison.result import METRIC_NAMES, MetricResult, Result, Status, TestResult, Verdict
from leakgate.dhat.profile import Metric
from leakgate.reports.fitting import Block, fit
from leakgate.reports.markdown_sites import where
from leakgate.reports.markup import LEFT, RIGHT, cell, code, figure, link, prose, sentence, table_header, table_row
from leakgate.reports.permalinks import Permalinks
from leakgate.reports.untrusted import plain
from leakgate.reports.words import (
    CROSSED,
    HASH,
    NO_BASELINE,
    Previous,
    amount,
    by_rules,
    by_statics,
    change,
    describe_accepted,
    describe_fingerprint,
    describe_side,
    differences,
    has_trend,
    headline,
    how_to_go_on,
    plural,
    ratio,
    rows,
    spread,
    trend,
    unsteady,
)
from leakgate.sizes import format_size

MAX_COMMENT = 59_000
"""Bytes. A comment may have 60,000 characters (GitHub refuses 65,536); the rest is for what the poster adds."""

MAX_SUMMARY = 900_000
"""Bytes. GitHub refuses more than 1 MiB a step, and other tools write there too."""

SHORTEST = 8_000
"""Bytes in which a report of any result has room, with everything left out and counted that can be."""

_ICONS = {
    Verdict.PASS: "✅",
    Verdict.FAIL: "❌",
    Verdict.NO_BASELINE: "⚠️",
    Verdict.INCOMPARABLE: "⚠️",
    Verdict.ERROR: "⛔",
}
_MARKS = {Status.FAIL: " ❌", Status.WARN: " ⚠️", Status.ACCEPTED: " ☑️ accepted"}
_NAMES_LISTED = 20
_QUIET_LISTED = 100
_UNFOLDED = 5
_SMALLEST = 50
"""Bytes that every item takes at least, so that no more need be made than could fit."""

_HEADERS = ("test", "metric", "base", "head", "Δ", "ratio", "trend", "limit")
_ALIGN = (LEFT, LEFT, RIGHT, RIGHT, RIGHT, RIGHT, LEFT, LEFT)
_TREND = _HEADERS.index("trend")
_ALL_IN_THE_RESULT = "`leakgate check` leaves all in `result.json`"


@dataclass(frozen=True, slots=True)
class _Caps:
    """How much a report lists at most; None: all that there is room for.

    Attributes:
        names: Names in one list.
        quiet: Tests in the table of those without news.
        items: Items in any block: no more could fit.
    """

    names: int | None
    quiet: int | None
    items: int


def render(
    result: Result,
    *,
    longest: int = MAX_COMMENT,
    previous: Previous | None = None,
    more: str | None = None,
    links: Permalinks | None = None,
) -> str:
    """The comment. What does not fit is left out by whole rows, and counted.

    Args:
        result: What to tell. Nothing in it is trusted.
        longest: In bytes of UTF-8, at least `SHORTEST`.
        previous: What the comment said before, where that was a failure: it is called resolved if nothing crosses
            a limit now.
        more: The address, one of our own making, of the page that has what is left out here: the run's summary.
        links: Where the measured files can be read; None: places are no links.
    """
    caps = _Caps(_NAMES_LISTED, _QUIET_LISTED, longest // _SMALLEST)
    summary = link("the run's summary", more)
    pointer = f"see {summary}" if summary else _ALL_IN_THE_RESULT
    return fit(list(_blocks(result, caps, previous, links)), longest, pointer)


def render_summary(result: Result, *, longest: int = MAX_SUMMARY, links: Permalinks | None = None) -> str:
    """The job summary: the comment with what that leaves out, at most `longest` bytes of UTF-8."""
    caps = _Caps(None, None, longest // _SMALLEST)
    return fit(list(_blocks(result, caps, None, links)), longest, _ALL_IN_THE_RESULT)


def _blocks(result: Result, caps: _Caps, previous: Previous | None, links: Permalinks | None) -> Iterator[Block]:
    """In the order in which they are read."""
    yield from _heading(result, previous)
    yield from _without_verdict(result, caps)
    yield from _without_base(result, caps)
    yield from _crossed(result, caps, links)
    yield from _not_on_both_sides(result, caps)
    yield from _left_out(result, caps)
    yield from _within_limits(result, caps)
    if result.warnings:
        items = [f"⚠️ {sentence(warning)}" for warning in result.warnings[: caps.items]]
        yield Block(items=items, of=len(result.warnings), between="\n\n", noun="warning", rank=4, share=0.05)
    if result.notes:
        items = [f"ℹ️ {sentence(note)}" for note in result.notes[: caps.items]]  # noqa: RUF001 - an icon, no letter
        yield Block(items=items, of=len(result.notes), between="\n\n", noun="note", rank=4, share=0.05)
    yield Block(before=_footer(result))


def _heading(result: Result, previous: Previous | None) -> Iterator[Block]:
    passes = result.verdict == Verdict.PASS and not result.accepted and not unsteady(result)
    mended = previous is not None and passes
    resolved = "resolved · " if mended else ""
    yield Block(before=f"### {_ICONS[result.verdict]} leakgate: {resolved}{headline(result)}")
    if mended and previous is not None:
        at = previous.mended_at or result.head.commit
        yield Block(
            before=f"It crossed a limit at {code(previous.failed_at[:HASH])}"
            + (f"; mended at {code(at[:HASH])}." if at else " and does not any more.")
        )


def _without_verdict(result: Result, caps: _Caps) -> Iterator[Block]:
    if result.problems:
        items = [f"⛔ {sentence(problem)}" for problem in result.problems[: caps.items]]
        yield Block(items=items, of=len(result.problems), between="\n\n", noun="problem", rank=1, share=0.15)
    if result.failed:
        failed = result.failed[: caps.names]
        yield Block(
            before="⛔ These tests failed, so their memory was not judged:\n\n",
            items=[f"- {code(test.name)}: {prose(test.reason)}" for test in failed],
            of=len(result.failed),
            noun="failed test",
            rank=2,
            share=0.1,
        )


def _without_base(result: Result, caps: _Caps) -> Iterator[Block]:
    """Why growth was not judged, and what to do about it."""
    if result.verdict == Verdict.NO_BASELINE:
        why = sentence(result.base_missing or NO_BASELINE)
        yield Block(
            items=[f"{why} Only absolute limits (`max`) were judged."], noun="reason for having no baseline"
        )
    changed = differences(result)
    if changed:
        header = table_header(("measured with", "in the baseline", "now"), (LEFT, LEFT, LEFT))
        yield Block(
            before="The baseline was measured differently, so growth was not judged; only absolute limits (`max`) "
            f"were.\n\n{header}\n",
            items=[
                table_row((cell(field), cell(base), cell(head))) for field, base, head in changed[: caps.names]
            ],
            of=len(changed),
            after=how_to_go_on(result.base) if result.base else "",
            noun="difference",
            rank=2,
            share=0.05,
        )


def _crossed(result: Result, caps: _Caps, links: Permalinks | None) -> Iterator[Block]:
    """What crossed a limit, worst first: the figures of all, who accepted what, and the call sites of each."""
    tests = [test for test in result.tests if test.status in CROSSED]
    if tests:
        table = _table(tests, caps.items)
        yield replace(table, counted="{} over a limit", rank=3, share=0.3)
    yield from _accepted(result, caps)
    # Nobody looks for the place of growth that is agreed to, where there is none to name.
    placed = [
        test for test in tests if test.status != Status.ACCEPTED or any(site.function for site in test.sites)
    ]
    if placed:
        yield Block(
            items=[where(test, links) for test in placed[: caps.items]],
            of=len(placed),
            between="\n\n",
            noun="test",
            counted="call sites of {} over a limit",
            rank=7,
        )


def _accepted(result: Result, caps: _Caps) -> Iterator[Block]:
    if result.accepted:
        units = {test.name: test.units for test in result.tests}
        count = len({growth.test for growth in result.accepted})
        accepted = result.accepted[: caps.names]
        yield Block(
            items=[
                f"- ☑️ {describe_accepted(each, units.get(each.test, ('bytes', 'blocks')), code, prose)}"
                for each in accepted
            ],
            of=len(result.accepted),
            fold=f"{plural(count, 'growth')} accepted" if len(result.accepted) > _UNFOLDED else "",
            noun="accepted growth",
            rank=4,
            share=0.05,
        )


def _not_on_both_sides(result: Result, caps: _Caps) -> Iterator[Block]:
    new = [test.name for test in result.tests if test.status == Status.NEW]
    gone = [test.name for test in result.tests if test.status == Status.GONE]
    if new:
        yield _names(new, caps, f"{plural(len(new), 'new test')}, not in the baseline:", noun="new test")
    if gone:
        title = f"{plural(len(gone), 'test')} in the baseline, not measured now:"
        yield _names(gone, caps, title, counted="{} not measured now")


def _left_out(result: Result, caps: _Caps) -> Iterator[Block]:
    if result.unmeasured:
        fold = f"{plural(len(result.unmeasured), 'test')} not measured: no profile was written"
        yield replace(_names(result.unmeasured, caps), before=_why_unmeasured(result), fold=fold, rank=6)
    if rules := by_rules(result):
        yield Block(
            items=[
                f"- {code(rule.rule)} left out {format_size(rule.t_end_bytes)} at t-end "
                f"in {plural(rule.tests, 'test')}: {prose(rule.reason)}"
                + (f" (until {prose(rule.expires)})" if rule.expires else "")
                for rule in rules[: caps.items]
            ],
            of=len(rules),
            fold=f"{plural(len(rules), 'ignore rule')} applied",
            noun="ignore rule",
            rank=6,
            share=0.05,
        )
    if statics := by_statics(result):
        yield Block(before=f"Left out: {statics}.")


def _within_limits(result: Result, caps: _Caps) -> Iterator[Block]:
    quiet = [test for test in result.tests if test.head_measured and test.status in {Status.PASS, Status.NEW}]
    if quiet:
        verb = "within its limits" if len(quiet) == 1 else "within their limits"
        if result.base is None or result.verdict == Verdict.INCOMPARABLE:
            verb = "measured"
        table = _table(quiet, caps.items if caps.quiet is None else caps.quiet)
        yield replace(table, fold=f"{plural(len(quiet), 'test')} {verb}", rank=8)


def _table(tests: Sequence[TestResult], most: int) -> Block:
    """A row for each metric that matters; an item is all rows of a test."""
    listed = tests[:most]
    columns = range(len(_HEADERS)) if has_trend(listed) else [i for i in range(len(_HEADERS)) if i != _TREND]
    header = table_header([_HEADERS[i] for i in columns], [_ALIGN[i] for i in columns])
    items = ["\n".join(table_row([cells[i] for i in columns]) for cells in _metric_rows(test)) for test in listed]
    return Block(before=f"{header}\n", items=items, of=len(tests), noun="test")


def _metric_rows(test: TestResult) -> Iterator[Sequence[str]]:
    if not rows(test):  # a result that was tampered with; a line without a row would end the table
        yield (cell(test.name), *("–" for _ in _HEADERS[1:]))
    for number, (metric, row) in enumerate(rows(test)):
        yield (
            "" if number else cell(test.name),
            METRIC_NAMES[metric],
            figure(amount(row.base, metric, test.units)),
            figure(amount(row.head, metric, test.units)),
            figure(change(row.delta, metric, test.units)),
            ratio(row),
            trend(row),
            prose(row.limit or "–") + _MARKS.get(row.status, "") + _runs(row, metric, test),
        )


def _runs(row: MetricResult, metric: Metric, test: TestResult) -> str:
    """How far the runs are apart of what crossed a limit."""
    runs = spread(row, metric, test.units) if row.status in CROSSED else ""
    return f"<br>{prose(runs)}" if runs else ""


def _names(
    names: Sequence[str], caps: _Caps, title: str = "", *, noun: str = "test", counted: str = "{}"
) -> Block:
    return Block(
        before=f"{title}\n\n" if title else "",
        items=[f"- {code(name)}" for name in names[: caps.names]],
        of=len(names),
        noun=noun,
        counted=counted,
        rank=5,
        share=0.05,
    )


def _why_unmeasured(result: Result) -> str:
    """What a project that carries its own profiler has to know of tests without a profile."""
    if result.head.fingerprint.get("profiler") != "dhat-rs":
        return ""
    return "A test is measured when it holds a `dhat::Profiler`; one in `testing()` mode writes no profile.\n\n"


def _footer(result: Result) -> str:
    base = describe_side(result.base, code) if result.base else "nothing: there is no baseline"
    lines = [f"Compared with {base}. Measured with {code(describe_fingerprint(result.head) or 'DHAT')}."]
    if result.command:
        base_file = result.base.source if result.base and result.base.store in {None, "file"} else None
        again = f" --base {plain(base_file)}" if base_file else ""
        lines.append(f"Reproduce: {code(f'leakgate check{again} -- {result.command}', 400)}")
    return "<sub>" + "<br>".join(lines) + "</sub>"
