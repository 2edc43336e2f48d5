"""The report for a person at a terminal."""

from collections.abc import Iterator, Sequence

from rich.text import Text
from tabulate import tabulate

from leakgate.comparison.result import METRIC_NAMES, Result, Status, TestResult, Verdict
from leakgate.reports.console_sites import grown_here
from leakgate.reports.terminal import printed
from leakgate.reports.untrusted import plain
from leakgate.reports.words import (
    NO_BASELINE,
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
)
from leakgate.sizes import format_size

_STYLES = {
    Verdict.PASS: ("✔", "bold green"),
    Verdict.FAIL: ("✘", "bold red"),
    Verdict.NO_BASELINE: ("!", "bold yellow"),
    Verdict.INCOMPARABLE: ("!", "bold yellow"),
    Verdict.ERROR: ("✘", "bold red"),
}
_STATUS_WORDS = {
    Status.PASS: ("ok", "green"),
    Status.WARN: ("warn", "yellow"),
    Status.FAIL: ("FAIL", "bold red"),
    Status.ACCEPTED: ("accepted", "green"),
    Status.NEW: ("new", "cyan"),
    Status.GONE: ("gone", "dim"),
    Status.IGNORED: ("ignored", "dim"),
}
_HEADERS = ("", "base", "head", "Δ", "ratio", "trend", "limit", "")
_ALIGN = ("left", "right", "right", "right", "right", "left", "left", "left")
_TREND = _HEADERS.index("trend")
_TESTS_SHOWN = 30
_NAMES_LISTED = 10


def render(result: Result, *, width: int = 120, color: bool = False) -> str:
    """The report as text, `width` columns wide, with ANSI colours on demand."""
    return printed(_blocks(result, width), width=width, color=color)


def _blocks(result: Result, width: int) -> Iterator[Text]:
    present = [test for test in result.tests if test.status != Status.GONE]
    notable = [test for test in present if test.status != Status.PASS]
    listed = notable or present[:_TESTS_SHOWN]
    if listed:
        yield from _table(listed)
        if rest := len(present) - len(listed):
            yield Text(f"{plural(rest, 'test' if notable else 'more test')} within the limits", style="green")
        yield Text("")
    for test in listed:
        if test.sites:
            yield from grown_here(test, width)
    yield from _lists(result)
    yield from _differences(result)
    yield Text(f"base  {describe_side(result.base) if result.base else 'none'}", style="dim")
    yield Text(f"head  {describe_side(result.head)} ({describe_fingerprint(result.head) or 'DHAT'})", style="dim")
    for warning in result.warnings:
        yield Text(f"warning: {plain(warning, 1000)}", style="bold yellow")
    for note in result.notes:
        yield Text(f"note: {plain(note, 1000)}", style="yellow")
    for problem in result.problems:
        yield Text(f"problem: {plain(problem, 1000)}", style="red")
    if result.verdict == Verdict.NO_BASELINE:
        yield Text(plain(result.base_missing or NO_BASELINE, 1000), style="yellow")
    icon, style = _STYLES[result.verdict]
    yield Text(f"{icon} {headline(result)}", style=style)


def _table(tests: Sequence[TestResult]) -> Iterator[Text]:
    """A line with each test's name, which is too long for a column, and under it a row a metric."""
    cells: list[tuple[str, ...]] = []
    styles: list[str] = []
    for test in tests:
        for metric, row in rows(test):
            word, style = _STATUS_WORDS[row.status if row.status != Status.PASS else _presence(test)]
            base, head = amount(row.base, metric, test.units), amount(row.head, metric, test.units)
            delta = change(row.delta, metric, test.units)
            limit = plain(row.limit or "–")
            cells.append((METRIC_NAMES[metric], base, head, delta, ratio(row), trend(row), limit, word))
            styles.append(style)
    shown = [column for column in range(len(_HEADERS)) if column != _TREND or has_trend(tests)]
    headers, align = ([of_table[column] for column in shown] for of_table in (_HEADERS, _ALIGN))
    body = [[row[column] for column in shown] for row in cells]
    table = tabulate(body, headers, tablefmt="plain", colalign=align, disable_numparse=True)
    header, *lines = table.split("\n")
    yield Text(f"  {header}", style="dim")
    numbered = iter(zip(lines, styles, strict=True))
    for test in tests:
        yield Text(plain(test.name), style="bold")
        for metric, row in rows(test):
            line, style = next(numbered)
            figures, _, word = line.rstrip().rpartition("  ")
            yield Text.assemble(f"  {figures}  ", (word, style))
            if runs := spread(row, metric, test.units):
                yield Text(f"      {runs}", style="dim")


def _presence(test: TestResult) -> Status:
    """What to say of a metric within its limit: that there was nothing to compare it with, or that it is."""
    return test.status if test.status in {Status.NEW, Status.IGNORED} else Status.PASS


def _differences(result: Result) -> Iterator[Text]:
    """Why growth was not judged, and what to do about it."""
    changed = differences(result)
    if changed and result.base:
        yield Text("the baseline was measured differently, so growth was not judged:", style="yellow")
        table = tabulate(
            [[plain(field), plain(base), "→", plain(head)] for field, base, head in changed[:_NAMES_LISTED]],
            tablefmt="plain",
            disable_numparse=True,
        )
        for line in table.split("\n"):
            yield Text(f"  {line}", style="yellow")
        yield Text(how_to_go_on(result.base), style="yellow")


def _lists(result: Result) -> Iterator[Text]:
    units = {test.name: test.units for test in result.tests}
    for growth in result.accepted[:_NAMES_LISTED]:
        yield Text(describe_accepted(growth, units.get(growth.test, ("bytes", "blocks"))), style="green")
    if len(result.accepted) > _NAMES_LISTED:
        yield Text(f"and {len(result.accepted) - _NAMES_LISTED} more accepted", style="green")
    yield from _names("new, not in the baseline", [t.name for t in result.tests if t.status == Status.NEW], "cyan")
    yield from _names(
        "in the baseline, not measured now", [t.name for t in result.tests if t.status == Status.GONE], "yellow"
    )
    yield from _names("ran but wrote no profile, so not measured", list(result.unmeasured), "yellow")
    yield from _names("failed, so not judged", [f"{test.name}: {test.reason}" for test in result.failed], "red")
    yield from _ignored(result)


def _ignored(result: Result) -> Iterator[Text]:
    rules = by_rules(result)
    if rules:
        yield Text(f"{plural(len(rules), 'ignore rule')} applied:", style="yellow")
        for rule in rules[:_NAMES_LISTED]:
            until = f", until {plain(rule.expires)}" if rule.expires else ""
            left_out = f"{format_size(rule.t_end_bytes)} at t-end in {plural(rule.tests, 'test')}"
            yield Text(f"  {plain(rule.rule)}: {left_out}; {plain(rule.reason)}{until}", style="yellow")
        if len(rules) > _NAMES_LISTED:
            yield Text(f"  and {len(rules) - _NAMES_LISTED} more", style="yellow")
    if statics := by_statics(result):
        yield Text(f"left out: {statics}", style="yellow")


def _names(what: str, names: Sequence[str], style: str) -> Iterator[Text]:
    if names:
        listed = ", ".join(plain(name) for name in names[:_NAMES_LISTED])
        more = f" and {len(names) - _NAMES_LISTED} more" if len(names) > _NAMES_LISTED else ""
        yield Text(f"{len(names)} {what}: {listed}{more}", style=style)
