"""All about one test, for a person at a terminal."""

from collections.abc import Iterator

from rich.text import Text
from tabulate import tabulate

from leakgate.comparison.result import METRIC_NAMES, SiteResult
from leakgate.reports.console_sites import explanation, mark, seen, stack
from leakgate.reports.explanation import Explanation, figures, hints, is_worth_a_line
from leakgate.reports.terminal import printed
from leakgate.reports.untrusted import plain
from leakgate.reports.words import (
    amount,
    change,
    describe_fingerprint,
    describe_side,
    ratio,
    spread,
    trend,
)


def render(told: Explanation, *, width: int = 120, color: bool = False) -> str:
    """The explanation as text, `width` columns wide, with ANSI colours on demand."""
    return printed(_blocks(told, width), width=width, color=color)


def _blocks(told: Explanation, width: int) -> Iterator[Text]:
    yield Text.assemble((plain(told.test.name), "bold"), f": {told.test.status}")
    yield from _metrics(told)
    yield Text("")
    sites = told.sites
    yield Text(told.introduction)
    for number, site in enumerate(sites, start=1):
        yield Text("")
        yield from _site(number, site, told, width)
    if sites and is_worth_a_line(told.rest, told):
        yield Text("")
        yield Text("all other sites together")
        yield from _figures(told.rest, told)
    yield Text("")
    yield Text("What to try next", style="bold")
    for hint in hints(told):
        yield Text(f"  {hint.why}")
        for line in hint.text.split("\n"):
            yield Text(f"    {line}")
    yield Text("")
    yield Text(f"base  {describe_side(told.base) if told.base else 'none'}", style="dim")
    yield Text(f"head  {describe_side(told.head)} ({describe_fingerprint(told.head) or 'DHAT'})", style="dim")


def _metrics(told: Explanation) -> Iterator[Text]:
    units = told.test.units
    cells = [
        (
            METRIC_NAMES[metric],
            amount(row.base, metric, units),
            amount(row.head, metric, units),
            change(row.delta, metric, units),
            ratio(row),
            plain(row.limit or "–"),
            row.status.value if row.limit else "not limited",
            trend(row),
            plain(spread(row, metric, units)),
        )
        for metric, row in told.test.metrics.items()
    ]
    headers = ("", "base", "head", "Δ", "ratio", "limit", "", "trend", "runs")
    filled = [n for n, head in enumerate(headers) if n < len(headers) - 2 or any(row[n] for row in cells)]
    align = ("left", "right", "right", "right", "right", "left", "left", "left", "left")
    table = tabulate(
        [[row[n] for n in filled] for row in cells],
        [headers[n] for n in filled],
        tablefmt="plain",
        colalign=[align[n] for n in filled] if cells else None,
        disable_numparse=True,
    )
    for number, line in enumerate(table.split("\n")):
        yield Text(f"  {line}", style="" if number else "dim")


def _site(number: int, site: SiteResult, told: Explanation, width: int) -> Iterator[Text]:
    known = mark(site, told.test) if told.is_judged else ""
    yield Text.assemble(
        f"{number}. ",
        (plain(site.function or ""), "bold"),
        f"  {seen(site)}",
        (f"  {known}" if known else "", "yellow"),
    )
    yield from _figures(site, told)
    if told.is_judged or site.forgets:
        yield from explanation(site, indent=3, width=width)
    yield from stack(site, len(site.stack), "     ")


def _figures(site: SiteResult, told: Explanation) -> Iterator[Text]:
    for name, base, head, delta in figures(site, told):
        yield Text(f"   {name:<6}  {f'{base} → {head}  ({delta})' if base else head}")
