"""Why one of leakgate's own JSON files does not decode, and where in it the trouble is."""

import re

import msgspec

from leakgate.errors import InputError

UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are not what a type says."""

_MALFORMED = re.compile(r"JSON is malformed: (.*) \(byte (\d+)\)")


class _Header(msgspec.Struct):
    version: int | None = None


def version(data: bytes) -> int | None:
    """What a file calls its own version; None where it does not say so readably."""
    try:
        return msgspec.json.decode(data, type=_Header).version
    except UNDECODABLE:
        return None


def explain(error: Exception, data: bytes, source: str, *, kind: str, remedy: str) -> InputError:
    """One message for an `UNDECODABLE` error.

    Args:
        error: What msgspec raised.
        data: The file's bytes.
        source: Its name.
        kind: What it should be: `snapshot`.
        remedy: How to get a whole one.
    """
    if isinstance(error, msgspec.ValidationError):
        message, _, path = str(error).partition(" - at `")
        what = f"not a leakgate {kind}: {message[:1].lower()}{message[1:]}"
        place = path.rstrip("`").replace("` in `", " in ") or "$"
        return InputError(what, where=f"{source}: {place}", remedy=remedy)
    if not data.strip():
        return InputError("is empty", where=source, remedy=remedy)
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
    return InputError(f"damaged {kind}: {reason}", where=f"{source}:{line}:{column}", remedy=remedy)


def _first_wrong_byte(data: bytes) -> int:
    """Where the text stops being UTF-8; msgspec counts from the start of the string."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start
    return 0
