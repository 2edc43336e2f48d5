"""Several runs of one test → the one measurement that stands for them."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Measurement, Site, SiteKey, Spread
from leakgate.snapshot.sites import heaviest_first
from leakgate.statistic import Statistic, chosen

_SHOWN_FIRST = (Metric.T_GMAX_BYTES, Metric.T_END_BYTES)
"""Whose run says where a site is and what its stack looks like, if the site is in it."""


def merge_runs(runs: Sequence[Measurement], statistic: Statistic) -> Measurement:
    """One measurement, each metric of which is the statistic of its values in all runs.

    Every metric is taken from one run with all that its sites hold of it, so that sites never add up to more than
    their test.

    Args:
        runs: Of one test, in the order they ran; at least one. A metric counts over the runs that measured it.
        statistic: What is made of them.
    """
    if len(runs) == 1:
        return runs[0]
    of_metric = {}
    spread = {}
    for metric in Metric:
        measured = [run for run in runs if metric in run.metrics]
        if measured:
            values = [run.metrics[metric] for run in measured]
            of_metric[metric] = measured[chosen(values, statistic)]
            spread[metric] = Spread(runs=len(values), lowest=min(values), highest=max(values))
    return msgspec.structs.replace(
        runs[-1],
        metrics={metric: run.metrics[metric] for metric, run in of_metric.items()},
        sites=_merge_sites(of_metric),
        spread=spread,
    )


def share_sites(run: Measurement, earlier: Measurement) -> Measurement:
    """The same run, with an earlier one's sites and stacks where they are equal, so that many runs fit."""
    known = {site.key: site for site in earlier.sites}
    return msgspec.structs.replace(
        run, sites=tuple(_shared(site, known.get(site.key, site)) for site in run.sites)
    )


def _shared(site: Site, known: Site) -> Site:
    if known == site:
        return known
    return msgspec.structs.replace(site, stack=known.stack) if known.stack == site.stack else site


def _merge_sites(of_metric: Mapping[Metric, Measurement]) -> tuple[Site, ...]:
    shown: dict[SiteKey, Site] = {}
    counts: dict[SiteKey, dict[Metric, int]] = {}
    for metric in (*_SHOWN_FIRST, *Metric):
        for site in _sites(of_metric.get(metric)):
            shown.setdefault(site.key, site)
            counts.setdefault(site.key, dict.fromkeys(of_metric, 0))[metric] = site.counts.get(metric, 0)
    return heaviest_first(
        msgspec.structs.replace(site, counts=counts[key])
        for key, site in shown.items()
        if any(counts[key].values())
    )


def _sites(run: Measurement | None) -> Iterable[Site]:
    return run.sites if run else ()
