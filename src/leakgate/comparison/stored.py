"""The stored form of a result (`leakgate schema result`), as `leakgate publish` reads it."""

import msgspec

from leakgate.comparison.result import Result
from leakgate.errors import InputError
from leakgate.snapshot.damage import UNDECODABLE, explain, version

_VERSION = 1
_CHECK_AGAIN = "make it again: `leakgate check`"


def parse(data: bytes, source: str) -> Result:
    """Read a stored result. The measured code could have written it, so nothing in it is taken on trust.

    Raises:
        InputError: It is cut off, of another version, or not what `leakgate schema result` says.
    """
    try:
        result = msgspec.json.decode(data, type=Result)
    except UNDECODABLE as error:
        _check_version(version(data), source)  # another version explains best what does not decode
        raise explain(error, data, source, kind="result", remedy=_CHECK_AGAIN) from None
    _check_version(result.version, source)
    return result


def _check_version(found: int | None, source: str) -> None:
    if found not in {None, _VERSION}:
        raise InputError(
            f"result version {found}; this leakgate reads version {_VERSION}",
            where=f"{source}: $.version",
            remedy="check and publish with the same version of leakgate",
        )
