"""One metric of one test: its limit, in the light of how far it moves by itself and of what it was before."""

from collections.abc import Sequence
from dataclasses import dataclass

from leakgate.comparison.compare import MetricPair, TestPair
from leakgate.comparison.limits import (
    crossed,
    crossed_by_growth,
    describe,
    describe_creep,
    describe_crossed,
    exceeds_maximum,
)
from leakgate.comparison.past import crept, moves_by_itself
from leakgate.comparison.result import Creep, Status
from leakgate.config import CreepAction, CreepRule, Limit
from leakgate.dhat.profile import Metric

_AT_THE_PEAK = (Metric.T_GMAX_BYTES, Metric.T_GMAX_BLOCKS)


@dataclass(frozen=True, slots=True)
class Word:
    """What is to be said of a metric that is limited.

    Attributes:
        status: Whether a limit was crossed; nobody's agreement is in it yet.
        limit: What was crossed of the limit, or else all of it, in words.
        grown: Whether growth in one step crossed the limit, and not the absolute size alone.
        creep: The small steps that crossed it together.
        moves: Whether it warns only, because it has moved as far before.
    """

    status: Status
    limit: str | None
    grown: bool
    creep: Creep | None = None
    moves: bool = False


def weigh(  # noqa: PLR0913 - a limit, and all that it is held against
    limit: Limit, pair: MetricPair, *, calm: MetricPair, past: Sequence[int], creep: CreepRule, unit: str
) -> Word:
    """Hold a metric against its limit.

    Args:
        limit: The limit.
        pair: What was measured on both sides.
        calm: The most that the base and the least that the head came to, where they ran more than once: growth has
            to cross the limit between these too.
        past: Its values at the last measured commits up to the base, oldest first; empty where not known.
        creep: How growth in small steps is judged.
        unit: What the metric counts.
    """
    words = describe_crossed(limit, pair, unit)
    grown = crossed_by_growth(limit, pair)
    if exceeds_maximum(limit, pair):
        return Word(Status.FAIL, words, grown=grown is not Status.PASS)
    if grown is not Status.PASS and crossed(limit, calm) is Status.PASS:
        return Word(Status.PASS, describe(limit, unit), grown=False)
    if grown is Status.FAIL and moves_by_itself(limit, past, pair):
        return Word(Status.WARN, f"{words}, but it moves as far by itself", grown=True, moves=True)
    if grown is not Status.FAIL and creep.action is not CreepAction.NONE:
        steps = crept(limit, past[-creep.last :], pair)
        if steps:
            status = Status.FAIL if creep.action is CreepAction.FAIL else Status.WARN
            return Word(status, describe_creep(limit, steps, unit), grown=False, creep=steps)
    return Word(grown, words, grown=grown is not Status.PASS)


def calmest(pair: MetricPair, test: TestPair, metric: Metric) -> MetricPair:
    """`pair` with the highest that the base and the lowest that the head came to in several rounds of one run.

    What the initialiser of a static made is no growth at the peak either: some other test made it in the baseline.
    """
    base = test.base.spread.get(metric) if test.base else None
    head = test.head.spread.get(metric) if test.head else None
    highest = base.highest if base and pair.base is not None else pair.base
    lowest = head.lowest if head and pair.head is not None else pair.head
    if lowest is not None and test.head and metric in _AT_THE_PEAK:
        lowest -= sum(site.counts.get(metric, 0) for site in test.head.sites if site.once)
    return MetricPair(highest, None if lowest is None else max(0, lowest))
