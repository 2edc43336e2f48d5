"""Which sites of a test a report shows, and in which words; the same for every report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leakgate.comparison.residual import residual
from leakgate.comparison.result import LEAKS_FIRST, METRIC_NAMES, MetricResult, SiteResult, Status, TestResult
from leakgate.dhat.profile import Metric
from leakgate.reports.words import amount, change

SITES_SHOWN = 5
"""Sites of one test that a reader is told at first; `leakgate explain` has all."""

NO_FRAME_OF_YOURS = "no function of yours is on the stack"

BLOCKS = {
    Metric.T_GMAX_BYTES: Metric.T_GMAX_BLOCKS,
    Metric.T_END_BYTES: Metric.T_END_BLOCKS,
    Metric.TOTAL_BYTES: Metric.TOTAL_BLOCKS,
}
"""Which metric counts the blocks that go with bytes."""


@dataclass(frozen=True, slots=True)
class ShownSites:
    """What a report shows of where one test's memory is; `sites` and `rest` add up to the test's figures.

    Attributes:
        metrics: The metrics that crossed a limit: the columns.
        sites: The sites, leaks first.
        rest: What these leave over, as a site without a function; None where that is nothing.
        left_out: How many sites with a name are not among them.
    """

    metrics: tuple[Metric, ...]
    sites: tuple[SiteResult, ...]
    rest: SiteResult | None
    left_out: int


def shown_sites(test: TestResult, most: int | None = SITES_SHOWN) -> ShownSites:
    """Choose the sites to show: the first `most`, and of each crossed metric at least the one that added most."""
    metrics = tuple(metric for metric, row in test.metrics.items() if row.status is not Status.PASS)
    named = [site for site in test.sites if site.function]
    if most is None or len(named) <= most:
        chosen = named
    else:
        order = range(len(named))
        needed = dict.fromkeys(
            max(order, key=lambda i: (site_value(named[i], metric, test), -i))
            for metric in LEAKS_FIRST
            if metric in metrics
        )
        chosen = [named[i] for i in sorted(list(dict.fromkeys((*needed, *order)))[:most])]
    rest = residual(chosen, test.metrics)
    is_something = any(site_value(rest, metric, test) for metric in metrics)
    return ShownSites(metrics, tuple(chosen), rest if is_something else None, len(named) - len(chosen))


def worst_sites(shown: ShownSites, test: TestResult) -> list[tuple[Metric, SiteResult]]:
    """The site that added most to each crossed metric, each once, leaks first."""
    found: dict[int, tuple[Metric, SiteResult]] = {}
    for metric in LEAKS_FIRST:
        if metric in shown.metrics and shown.sites:
            worst = max(range(len(shown.sites)), key=lambda i: (site_value(shown.sites[i], metric, test), -i))
            if site_value(shown.sites[worst], metric, test) > 0:
                found.setdefault(worst, (metric, shown.sites[worst]))
    return list(found.values())


def told(sites: Sequence[SiteResult]) -> Iterator[tuple[int, SiteResult]]:
    """The sites whose cause is worth a paragraph, with their places among all: of each cause the first one."""
    known: set[tuple[str | None, str | None]] = {(None, None)}
    for number, site in enumerate(sites):
        key = (site.cause, site.forgets)
        if key not in known:
            known.add(key)
            yield number, site


def site_heading(metric: Metric, row: MetricResult) -> str:
    """What a table of sites shows of a metric: what each added, or what each holds where size is the news."""
    return f"Δ {METRIC_NAMES[metric]}" if row.grown else METRIC_NAMES[metric]


def site_figure(site: SiteResult, metric: Metric, test: TestResult) -> str:
    """The figure for that heading."""
    if test.metrics[metric].grown:
        return change(site.delta.get(metric), metric, test.units)
    return amount(site.head.get(metric), metric, test.units)


def site_blocks(site: SiteResult, metric: Metric, test: TestResult) -> str:
    """How many blocks go with that figure: `in 40 blocks`, `±0 blocks` where old ones grew; empty if not known."""
    blocks = BLOCKS.get(metric)
    grown = test.metrics[metric].grown
    count = (site.delta if grown else site.head).get(blocks) if blocks else None
    if blocks is None or count is None:
        return ""
    if grown and count * site_value(site, metric, test) <= 0:
        return change(count, blocks, test.units)
    return f"in {amount(abs(count), blocks, test.units)}"


def site_value(site: SiteResult, metric: Metric, test: TestResult) -> int:
    """The same as a number."""
    return (site.delta if test.metrics[metric].grown else site.head).get(metric, 0)


def is_new(site: SiteResult, test: TestResult) -> bool:
    """Whether the baseline has the test, and not the site."""
    return not site.base and any(row.base is not None for row in test.metrics.values())


def place(site: SiteResult) -> str:
    """`src/put.rs:9`, or what is known of it."""
    return at(site.file, site.line)


def at(file: str | None, line: int | None) -> str:
    """`src/put.rs:9`, or what is known of it."""
    if not file:
        return "unknown file"
    return f"{file}:{line}" if line else file
