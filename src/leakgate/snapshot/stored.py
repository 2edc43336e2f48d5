"""The stored form of a snapshot (`leakgate schema snapshot`)."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from leakgate.dhat.profile import Metric
from leakgate.errors import InputError
from leakgate.snapshot.damage import UNDECODABLE, explain, version
from leakgate.snapshot.model import Measurement, Site, Snapshot

_SMALLEST_SHARE = 1000
"""What holds less than 1/1000 of a test's total is not stored as a site of its own."""

_VERSION = 1
SAVE_AGAIN = "make it again: `leakgate profile`, then `leakgate baseline save`"


def dump(snapshot: Snapshot) -> bytes:
    """The stored form: JSON with one line a test and one a site, sorted, so that git diffs it well.

    Left out, to keep it small: stacks, and sites that hold less than 1/`_SMALLEST_SHARE` of their test's every
    metric. A site may thus seem new that was there before, but only with less than that share. Of a shard nothing
    is left out: joined with the others it is the head of a comparison, reported like one that was just measured.
    """
    lines = ["{", f'"version": {snapshot.version},']
    if snapshot.commit:
        lines.append(f'"commit": {_json(snapshot.commit)},')
    lines.append('"fingerprint": {')
    lines += _commas(f"  {_json(name)}: {_json(value)}" for name, value in sorted(snapshot.fingerprint.items()))
    lines.append("},")
    lines.append(f'"unmeasured": {_json(snapshot.unmeasured)},')
    if snapshot.failed:
        lines.append(f'"failed": {_json(snapshot.failed)},')
    if snapshot.shard:
        lines.append(f'"shard": {_json(snapshot.shard)},')
    stored = {test.test: test.sites if snapshot.shard else tuple(_stored_sites(test)) for test in snapshot.tests}
    named = {name for sites in stored.values() for site in sites for name in site.chain}
    sketches = {name: sketch for name, sketch in sorted(snapshot.functions.items()) if name in named}
    if sketches:
        lines.append('"functions": {')
        lines += _commas(f"  {_json(name)}: {_json(sketch)}" for name, sketch in sketches.items())
        lines.append("},")
    lines.append('"tests": [')
    for n, test in enumerate(snapshot.tests):
        comma = "," if n + 1 < len(snapshot.tests) else ""
        sites = sorted(stored[test.test], key=lambda site: site.key)
        lines.append(f'{_json(msgspec.structs.replace(test, sites=()))[:-1]},"sites":[')
        lines += _commas(f"  {_json(site)}" for site in sites)
        lines.append("]}" + comma)
    lines += ["]", "}", ""]
    return "\n".join(lines).encode()


def parse(data: bytes, source: str) -> Snapshot:
    """Read a stored snapshot. It may come from anywhere, so everything in it is checked.

    Raises:
        InputError: It is cut off, of another version, not what `leakgate schema snapshot` says, or it contradicts
            itself.
    """
    try:
        snapshot = msgspec.json.decode(data, type=Snapshot)
    except UNDECODABLE as error:
        _check_version(version(data), source)  # another version explains best what does not decode
        raise explain(error, data, source, kind="snapshot", remedy=SAVE_AGAIN) from None
    _check_version(snapshot.version, source)
    _check(snapshot, source)
    return snapshot


def _check_version(found: int | None, source: str) -> None:
    if found not in {None, _VERSION}:
        raise InputError(
            f"snapshot version {found}; this leakgate reads version {_VERSION}",
            where=f"{source}: $.version",
            remedy="save the baseline again with this version of leakgate, or update leakgate",
        )


def _check(snapshot: Snapshot, source: str) -> None:
    """What the schema cannot say: no test twice, no site twice, no site that holds more than its test."""
    if snapshot.shard is not None and snapshot.shard.number > snapshot.shard.of:
        raise InputError(
            f"there is no shard {snapshot.shard.number} of {snapshot.shard.of}",
            where=f"{source}: $.shard.number",
            remedy=SAVE_AGAIN,
        )
    for name, times in Counter(test.test for test in snapshot.tests).items():
        if times > 1:
            raise InputError(
                f"the test `{name}` is in the snapshot {times} times", where=source, remedy=SAVE_AGAIN
            )
    for number, test in enumerate(snapshot.tests):
        if len({site.key for site in test.sites}) < len(test.sites):
            raise InputError(
                "two sites have the same chain and text",
                where=f"{source}: $.tests[{number}].sites",
                remedy=SAVE_AGAIN,
            )
        for metric, spread in test.spread.items():
            if not spread.lowest <= test.metrics.get(metric, -1) <= spread.highest:
                raise InputError(
                    f"contradicts itself: {metric} is not within the spread of its runs",
                    where=f"{source}: $.tests[{number}].spread",
                    remedy=SAVE_AGAIN,
                )
        for metric in Metric:
            total, held = test.metrics.get(metric, 0), sum(site.counts.get(metric, 0) for site in test.sites)
            if held > total:
                raise InputError(
                    f"contradicts itself: the sites hold {held:,} of {total:,} {metric}",
                    where=f"{source}: $.tests[{number}].sites",
                    remedy=SAVE_AGAIN,
                )


def _stored_sites(test: Measurement) -> Iterable[Site]:
    least = {metric: total / _SMALLEST_SHARE for metric, total in test.metrics.items()}
    for site in test.sites:
        if any(count > least.get(metric, 0) for metric, count in site.counts.items() if count):
            yield msgspec.structs.replace(site, stack=())


def _commas(items: Iterable[str]) -> Iterable[str]:
    """The items of a JSON array or object, a line each."""
    lines = list(items)
    return [f"{line}," for line in lines[:-1]] + lines[-1:]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
