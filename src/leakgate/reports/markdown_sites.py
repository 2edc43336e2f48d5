"""Where one test's memory is, in Markdown: the part of the comment that is there to be acted on."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from leakgate.comparison.result import METRIC_NAMES, Place, SiteResult, TestResult
from leakgate.dhat.profile import Metric
from leakgate.reports import causes
from leakgate.reports.markup import (
    LEFT,
    RIGHT,
    cell,
    code,
    figure,
    html_code,
    html_link,
    html_text,
    link,
    sentence,
    table_header,
    table_row,
)
from leakgate.reports.permalinks import Permalinks, place_in
from leakgate.reports.sites import (
    NO_FRAME_OF_YOURS,
    ShownSites,
    at,
    is_new,
    place,
    shown_sites,
    site_blocks,
    site_figure,
    site_heading,
    told,
    worst_sites,
)
from leakgate.reports.words import plural

_FRAMES_SHOWN = 20


def where(test: TestResult, links: Permalinks | None) -> str:
    """The sites of one test, folded: the first line already names the worst of them, and the likely cause.

    Args:
        test: What crossed a limit.
        links: Where its files can be read; None: places are no links.
    """
    shown = shown_sites(test)
    summary = f"{html_code(test.name)}: {_lead(test, shown, links)}"
    if not shown.sites:
        return summary
    parts = [
        _table(test, shown, links),
        "\n\n".join(explanations(shown.sites, links)),
    ]
    if shown.sites[0].stack:
        parts += ["Stack of the first, innermost call on top:", stack(shown.sites[0], links, _FRAMES_SHOWN)]
    body = "\n\n".join(part for part in parts if part)
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def explanations(sites: Sequence[SiteResult], links: Permalinks | None) -> Iterator[str]:
    """A paragraph for each cause, of its worst site: what it rests on, and the remedy."""
    for number, site in told(sites):
        text = explanation(site, links)
        yield f"{code(site.function or '')}: {text}" if number else text


def explanation(site: SiteResult, links: Permalinks | None) -> str:
    """The cause of one site in sentences."""
    text = causes.explain(site, code, partial(linked_place, links, code))
    remedy = causes.remedy(site)
    return f"{text} {sentence(remedy)}" if remedy else text


def stack(site: SiteResult, links: Permalinks | None, most: int) -> str:
    """A site's stack, the user's functions in bold and their lines linked. As HTML: nothing is bold in a fence."""
    own = set(site.own_frames)
    lines = [
        f"<b>{_linked_frame(frame, links)}</b>" if number in own else html_text(frame)
        for number, frame in enumerate(site.stack[:most])
    ]
    if len(site.stack) > most:
        lines.append(f"… {plural(len(site.stack) - most, 'more line')}")
    text = "\n".join(lines)
    return f"<pre>\n{text}\n</pre>"


def _lead(test: TestResult, shown: ShownSites, links: Permalinks | None) -> str:
    """The one line that everybody reads: the worst site of each metric, how much it added, and why."""
    worst = worst_sites(shown, test)
    return "; ".join(_named(site, metric, test, links) for metric, site in worst) or "no site to name"


def _named(site: SiteResult, metric: Metric, test: TestResult, links: Permalinks | None) -> str:
    added = f"{METRIC_NAMES[metric]} {figure(site_figure(site, metric, test))} in {html_code(site.function or '')}"
    cause = f", likely {html_code(site.cause)}" if site.cause else ", cause unknown"
    if not site.own:
        return f"{added}{cause} ({NO_FRAME_OF_YOURS})"
    url = links.to(site.file, site.line) if links else None
    return f"{added} at {html_link(html_code(place(site)), url)}{cause}"


def _table(test: TestResult, shown: ShownSites, links: Permalinks | None) -> str:
    """A row for each site, and one for all others."""
    tells = any(site.cause or site.forgets for site in shown.sites)
    headings = [site_heading(metric, test.metrics[metric]) for metric in shown.metrics]
    columns = (*headings, "where", *(["likely cause"] if tells else []))
    lines = [table_header(columns, (*(RIGHT for _ in headings), LEFT, *([LEFT] if tells else [])))]
    for site in shown.sites:
        figures = [figures_of(site, metric, test) for metric in shown.metrics]
        lines.append(
            table_row((*figures, _where_cell(site, test, links), *([_cause_cell(site)] if tells else [])))
        )
    if shown.rest is not None:
        figures = [figures_of(shown.rest, metric, test) for metric in shown.metrics]
        more = f" (`leakgate explain` names {shown.left_out:,})" if shown.left_out else ""
        lines.append(table_row((*figures, f"*all other sites*{more}", *([""] if tells else []))))
    return "\n".join(lines)


def figures_of(site: SiteResult, metric: Metric, test: TestResult) -> str:
    """Bytes and blocks, a line each, which keeps the column narrow."""
    blocks = site_blocks(site, metric, test)
    return figure(site_figure(site, metric, test)) + (f"<br>{figure(blocks)}" if blocks else "")


def mark(site: SiteResult, test: TestResult, write: Callable[[str], str]) -> str:
    """What the baseline knew of a site, where that is news."""
    if site.renamed_from:
        return f"likely renamed from {write(site.renamed_from)}"
    return "**new**" if is_new(site, test) else ""


def _where_cell(site: SiteResult, test: TestResult, links: Permalinks | None) -> str:
    known = mark(site, test, cell)
    seen = f"<br>{linked_place(links, cell, Place(function='', file=site.file, line=site.line))}"
    function = f"{cell(site.function or '')}{f' {known}' if known else ''}"
    return function + (seen if site.own else f"<br>{NO_FRAME_OF_YOURS}")


def _cause_cell(site: SiteResult) -> str:
    words = cell(site.cause) if site.cause else "unknown"
    return f"{words}<br>calls {cell(site.forgets)}" if site.forgets else words


def linked_place(links: Permalinks | None, write: Callable[[str], str], found: Place) -> str:
    text = write(at(found.file, found.line))
    return link(text, links.to(found.file, found.line) if links else None) or text


def _linked_frame(frame: str, links: Permalinks | None) -> str:
    """`function (file:line)` with a link from its place."""
    found = place_in(frame)
    if links is None or found is None:
        return html_text(frame)
    shown = html_text(f"{found.file}:{found.line}")
    return f"{html_text(found.before)}{html_link(shown, links.to(found.file, found.line))})"
