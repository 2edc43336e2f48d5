"""Where one test's memory is, for a person at a terminal."""

from collections.abc import Iterator, Sequence

from rich.text import Text
from tabulate import tabulate

from leakgate.comparison.result import Place, SiteResult, TestResult
from leakgate.dhat.profile import Metric
from leakgate.reports import causes
from leakgate.reports.sites import (
    NO_FRAME_OF_YOURS,
    at,
    is_new,
    place,
    shown_sites,
    site_blocks,
    site_figure,
    site_heading,
    told,
)
from leakgate.reports.terminal import sentences
from leakgate.reports.untrusted import plain
from leakgate.reports.words import plural

_FRAMES_SHOWN = 12


def grown_here(test: TestResult, width: int) -> Iterator[Text]:
    """The worst sites with what they add, the likely causes, the stack of the first; nothing without a site."""
    shown = shown_sites(test)
    if not shown.sites:
        return
    rows = [
        (*_figures(site, shown.metrics, test), plain(site.function or ""), seen(site), mark(site, test))
        for site in shown.sites
    ]
    if shown.rest is not None:
        more = f"({shown.left_out:,} of them named by `leakgate explain`)" if shown.left_out else ""
        rows.append((*_figures(shown.rest, shown.metrics, test), "all other sites", more, ""))
    headings = [[site_heading(metric, test.metrics[metric]), ""] for metric in shown.metrics]
    headers = (*(each for pair in headings for each in pair), "function", "at", "")
    align = (*(side for _ in shown.metrics for side in ("right", "left")), "left", "left", "left")
    filled = [n for n, heading in enumerate(headers) if heading or any(row[n] for row in rows)]
    table = tabulate(
        [[row[n] for n in filled] for row in rows],
        [headers[n] for n in filled],
        tablefmt="plain",
        colalign=[align[n] for n in filled],
        disable_numparse=True,
    )
    grown = any(test.metrics[metric].grown for metric in shown.metrics)
    yield Text.assemble((plain(test.name), "bold"), " grew here:" if grown else " is made of this:")
    for number, line in enumerate(table.split("\n")):
        yield Text(f"  {line}", style="" if number else "dim")
    yield from _explanations(shown.sites, width)
    if shown.sites[0].stack:
        yield Text("  the first one's stack, innermost call on top:", style="dim")
        yield from stack(shown.sites[0], _FRAMES_SHOWN)
    yield Text("")


def explanation(site: SiteResult, *, indent: int, width: int, named: bool = False) -> Iterator[Text]:
    """The cause of one site, and on a line of its own the remedy.

    Args:
        site: The site.
        indent: Columns before the first word.
        width: Columns of the screen.
        named: Whether to say first which site it is about.
    """
    cause, remedy = causes.explain(site, plain, _place), causes.remedy(site)
    about = f"{plain(site.function or '')}: " if named else ""
    yield from sentences(f"{about}{cause}", indent=indent, width=width)
    if remedy:
        yield from sentences(remedy, indent=indent + 2, width=width)


def stack(site: SiteResult, most: int, indent: str = "    ") -> Iterator[Text]:
    """A site's stack, the user's functions in bold."""
    own = set(site.own_frames)
    for number, frame in enumerate(site.stack[:most]):
        yield Text(f"{indent}{plain(frame)}", style="bold" if number in own else "dim")
    if len(site.stack) > most:
        yield Text(f"{indent}… {plural(len(site.stack) - most, 'more line')}", style="dim")


def mark(site: SiteResult, test: TestResult) -> str:
    """What the baseline knew of a site, where that is news."""
    if site.renamed_from:
        return f"likely renamed from {plain(site.renamed_from)}"
    return "new" if is_new(site, test) else ""


def _figures(site: SiteResult, metrics: Sequence[Metric], test: TestResult) -> Iterator[str]:
    """Bytes and blocks of each metric, a cell each."""
    for metric in metrics:
        yield site_figure(site, metric, test)
        yield site_blocks(site, metric, test)


def _explanations(sites: Sequence[SiteResult], width: int) -> Iterator[Text]:
    if not any(site.cause or site.forgets for site in sites):
        yield from explanation(sites[0], indent=2, width=width)
    for number, site in told(sites):
        yield from explanation(site, indent=2, width=width, named=number > 0)


def seen(site: SiteResult) -> str:
    return plain(place(site)) if site.own else NO_FRAME_OF_YOURS


def _place(found: Place) -> str:
    return plain(at(found.file, found.line))
