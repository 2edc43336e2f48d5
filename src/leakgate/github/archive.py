"""Reading a zip file that anyone may have made: in memory, the files that are expected, and nothing else.

Nothing is ever written to disk, so no name in it can lead anywhere. No message quotes the file: its names are
foreign text, and messages end up in logs where a runner reads commands.
"""

import io
import zipfile
import zlib
from collections.abc import Mapping
from struct import error as StructError  # noqa: N812 - named as the exception that it is

from leakgate.errors import InputError

_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""What artifacts are packed with. The others are slow, or allocate what the file asks for."""

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    StructError,
    EOFError,
    IndexError,
    OSError,
    OverflowError,
    RuntimeError,  # with NotImplementedError: features that zipfile does not have
    ValueError,  # with UnicodeDecodeError
)
"""What zipfile raises for bytes that are no good zip file."""


def unzip(data: bytes, members: Mapping[str, int], source: str) -> dict[str, bytes]:
    """The files in `data`, which must be exactly those of `members`.

    Args:
        data: A zip file.
        members: Name → the most bytes that it may have unpacked. No more is unpacked, whatever `data` says.
        source: What to call it in errors.

    Raises:
        InputError: It is damaged, encrypted, or holds something else or more.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if sorted(entry.orig_filename for entry in entries) != sorted(members):
                raise InputError(_other_files(len(entries), members), where=source)
            return {entry.filename: _read(archive, entry, members[entry.filename], source) for entry in entries}
    except _DAMAGE as error:
        raise InputError(f"is not a zip file that can be read ({type(error).__name__})", where=source) from error


def _other_files(count: int, members: Mapping[str, int]) -> str:
    expected = " and ".join(f"`{name}`" for name in sorted(members))
    return f"should hold {expected}, each once and nothing else (files in it: {count:,})"


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int, source: str) -> bytes:
    where = f"{source}: {entry.filename}"
    if entry.flag_bits & _ENCRYPTED:
        raise InputError("is encrypted", where=where)
    if entry.compress_type not in _METHODS:
        raise InputError("is packed in another way than artifacts are", where=where)
    if entry.file_size > most:
        raise InputError(_too_long(most), where=where)
    with archive.open(entry) as file:
        content = file.read(most + 1)  # the size above is only what the file says of itself
    if len(content) > most:
        raise InputError(_too_long(most), where=where)
    if len(content) != entry.file_size:
        raise InputError("is not as long as it says", where=where)
    return content


def _too_long(most: int) -> str:
    return f"unpacks to more than {most:,} bytes, the most that is read"
