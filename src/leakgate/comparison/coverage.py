"""What a comparison leaves out: tests, metrics and rules that nothing was held against."""

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase

from leakgate.comparison.compare import Comparison
from leakgate.config import Config
from leakgate.config.values import DEFAULT_LIMITS
from leakgate.dhat.profile import Metric, Mode
from leakgate.errors import UsageError

_TOTALS = frozenset({Metric.TOTAL_BYTES, Metric.TOTAL_BLOCKS})


def insist_on_judging(config: Config) -> None:
    """There must be a limit on something that will be measured.

    Raises:
        UsageError: There is none, or one that was written on purpose is on what will not be measured.
    """
    if config.valgrind_mode is Mode.HEAP:
        return
    own = {metric for metric, limit in config.limits.items() if limit != DEFAULT_LIMITS.get(metric)}
    own.update(metric for rule in config.tests for metric in rule.limits)
    blind = [metric for metric in Metric if metric in own - _TOTALS]
    if blind:
        raise UsageError(
            f"the limit on `{blind[0]}` judges nothing: valgrind's mode `{config.valgrind_mode}` measures totals",
            remedy="limit `total` or `total-blocks` instead",
        )
    if not own:
        raise UsageError(
            f"nothing would be judged: valgrind's mode `{config.valgrind_mode}` measures totals, "
            "and no limit is on one",
            remedy="`limits: {total: {ratio: 1.5}}`, or `total-blocks`",
        )


def missing(comparison: Comparison, config: Config, failed: Collection[str]) -> Iterable[str]:
    """A run that measures much less than the baseline did is no green run, whatever it measured."""
    if comparison.base is None or comparison.differences:
        return
    gone = [pair.name for pair in comparison.tests if pair.head is None and pair.name not in failed]
    of = len(comparison.base.tests)
    if of and len(gone) > of * config.max_missing:
        yield (
            f"{len(gone)} of the {of} tests in the baseline were not measured, more than the "
            f"{config.max_missing:.0%} that `max-missing` allows. If the command chooses tests, leave that out; "
            "if they were removed on purpose, save a new baseline."
        )


def unjudged(comparison: Comparison, config: Config, *, comparable: bool) -> Iterable[str]:
    """Limits that nothing was held against: a run that judges nothing is not green."""
    pairs = [pair for pair in comparison.tests if pair.head is not None]
    if pairs and not any(metric in config.limits_for(pair.name) for pair in pairs for metric in pair.metrics):
        measured = ", ".join(f"`{metric}`" for metric in Metric if any(metric in pair.metrics for pair in pairs))
        yield f"Nothing was judged: none of the measured metrics ({measured}) has a limit."
    for metric in Metric if comparable else ():
        lost = [
            pair.name
            for pair in pairs
            if metric in config.limits_for(pair.name)
            and metric in pair.metrics
            and pair.base is not None
            and pair.metrics[metric].head is None
        ]
        if lost:
            others = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
            yield f"`{metric}` has a limit and a baseline, and was not measured now: `{lost[0]}`{others}."


def unmatched(comparison: Comparison, config: Config) -> Iterable[str]:
    """Rules for tests that none of this run's tests has: a typing mistake there takes a limit away unseen."""
    names = [pair.name for pair in comparison.tests if pair.head is not None]
    for rule in config.tests:
        if names and not any(fnmatchcase(name, rule.match) for name in names):
            yield f"The limits for `{rule.match}` matched no test of this run."
