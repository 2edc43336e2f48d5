"""All about one test, in Markdown: to be read in an editor, or pasted into an issue."""

from collections.abc import Iterator

from leakgate.comparison.result import METRIC_NAMES, Place, SiteResult
from leakgate.reports.explanation import Explanation, figures, hints, is_worth_a_line
from leakgate.reports.markdown_sites import explanation, linked_place, mark, stack
from leakgate.reports.markup import LEFT, RIGHT, code, figure, prose, table_header, table_row
from leakgate.reports.sites import NO_FRAME_OF_YOURS
from leakgate.reports.words import (
    amount,
    change,
    describe_fingerprint,
    describe_side,
    ratio,
    spread,
    trend,
)


def render(told: Explanation) -> str:
    """The explanation as a document."""
    return "\n\n".join(_blocks(told)) + "\n"


def _blocks(told: Explanation) -> Iterator[str]:
    yield f"## {code(told.test.name)}: {told.test.status}"
    yield _metrics(told)
    sites = told.sites
    yield told.introduction
    for number, site in enumerate(sites, start=1):
        yield from _site(number, site, told)
    if sites and is_worth_a_line(told.rest, told):
        yield "### All other sites together"
        yield _figures(told.rest, told)
    yield "### What to try next"
    for hint in hints(told):
        yield f"{hint.why}\n\n{_fenced(hint.text, 'yaml' if hint.is_yaml else 'sh')}"
    base = describe_side(told.base, code) if told.base else "nothing: there is no baseline"
    yield f"Compared with {base}. Measured with {code(describe_fingerprint(told.head) or 'DHAT')}."


def _metrics(told: Explanation) -> str:
    units = told.test.units
    lines = [
        table_header(
            ("metric", "base", "head", "Δ", "ratio", "trend", "limit", "status"),
            (LEFT, RIGHT, RIGHT, RIGHT, RIGHT, LEFT, LEFT, LEFT),
        )
    ]
    for metric, row in told.test.metrics.items():
        runs = spread(row, metric, units)
        lines.append(
            table_row(
                (
                    METRIC_NAMES[metric],
                    figure(amount(row.base, metric, units)),
                    figure(amount(row.head, metric, units)),
                    figure(change(row.delta, metric, units)),
                    ratio(row),
                    trend(row),
                    prose(row.limit or "–") + (f"<br>{prose(runs)}" if runs else ""),
                    row.status.value if row.limit else "not limited",
                )
            )
        )
    return "\n".join(lines)


def _site(number: int, site: SiteResult, told: Explanation) -> Iterator[str]:
    known = mark(site, told.test, code) if told.is_judged else ""
    yield f"### {number}. {code(site.function or '')}{f' {known}' if known else ''}"
    seen = linked_place(None, code, Place(function="", file=site.file, line=site.line))
    yield f"At {seen}." if site.own else f"{NO_FRAME_OF_YOURS.capitalize()}."
    yield _figures(site, told)
    if told.is_judged or site.forgets:
        yield explanation(site, None)
    if site.stack:
        yield stack(site, None, len(site.stack))


def _figures(site: SiteResult, told: Explanation) -> str:
    rows = [
        table_row((name, *(cells if told.is_compared else [cells[1]])))
        for name, *cells in (
            (name, figure(base), figure(head), figure(delta)) for name, base, head, delta in figures(site, told)
        )
    ]
    columns = ("", "base", "head", "Δ") if told.is_compared else ("", "held")
    return "\n".join((table_header(columns, (LEFT, *[RIGHT] * (len(columns) - 1))), *rows))


def _fenced(text: str, language: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"
