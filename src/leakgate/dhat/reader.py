"""DHAT file → Profile: validated, or one message that says what is wrong and where."""

import re
import stat
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from operator import attrgetter, gt
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec

from leakgate.dhat.profile import FIELD_OF, Metric, Mode, Producer, Profile, ProgramPoint, Units
from leakgate.errors import InputError

MAX_BYTES = 1 << 30
"""The largest file that is read. Real ones reach some 100 MB; reading takes about twice the file in memory."""

_VERSION = 2

_DIALECTS: Mapping[str, tuple[Producer, Mode]] = {
    "heap": (Producer.VALGRIND, Mode.HEAP),
    "copy": (Producer.VALGRIND, Mode.COPY),
    "ad-hoc": (Producer.VALGRIND, Mode.AD_HOC),
    "rust-heap": (Producer.DHAT_RS, Mode.HEAP),
    "rust-ad-hoc": (Producer.DHAT_RS, Mode.AD_HOC),
}

MANY_POINTS = 50_000
NOTABLE_SHARE = 10_000
"""Of a file with more points than `MANY_POINTS` only those are kept that hold something at t-gmax or t-end, or
that allocated more than 1/`NOTABLE_SHARE` of the total. Most points of a long run are neither, no report can ever
show them, and to check and keep their stacks takes as long as to read the file. The totals count them."""

_PARTS = (("gb", "tb"), ("gbk", "tbk"), ("eb", "tb"), ("ebk", "tbk"))

_CHUNK = 1024
"""How many stacks are checked at once: few enough for the cache, many enough to make the calls not count."""

_SPACE = b" \t\r\n"
_SHOWN = 40
_MALFORMED = re.compile(r"JSON is malformed: (?P<reason>.*) \(byte (?P<offset>\d+)\)", re.DOTALL)

_INTERRUPTED = "the profiler was interrupted, or the disk was full: profile the program again"
_PROFILE_AGAIN = "profile the program again; if the message stays, its profiler writes what DHAT does not"
_WHAT_IS_READ = "leakgate reads the JSON that the dhat crate and Valgrind's --tool=dhat write"


class _File(msgspec.Struct, gc=False):
    """The fields that leakgate uses. The others are not looked at, for writers differ in them."""

    dhat_file_version: int = msgspec.field(name="dhatFileVersion")
    mode: str
    bklt: bool
    pps: list[ProgramPoint]
    ftbl: list[str]
    cmd: str = ""
    bsu: str = Units().bytes
    bksu: str = Units().blocks


class _Header(msgspec.Struct):
    """What tells a DHAT file from any other JSON, whatever its version. Raw is empty where it is missing."""

    dhat_file_version: msgspec.Raw = msgspec.field(name="dhatFileVersion", default=msgspec.Raw())


_decode_file = msgspec.json.Decoder(_File).decode
_decode_header = msgspec.json.Decoder(_Header).decode


def read(path: Path, *, max_bytes: int = MAX_BYTES) -> Profile:
    """Read a DHAT file.

    Args:
        path: A regular file; anything else (a pipe, a device) is refused before it is opened.
        max_bytes: The largest file to read.

    Raises:
        InputError: The file cannot be read or is no DHAT profile; the message names the file and the place in it.
    """
    source = str(path)
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputError("is a directory, not a DHAT file", where=source)
        if not stat.S_ISREG(status.st_mode):
            raise InputError("is not a regular file", where=source, remedy="write the profile to a file first")
        if status.st_size > max_bytes:
            raise InputError(
                f"is {status.st_size:,} bytes long, and leakgate reads at most {max_bytes:,}",
                where=source,
                remedy="profile a shorter run, or record fewer frames a stack",
            )
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=source) from error
    except ValueError as error:  # a NUL byte in the path
        raise InputError(f"cannot be read: {error}", where=ascii(source)) from error
    return parse(data, source)


