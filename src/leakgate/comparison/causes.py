"""What grew in a test → why it is probably still alive, and what that rests on.

DHAT counts blocks and knows of no references, so a cause is an inference from three things: what a block is
(`Site.kind`), how many of those that were allocated lived at the instant, and where the code that allocated the
others was.

Some sites tell a cause themselves (`holders.py`). The others inherit the cause of what probably holds them
(`held.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from leakgate.comparison.grown import Grown, Instant
from leakgate.comparison.held import held_by, in_rings
from leakgate.comparison.holders import Holder, holders
from leakgate.comparison.matching import SitePair
from leakgate.comparison.result import Cause, Evidence, Place
from leakgate.dhat.profile import Metric


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a site's memory is probably still alive."""

    cause: Cause
    evidence: Evidence


def explain(
    sites: Sequence[SitePair], crossed: Sequence[Metric], *, has_base: bool, again: bool
) -> tuple[Explanation | None, ...]:
    """A cause for each site, None where nothing is claimed.

    Args:
        sites: All of one test's. Of many that grew only the heaviest are explained.
        crossed: The metrics that crossed a limit; the first that explains a site counts. Only bytes at t-end and
            t-gmax are instants at which something lives. Of what is left at the end for the most part the peak
            tells nothing: it was alive then, too, whatever held it.
        has_base: Whether there is a baseline. Without one all that is alive at the peak is "new", which tells
            nothing; what is alive at the end outlived its test all the same.
        again: Whether a test that leaves memory behind is measured as it runs again in the same process.
    """
    found: dict[int, Explanation] = {}
    for metric in crossed:
        if metric is Metric.T_END_BYTES or (metric is Metric.T_GMAX_BYTES and has_base):
            instant = Instant(sites, at_end=metric is Metric.T_END_BYTES, again=again)
            told = _explanations(instant)
            if not instant.at_end and Metric.T_END_BYTES in crossed:
                told = {number: why for number, why in told.items() if not _is_left(sites[number])}
            found = told | found
    return tuple(found.get(number) for number in range(len(sites)))


def _is_left(pair: SitePair) -> bool:
    return 2 * pair.delta(Metric.T_END_BYTES) >= pair.delta(Metric.T_GMAX_BYTES)


def _explanations(instant: Instant) -> dict[int, Explanation]:
    """Number of the site → why it is probably still alive."""
    roots = holders(instant)
    told = [(one, Holder(one, Cause.STATIC_INIT)) for one in instant.static]
    told += [(holder.grown, holder) for holder in roots]
    known = {one.number for one, _ in told}
    rest = [one for one in instant.others if one.number not in known]
    told += held_by(rest, roots, instant) if roots else in_rings(instant)
    return {one.number: _explanation(one, holder, instant.blocks) for one, holder in told}


def _explanation(one: Grown, holder: Holder, blocks: Metric) -> Explanation:
    site, users = holder.grown.site, holder.grown.users
    return Explanation(
        holder.cause,
        Evidence(
            metric=blocks,
            alive=holder.grown.alive,
            allocated=holder.grown.allocated,
            at=None if holder.grown is one else Place(function=site.function, file=site.file, line=site.line),
            through=site.chain[0] if site.chain[0] not in users else None,
        ),
    )
