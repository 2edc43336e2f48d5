"""The stored form of a snapshot (`leakgate schema snapshot`)."""

import re
from collections import Counter
from collections.abc import Iterable

import msgspec

from leakgate.dhat.profile import Metric
from leakgate.errors import InputError
from leakgate.snapshot.model import Measurement, Site, Snapshot

_SMALLEST_SHARE = 1000
"""What holds less than 1/1000 of a test's total is not stored as a site of its own."""

_VERSION = 1
_MALFORMED = re.compile(r"JSON is malformed: (.*) \(byte (\d+)\)")
_SAVE_AGAIN = "make it again: `leakgate profile`, then `leakgate baseline save`"


def dump(snapshot: Snapshot) -> bytes:
    """The stored form: JSON with one line a test and one a site, sorted, so that git diffs it well.

    Left out, to keep it small: stacks, and sites that hold less than 1/`_SMALLEST_SHARE` of their test's every
    metric. A site may thus seem new that was there before, but only with less than that share.
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
    lines.append('"tests": [')
    for n, test in enumerate(snapshot.tests):
        comma = "," if n + 1 < len(snapshot.tests) else ""
        sites = sorted(_stored_sites(test), key=lambda site: site.chain)
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
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        _check_version(_version(data), source)  # another version explains best what does not decode
        raise _failure(error, data, source) from None
    _check_version(snapshot.version, source)
    _check(snapshot, source)
    return snapshot


class _Header(msgspec.Struct):
    version: int = _VERSION


def _version(data: bytes) -> int:
    try:
        return msgspec.json.decode(data, type=_Header).version
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _VERSION


def _check_version(version: int, source: str) -> None:
    if version != _VERSION:
        raise InputError(
            f"snapshot version {version}; this leakgate reads version {_VERSION}",
            where=f"{source}: $.version",
            remedy="save the baseline again with this version of leakgate, or update leakgate",
        )


def _failure(error: Exception, data: bytes, source: str) -> InputError:
    """Why it does not decode, and where."""
    if isinstance(error, msgspec.ValidationError):
        message, _, path = str(error).partition(" - at `")
        what = f"not a leakgate snapshot: {message[:1].lower()}{message[1:]}"
        place = path.rstrip("`").replace("` in `", " in ") or "$"
        return InputError(what, where=f"{source}: {place}", remedy=_SAVE_AGAIN)
    if not data.strip():
        return InputError("is empty", where=source, remedy=_SAVE_AGAIN)
    if isinstance(error, RecursionError):
        reason, offset = "its JSON is nested too deeply", 0
    elif isinstance(error, UnicodeDecodeError):
        offset = _first_wrong_byte(data)
        reason = f"byte 0x{data[offset]:02x} is not UTF-8"
    elif malformed := _MALFORMED.fullmatch(str(error)):
        reason = malformed[1]
        offset = int(malformed[2]) - reason.startswith("trailing")  # msgspec is one too far there
    else:
        reason, offset = "it is cut off here", len(data)
    line, column = data.count(b"\n", 0, offset) + 1, offset - data.rfind(b"\n", 0, offset)
    return InputError(f"damaged snapshot: {reason}", where=f"{source}:{line}:{column}", remedy=_SAVE_AGAIN)


def _first_wrong_byte(data: bytes) -> int:
    """Where the text stops being UTF-8; msgspec counts from the start of the string."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0


def _check(snapshot: Snapshot, source: str) -> None:
    """What the schema cannot say: no test twice, no site twice, no site that holds more than its test."""
    for name, times in Counter(test.test for test in snapshot.tests).items():
        if times > 1:
            raise InputError(
                f"the test `{name}` is in the snapshot {times} times", where=source, remedy=_SAVE_AGAIN
            )
    for number, test in enumerate(snapshot.tests):
        if len({site.chain for site in test.sites}) < len(test.sites):
            raise InputError(
                "two sites have the same chain", where=f"{source}: $.tests[{number}].sites", remedy=_SAVE_AGAIN
            )
        for metric in Metric:
            total, held = test.metrics.get(metric, 0), sum(site.counts.get(metric, 0) for site in test.sites)
            if held > total:
                raise InputError(
                    f"contradicts itself: the sites hold {held:,} of {total:,} {metric}",
                    where=f"{source}: $.tests[{number}].sites",
                    remedy=_SAVE_AGAIN,
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
