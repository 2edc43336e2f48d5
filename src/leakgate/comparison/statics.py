"""What the initialisers of statics made is not counted at t-end: it is made once in a process, and is no leak."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from msgspec import structs

from leakgate.comparison.compare import TestPair
from leakgate.comparison.result import IgnoredGrowth
from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Measurement, Site

RULE = "static-init"
"""What stands where an ignore rule's glob does."""

_REASON = "made once in a process by the initialiser of a static, and never freed"
_AT_THE_END = (Metric.T_END_BYTES, Metric.T_END_BLOCKS)


class StaticTally:
    """Leaves it out of tests, and counts what that hides."""

    def __init__(self) -> None:
        self._tests: set[str] = set()
        self._bytes = 0

    def without(self, pair: TestPair) -> TestPair:
        """The test as it is judged: what statics held at t-end is in neither side.

        The head says whether a site is a static's, if it has it: a side that was measured otherwise must not make
        the other look as if it had grown.
        """
        if not any(_holds(site) for side in (pair.base, pair.head) if side for site in side.sites if site.once):
            return pair
        static = [sites for sites in pair.sites if all(site.once for site in sites.head or sites.base)]
        base = [site for sites in static for site in sites.base]
        head = [site for sites in static for site in sites.head]
        if not any(map(_holds, (*base, *head))):
            return pair
        self._tests.add(pair.name)
        self._bytes += sum(site.counts.get(Metric.T_END_BYTES, 0) for site in head)
        return replace(
            pair,
            base=_without(pair.base, base) if pair.base else None,
            head=_without(pair.head, head) if pair.head else None,
        )

    def comparable(
        self, past: Mapping[str, Mapping[Metric, tuple[int, ...]]]
    ) -> Mapping[str, Mapping[Metric, tuple[int, ...]]]:
        """Past values without those that have what was left out now: how much that was then is not known."""
        return {
            test: {m: row for m, row in rows.items() if m not in _AT_THE_END} if test in self._tests else rows
            for test, rows in past.items()
        }

    def matched(self) -> tuple[IgnoredGrowth, ...]:
        """What was left out, for the reader; empty where nothing was."""
        if not self._tests:
            return ()
        return (
            IgnoredGrowth(
                rule=RULE, reason=_REASON, expires=None, tests=len(self._tests), t_end_bytes=self._bytes
            ),
        )


def _holds(site: Site) -> bool:
    return any(site.counts.get(metric) for metric in _AT_THE_END)


def _without(side: Measurement, static: Sequence[Site]) -> Measurement:
    left_out = set(map(id, static))
    held = {
        metric: sum(site.counts.get(metric, 0) for site in static)
        for metric in _AT_THE_END
        if metric in side.metrics
    }
    return structs.replace(
        side,
        metrics={metric: value - held.get(metric, 0) for metric, value in side.metrics.items()},
        sites=tuple(
            structs.replace(site, counts={**site.counts, **dict.fromkeys(held, 0)})
            if id(site) in left_out
            else site
            for site in side.sites
        ),
        spread={metric: spread for metric, spread in side.spread.items() if metric not in held},
    )