def parse(data: bytes, source: str) -> Profile:
    """Decode and check the bytes of a DHAT file.

    Args:
        data: The whole file.
        source: Its path, for messages and for `Profile.source`.

    Raises:
        InputError: The bytes are not a DHAT profile, or one that contradicts itself.
    """
    try:
        file = _decode_file(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        _fail(data, source, error)
    if file.dhat_file_version != _VERSION:
        _check_version(_decode_header(data), source)
    if file.mode not in _DIALECTS:
        raise InputError(
            f"has the unknown mode {_shown(file.mode)}",
            where=f"{source}: $.mode",
            remedy=f"leakgate reads the modes {', '.join(_DIALECTS)}",
        )
    producer, mode = _DIALECTS[file.mode]
    totals = _totals(file, source)
    points = file.pps
    if len(points) > MANY_POINTS:
        least = totals[Metric.TOTAL_BYTES] // NOTABLE_SHARE
        points = [point for point in points if point.gb or point.eb or point.tb > least]
    _check_counts(points, file, source)
    _check_stacks(points, file, source)
    return Profile(
        source=source,
        producer=producer,
        mode=mode,
        units=Units(file.bsu, file.bksu),
        command=file.cmd,
        frames=file.ftbl,
        points=_merged(points),
        totals=totals,
    )


def _totals(file: _File, source: str) -> dict[Metric, int]:
    """Sum up each metric that the points have."""
    totals: dict[Metric, int] = {}
    for metric, field in FIELD_OF.items():
        column = map(attrgetter(field), file.pps)
        try:
            totals[metric] = sum(column)
        except TypeError:  # None: absent, which is right if all points agree and the header does not promise it
            absent = [getattr(point, field) is None for point in file.pps]
            if not all(absent):
                _fail_point(source, absent.index(True), f"has no {field}, which other program points have")
            if file.bklt:
                _fail_point(source, 0, f"has no {field}, though bklt says that lifetimes were tracked")
    if not file.pps and not file.bklt:
        totals = {metric: totals[metric] for metric in (Metric.TOTAL_BYTES, Metric.TOTAL_BLOCKS)}
    peak, end = (totals.get(metric) for metric in (Metric.T_GMAX_BYTES, Metric.T_END_BYTES))
    if peak is not None and end is not None and end > peak:
        raise InputError(
            f"contradicts itself: more is live at t-end ({end:,}) than at the peak, t-gmax ({peak:,})",
            where=f"{source}: $.pps",
            remedy=_PROFILE_AGAIN,
        )
    return totals


def _check_counts(points: Sequence[ProgramPoint], file: _File, source: str) -> None:
    """Check that nothing is live that was never allocated."""
    for part, whole in _PARTS:
        if not points or getattr(points[0], part) is None:
            continue
        greater = list(map(gt, map(attrgetter(part), points), map(attrgetter(whole), points)))
        if any(greater):
            number = _number(points[greater.index(True)], file)
            _fail_point(source, number, f"has {part} greater than {whole}")


def _check_stacks(points: Sequence[ProgramPoint], file: _File, source: str) -> None:
    """Check every frame index."""
    index = Annotated[int, msgspec.Meta(ge=0, lt=len(file.ftbl))]
    decode = msgspec.json.Decoder(list[index]).decode
    for start in range(0, len(points), _CHUNK):
        chunk = points[start : start + _CHUNK]
        try:
            # One flat list a chunk costs half of what a list of lists does. It is valid only if every stack is a
            # flat list of indices; what fails here is looked at one by one.
            decode(b"".join([point.fs for point in chunk]).replace(b"][", b","))
        except (msgspec.DecodeError, UnicodeDecodeError):
            for point in chunk:
                try:
                    decode(point.fs)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    place = f"$.pps[{_number(point, file)}].fs"
                    _fail_value(error, source, prefix=place, frames=len(file.ftbl))


def _number(point: ProgramPoint, file: _File) -> int:
    """The point's place in the file. Slow: for messages."""
    return next(number for number, other in enumerate(file.pps) if other is point)


def _merged(points: list[ProgramPoint]) -> Sequence[ProgramPoint]:
    """Add up the points with the same stack: different backtraces can be trimmed to one (dhat-rs, issue 29)."""
    stacks = [bytes(point.fs).translate(None, _SPACE) for point in points]
    if len(set(stacks)) == len(points):
        return points
    by_stack: dict[bytes, ProgramPoint] = {}
    for stack, point in zip(stacks, points, strict=True):
        known = by_stack.get(stack)
        by_stack[stack] = point if known is None else _sum(known, point)
    return list(by_stack.values())


def _sum(one: ProgramPoint, other: ProgramPoint) -> ProgramPoint:
    counts = {
        field: getattr(one, field) + getattr(other, field)
        for field in FIELD_OF.values()
        if getattr(one, field) is not None
    }
    return msgspec.structs.replace(one, **counts)


def _fail(data: bytes, source: str, error: Exception) -> NoReturn:
    """Say why the bytes do not decode: the reason that explains most comes first."""
    if isinstance(error, msgspec.ValidationError):
        try:
            header = _decode_header(data)
        except msgspec.ValidationError:
            raise InputError(
                "is not a DHAT profile: no JSON object", where=source, remedy=_WHAT_IS_READ
            ) from error
        except (msgspec.DecodeError, RecursionError) as worse:  # the file is also cut off, or no JSON
            _fail_syntax(data, source, worse)
        _check_version(header, source)
        _fail_value(error, source)
    _fail_syntax(data, source, error)


def _fail_syntax(data: bytes, source: str, error: Exception) -> NoReturn:
    """Say why the bytes are not JSON, and where."""
    if not data or data.isspace():
        raise InputError("is empty", where=source, remedy=_INTERRUPTED) from error
    if isinstance(error, RecursionError):
        raise InputError(
            "is not a DHAT profile: its JSON is nested too deeply", where=source, remedy=_WHAT_IS_READ
        ) from error
    if data.startswith(BOM_UTF8):
        raise InputError(
            "starts with a byte order mark", where=f"{source}:1:1", remedy="save it as UTF-8 without one"
        ) from error
    try:
        data.decode()
    except UnicodeDecodeError as wrong:
        if wrong.reason != "unexpected end of data":
            raise InputError(
                f"is not UTF-8: byte 0x{data[wrong.start]:02x} at offset {wrong.start}",
                where=_place(data, source, wrong.start),
                remedy=_WHAT_IS_READ,
            ) from error
    malformed = _MALFORMED.fullmatch(str(error))
    if malformed is None:
        raise InputError(
            f"is cut off: the JSON has not ended after {len(data):,} bytes",
            where=_place(data, source, len(data)),
            remedy=_INTERRUPTED,
        ) from error
    offset = int(malformed["offset"]) - malformed["reason"].startswith("trailing")  # msgspec is one too far there
    raise InputError(
        f"is not JSON: {malformed['reason']}",
        where=_place(data, source, offset),
        remedy=_WHAT_IS_READ,
    ) from error


def _check_version(header: _Header, source: str) -> None:
    """Raise if this is not DHAT at all, or another version of it."""
    version = bytes(header.dhat_file_version).decode(errors="replace")
    if not version:
        raise InputError("is not a DHAT profile: no dhatFileVersion", where=source, remedy=_WHAT_IS_READ)
    if version != str(_VERSION):
        raise InputError(
            f"is version {_shown(version)} of the DHAT format, and leakgate reads version {_VERSION}",
            where=f"{source}: $.dhatFileVersion",
            remedy="profile with Valgrind 3.17 or later" if version == "1" else "use a newer leakgate",
        )


def _fail_value(error: Exception, source: str, *, prefix: str = "$", frames: int | None = None) -> NoReturn:
    """Say which value is wrong, and how."""
    message, _, path = str(error).partition(" - at `$")
    what = f"is wrong: {message[:1].lower()}{message[1:]}"
    if frames is not None and message.startswith("Expected `int` <="):
        what = f"is not an index of the frame table, which has {frames:,} entries"
    elif message.startswith("Expected `int` >="):
        what = "is negative"
    elif message.startswith(("Expected `int` <=", "Number out of range")):
        what = "is absurdly large"
    raise InputError(what, where=f"{source}: {prefix}{path.rstrip('`')}", remedy=_PROFILE_AGAIN) from error


def _fail_point(source: str, number: int, what: str) -> NoReturn:
    raise InputError(what, where=f"{source}: $.pps[{number}]", remedy=_PROFILE_AGAIN)


def _place(data: bytes, source: str, offset: int) -> str:
    """`path:line:column`, both 1-based, the column in bytes."""
    line = data.count(b"\n", 0, offset) + 1
    column = offset - data.rfind(b"\n", 0, offset)
    return f"{source}:{line}:{column}"


def _shown(text: str) -> str:
    """Untrusted text, quoted: on one line, and not longer than a message can bear."""
    return ascii(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
