"""What the sites that are named leave over, so that all together are the test's figures."""

from collections.abc import Mapping, Sequence

from leakgate.comparison.result import MetricResult, SiteResult
from leakgate.dhat.profile import Metric


def residual(named: Sequence[SiteResult], metrics: Mapping[Metric, MetricResult]) -> SiteResult:
    """The test's figures without those of `named`, as a site without a function."""

    def rest(total: int, side: Sequence[Mapping[Metric, int]], metric: Metric) -> int:
        return total - sum(counts.get(metric, 0) for counts in side)

    return SiteResult(
        function=None,
        file=None,
        line=None,
        cause=None,
        base={m: rest(row.base or 0, [site.base for site in named], m) for m, row in metrics.items()},
        head={m: rest(row.head or 0, [site.head for site in named], m) for m, row in metrics.items()},
        delta={
            m: rest((row.head or 0) - (row.base or 0), [site.delta for site in named], m)
            for m, row in metrics.items()
        },
        stack=(),
    )
