"""What the branch of baselines knows of a test's past: read once, told as trends."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import structs

from leakgate.baselines.index import Index
from leakgate.comparison.choosing import choose
from leakgate.comparison.result import METRIC_NAMES
from leakgate.comparison.trend import Series, Trend, trend
from leakgate.config import Config
from leakgate.dhat.profile import Metric
from leakgate.edges import Edges
from leakgate.errors import UsageError
from leakgate.search import open_branch

LAST = 30
"""How many saves are shown unless asked otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What the user asked for.

    Attributes:
        test: A test, by any name that `choose` takes; None: all.
        metrics: Which metrics, as `METRIC_NAMES` or their slugs have them; none: bytes at t-gmax and at t-end.
        branch: The branch whose commits count; None: that of the newest save.
        last: How many saves.
    """

    test: str | None = None
    metrics: Sequence[str] = ()
    branch: str | None = None
    last: int = LAST


def history(query: Query, config: Config, edges: Edges) -> tuple[Trend, ...]:
    """The trends that were asked for, read from the branch of baselines.

    Raises:
        UsageError: There is no such test, branch, job or metric, or the project has no branch of baselines.
        InputError: The branch is damaged, or not leakgate's.
        ServiceError: It cannot be read.
    """
    metrics = _metrics(query.metrics)  # before anything is fetched
    with open_branch(config, edges) as store:
        index = store.history()
    if index is None:
        raise UsageError(
            f"there is no baseline on the branch `{config.baseline.branch}` yet",
            where=store.scratch.remote.url,
            remedy="the next push to a tracked branch saves one; `leakgate baseline save` does so by hand",
        )
    return trends(index, query, metrics, config)


def trends(index: Index, query: Query, metrics: Sequence[Metric], config: Config) -> tuple[Trend, ...]:
    """The trends that were asked for, by test and metric.

    Raises:
        UsageError: There is no such test or branch, or no value in so few saves.
    """
    branch = _branch(index, query.branch)
    saves = [save for save in index.saves if save.branch == branch]
    index = structs.replace(index, saves=tuple(saves[-query.last :]))
    tests = index.tests(branch)
    chosen = tests if query.test is None else choose(query.test, tests)
    found = [
        trend(series, config)
        for test in chosen
        for metric in metrics
        if (series := _from_its_first(index.series(branch, test, metric))).values
    ]
    if not found:
        names = ", ".join(METRIC_NAMES[metric] for metric in metrics)
        raise UsageError(
            f"the last saves of `{branch}` have no value of {names}", remedy="a higher --last, or another --metric"
        )
    return tuple(found)


def _branch(index: Index, asked: str | None) -> str:
    if asked is None:
        return index.saves[-1].branch  # a branch with more of them may be one that was renamed
    if asked not in index.branches:
        names = ", ".join(f"`{branch}`" for branch in index.branches)
        raise UsageError(f"nothing was saved of the branch `{asked}`", remedy=f"there are those of {names}")
    return asked


def _metrics(asked: Sequence[str]) -> tuple[Metric, ...]:
    if not asked:
        return (Metric.T_GMAX_BYTES, Metric.T_END_BYTES)
    names = {name: metric for metric, name in METRIC_NAMES.items()} | {metric.value: metric for metric in Metric}
    for name in asked:
        if name not in names:
            choices = ", ".join(f"`{name}`" for name in METRIC_NAMES.values())
            raise UsageError(f"there is no metric `{name}`", where="--metric", remedy=f"choose among: {choices}")
    return tuple(dict.fromkeys(names[name] for name in asked))


def _from_its_first(series: Series) -> Series:
    """The series from its first point that has a value."""
    first = next((at for at, point in enumerate(series.points) if point.value is not None), len(series.points))
    return Series(series.test, series.metric, series.points[first:])
