"""Return addresses → frames as DHAT writes them, with inlined functions, once for each binary.

`symbolic` reads the debug information. What it makes of a binary, a *symcache*, is kept in leakgate's cache by the
binary's build id: a run that built nothing new reads none.
"""

import struct
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leakgate.errors import LeakgateError
from leakgate.profilers import cache
from leakgate.profilers.resolving.mangling import demangle
from leakgate.profilers.resolving.raw import Module

if TYPE_CHECKING:
    from symbolic.debuginfo import Object
    from symbolic.symcache import SourceLocation, SymCache

_MOST_BYTES = 256 << 20
"""What all symcaches may take together; one takes about as much as a third of its binary."""

_ELF_64_LITTLE = b"\x7fELF\x02\x01"
_PROGRAM_HEADER = 56  # bytes
_PT_LOAD = 1
UNKNOWN = "???"
_ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True)
class Frame:
    """A function at an address.

    Attributes:
        function: Its name, demangled.
        text: As an entry of DHAT's frame table.
    """

    function: str
    text: str


Stack = tuple[Frame, ...]
"""The functions at one return address, the innermost inlined one first."""


def unknown(address: int) -> Stack:
    """An address in no module. With a place, as dhat-rs writes it: some readers insist on one."""
    return (Frame(UNKNOWN, f"0x{address:X}: {UNKNOWN} ({UNKNOWN}:0:0)"),)


class Symbols:
    """The functions of one binary or library."""

    def __init__(self, module: Module, folder: Path | None) -> None:
        """Open its symcache.

        Args:
            module: Where it was loaded, once.
            folder: Where symcaches are kept; None: nowhere.
        """
        self._symcache = open_symcache(module.path, module.id, folder)
        self._first = _first_address(module)
        self._place = f"in {_one_line(module.path)}"
        self._names: dict[str, str] = {}
        self._known: dict[int, Stack] = {}

    def at(self, address: int, module: Module) -> Stack:
        """The functions that a return address of the process is in; at least one, be it unknown.

        Args:
            address: As it was in the process.
            module: Where the binary was loaded in that process.
        """
        offset = address - module.bias
        stack = self._known.get(offset)
        if stack is None:
            stack = self._known[offset] = self._at(offset)
        return stack

    def _at(self, offset: int) -> Stack:
        # An address to return to is the one behind the call; symcaches count from where the module begins.
        found = self._lookup(offset - 1 - self._first)
        if not found:
            return (Frame(UNKNOWN, f"0x{offset:X}: {UNKNOWN} ({self._place})"),)
        return tuple(self._frame(location, offset) for location in found)

    def _lookup(self, address: int) -> "list[SourceLocation]":
        return [] if self._symcache is None else list(self._symcache.lookup(address))  # type: ignore[no-untyped-call] # symbolic is typed in part

    def _frame(self, location: "SourceLocation", offset: int) -> Frame:
        symbol, path, line = location.symbol, location.full_path, location.line
        function = self._names.get(symbol)
        if function is None:
            function = self._names[symbol] = _one_line(demangle(symbol)) or UNKNOWN
        place = f"{_one_line(path)}:{line}" if path else self._place
        return Frame(function, f"0x{offset:X}: {function} ({place})")


class Warming:
    """Makes the symcaches of binaries ahead, while their tests run.

    A symcache takes a third of a second for 10 MB of binary, and tests one at a time leave processors idle.
    """

    def __init__(self, paths: Iterable[str], folder: Path) -> None:
        self._paths = list(paths)
        self._folder = folder
        # A daemon: an interrupted run waits for nothing.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Wait until all are there."""
        self._thread.join()

    def _run(self) -> None:
        for path in self._paths:
            with suppress(Exception):  # whoever needs the symcache will meet the same trouble, and say so
                open_symcache(path, _object(path).code_id or "", self._folder)


def open_symcache(path: str, identity: str, folder: Path | None) -> "SymCache | None":
    """The symcache of a binary, made if there is none.

    Args:
        path: The binary.
        identity: Its build id; empty: nothing is kept.
        folder: Where symcaches are kept; None: nowhere.

    Returns:
        None where there is no such file, or nothing in it that can be read.
    """
    from symbolic.exceptions import SymbolicError  # noqa: PLC0415 - 20 MB that only a run of the harness needs
    from symbolic.symcache import SymCache  # noqa: PLC0415

    kept = folder / identity / "symcache" if folder is not None and identity else None
    if kept is not None and kept.is_file():
        with suppress(SymbolicError, OSError):
            found: SymCache = SymCache.open(str(kept))  # type: ignore[no-untyped-call] # symbolic is typed in part
            if found.is_latest_version:
                cache.touch(kept.parent)
                return found
    try:
        made = _object(path).make_symcache()
    except (SymbolicError, LookupError, OSError):
        return None
    if kept is not None:
        with suppress(LeakgateError):  # a cache that cannot be written only costs time
            cache.made_once(kept.parent, lambda new: _dump(made, new / kept.name))
    return made


def trim(folder: Path) -> None:
    """Keep the folder of symcaches small."""
    cache.trim(folder, _MOST_BYTES)


def _dump(symcache: "SymCache", path: Path) -> None:
    with path.open("wb") as file:
        symcache.dump_into(file)  # type: ignore[no-untyped-call] # symbolic is typed in part


def _object(path: str) -> "Object":
    """The part of a binary that has its debug information."""
    import platform  # noqa: PLC0415 - for universal binaries

    from symbolic.debuginfo import Archive  # noqa: PLC0415

    beside = Path(f"{path}.dSYM/Contents/Resources/DWARF") / Path(path).name
    archive = Archive.open(str(beside if beside.is_file() else path))
    objects = list(archive.iter_objects())
    machine = platform.machine()
    wanted = _ARCHITECTURES.get(machine, machine)
    return next((found for found in objects if found.arch == wanted), objects[0] if objects else _nothing(path))


def _nothing(path: str) -> "Object":
    raise LookupError(path)


def _first_address(module: Module) -> int:
    """The address, in the file's own terms, that symcaches count from: of the first segment that is loaded."""
    without = module.start - module.bias
    try:
        with Path(module.path).open("rb") as file:
            head = file.read(4096)
    except OSError:
        return without
    if not head.startswith(_ELF_64_LITTLE):
        return without
    (at,) = struct.unpack_from("<Q", head, 0x20)
    size, count = struct.unpack_from("<HH", head, 0x36)
    for offset in range(at, min(at + size * count, len(head) - _PROGRAM_HEADER), size or _PROGRAM_HEADER):
        kind, _, _, address = struct.unpack_from("<IIQQ", head, offset)
        if kind == _PT_LOAD:
            return int(address)
    return 0


def _one_line(text: str) -> str:
    """Text of a binary's, which may hold anything, as one line of valid Unicode."""
    clean = text.encode(errors="replace").decode()
    return clean if clean.isprintable() else "".join(c if c.isprintable() else "?" for c in clean)
