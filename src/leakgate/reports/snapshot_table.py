"""A snapshot as a table, for `leakgate baseline show`."""

from tabulate import tabulate

from leakgate.comparison.result import METRIC_NAMES, Side
from leakgate.dhat.profile import Metric
from leakgate.reports.untrusted import plain
from leakgate.reports.words import amount, describe_fingerprint, describe_side, plural
from leakgate.snapshot.model import Snapshot

_METRICS = (Metric.T_GMAX_BYTES, Metric.T_END_BYTES, Metric.TOTAL_BYTES)


def render(snapshot: Snapshot, side: Side) -> str:
    """What every test held at its peak, at its end, and allocated in all."""
    cells = [
        (
            plain(test.test),
            *(amount(test.metrics.get(metric), metric, test.units) for metric in _METRICS),
            plural(len(test.sites), "site"),
        )
        for test in snapshot.tests
    ]
    headers = ("test", *(METRIC_NAMES[metric] for metric in _METRICS), "")
    align = ("left", "right", "right", "right", "right")
    table = tabulate(cells, headers, tablefmt="simple", colalign=align, disable_numparse=True)
    head = f"{describe_side(side)} ({describe_fingerprint(side) or 'DHAT'})"
    return f"{head}\n\n{table}\n"
