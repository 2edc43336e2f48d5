"""The report for a person at a terminal."""

from collections.abc import Iterator, Sequence
from io import StringIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from leakgate.comparison.result import Result, Status, TestResult, Verdict
from leakgate.reports.untrusted import plain
from leakgate.reports.words import (
    METRIC_NAMES,
    amount,
    change,
    describe_fingerprint,
    describe_side,
    headline,
    plural,
    ratio,
    rows,
)

_STYLES = {
    Verdict.PASS: ("✔", "bold green"),
    Verdict.FAIL: ("✘", "bold red"),
    Verdict.NO_BASELINE: ("!", "bold yellow"),
    Verdict.INCOMPARABLE: ("!", "bold yellow"),
    Verdict.ERROR: ("✘", "bold red"),
}
_STATUS_STYLES = {Status.FAIL: "red", Status.WARN: "yellow", Status.NEW: "cyan", Status.GONE: "dim"}
_SITES_SHOWN = 5
_FRAMES_SHOWN = 8
_NAMES_LISTED = 10


def render(result: Result, *, width: int = 120, color: bool = False) -> str:
    """The report as text, `width` columns wide, with ANSI colours on demand."""
    console = Console(
        file=StringIO(),
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
    )
    with console.capture() as capture:
        for block in _blocks(result):
            console.print(block)
    return "\n".join(line.rstrip() for line in capture.get().split("\n"))


def _blocks(result: Result) -> Iterator[RenderableType]:
    tests = [test for test in result.tests if test.status != Status.GONE]
    if tests:
        yield _table(tests)
    for test in tests:
        if test.sites:
            yield _sites(test)
    yield from _lists(result)
    yield Text(f"base  {describe_side(result.base) if result.base else 'none'}", style="dim")
    yield Text(f"head  {describe_side(result.head)} ({describe_fingerprint(result.head) or 'DHAT'})", style="dim")
    for note in result.notes:
        yield Text(f"note: {plain(note, 1000)}", style="yellow")
    for problem in result.problems:
        yield Text(f"problem: {plain(problem, 1000)}", style="red")
    icon, style = _STYLES[result.verdict]
    yield Text(f"{icon} {headline(result)}", style=style)


def _table(tests: Sequence[TestResult]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    table.add_column("test", overflow="fold")
    table.add_column("metric", no_wrap=True)
    for name in ("base", "head", "Δ", "ratio"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("limit", no_wrap=True)
    table.add_column("", no_wrap=True)
    for test in tests:
        name = plain(test.name)
        for metric, row in rows(test):
            status = row.status if row.status != Status.PASS else test.status if name else Status.PASS
            word = "ok" if status == Status.PASS else status.upper() if status == Status.FAIL else str(status)
            table.add_row(
                Text(name),
                METRIC_NAMES[metric],
                amount(row.base, metric, test.units),
                amount(row.head, metric, test.units),
                change(row.delta, metric, test.units),
                ratio(row),
                row.limit or "–",
                Text(word, style=_STATUS_STYLES.get(status, "green")),
            )
            name = ""
    return table


def _sites(test: TestResult) -> RenderableType:
    """Where one test grew: the sites with what they add, and the stack of the first."""
    metrics = [metric for metric, row in test.metrics.items() if row.status != Status.PASS]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for metric in metrics:
        table.add_column(f"Δ {METRIC_NAMES[metric]}", justify="right", no_wrap=True, style="bold")
    table.add_column("function", overflow="fold")
    table.add_column("at", overflow="fold")
    named = [site for site in test.sites if site.function]
    for site in named[:_SITES_SHOWN]:
        place = f"{site.file}:{site.line}" if site.file and site.line else site.file or "unknown file"
        deltas = [change(site.delta.get(metric), metric, test.units) for metric in metrics]
        table.add_row(*deltas, Text(plain(site.function or "")), Text(plain(place), style="cyan"))
    rest = [site for site in test.sites if site not in named[:_SITES_SHOWN]]
    if rest:
        sums = [sum(site.delta.get(metric, 0) for site in rest) for metric in metrics]
        cells = [change(value, metric, test.units) for value, metric in zip(sums, metrics, strict=True)]
        table.add_row(*cells, Text("all other sites", style="dim"), "")
    parts: list[RenderableType] = [
        Text(f"{plain(test.name)} grew here:", style="bold"),
        Padding(table, (0, 0, 0, 2)),
    ]
    if named and named[0].stack:
        frames = [plain(frame) for frame in named[0].stack[:_FRAMES_SHOWN]]
        if len(named[0].stack) > _FRAMES_SHOWN:
            frames.append(f"… {plural(len(named[0].stack) - _FRAMES_SHOWN, 'more frame')} in the JSON result")
        parts.append(Padding(Text("\n".join(frames), style="dim"), (0, 0, 0, 6)))
    return Group(*parts, Text(""))


def _lists(result: Result) -> Iterator[RenderableType]:
    yield from _names("new, not in the baseline", [t.name for t in result.tests if t.status == Status.NEW], "cyan")
    yield from _names(
        "in the baseline, gone now", [t.name for t in result.tests if t.status == Status.GONE], "yellow"
    )
    yield from _names("ran but wrote no profile, so not measured", list(result.unmeasured), "yellow")
    yield from _names("failed, so not judged", [f"{test.name}: {test.reason}" for test in result.failed], "red")
    yield from _names(
        "left out by ignore rules", [f"{rule.rule} ({rule.reason})" for rule in result.ignored], "yellow"
    )


def _names(what: str, names: Sequence[str], style: str) -> Iterator[RenderableType]:
    if names:
        listed = ", ".join(plain(name) for name in names[:_NAMES_LISTED])
        more = f" and {len(names) - _NAMES_LISTED} more" if len(names) > _NAMES_LISTED else ""
        yield Text(f"{len(names)} {what}: {listed}{more}", style=style)
