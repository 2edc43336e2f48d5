"""Whether a profile of valgrind's holds what a Rust program allocated.

Valgrind replaces `malloc`. A program whose global allocator takes its memory elsewhere has a profile too: of what
C libraries allocated, without a word that the rest is missing.
"""

import mmap
import re
from enum import StrEnum
from pathlib import Path

import msgspec

_THROUGH_GLOBAL = re.compile(
    rb"/alloc/src/alloc\.rs:|\b__(?:rust|rdl|rg)_(?:alloc|alloc_zeroed|realloc)\b|: <?alloc::(?:raw_vec|alloc)::"
)
"""Frames that are only on the stack where Rust's global allocator has called malloc."""

_ANY_LINE = re.compile(rb"\.rs:[1-9]\d*\)")
_LINE = re.compile(rb"\((?!/rustc/)[^()\"]*\.rs:[1-9]\d*\)")
_RUST = b"RUST_BACKTRACE"
"""A variable that std reads: in every program that links it, stripped or not."""

_OWNERS = (
    (b"_rjem_", "jemalloc"),
    (b"mi_malloc", "mimalloc"),
    (b"sn_rust_alloc", "snmalloc"),
    (b"tc_malloc", "tcmalloc"),
)


class _Point(msgspec.Struct):
    fs: list[int]


class _Stacks(msgspec.Struct):
    ftbl: list[str]
    pps: list[_Point]


class Finding(StrEnum):
    """What is to be said of a profile; the value completes `X was not measured: …`, but for the first two."""

    COMPLETE = "complete"
    LINELESS = "its functions have names and no lines"
    NAMELESS = "its functions have no names, so that nothing can be told apart"
    STATIC = "it is linked statically, and valgrind replaces malloc only where a dynamic linker loads its own"
    BYPASSED = "its global allocator does not use malloc, which is all that valgrind sees"


def examine(profile: bytes, binary: Path) -> Finding:
    """Look at a heap profile of one process.

    Args:
        profile: The DHAT file.
        binary: The program that it is of.
    """
    if not holds(binary, _RUST):
        return Finding.COMPLETE
    if _THROUGH_GLOBAL.search(profile):
        return Finding.COMPLETE if _LINE.search(profile) else Finding.LINELESS
    if not _names_a_linker(binary):
        return Finding.STATIC
    if _ANY_LINE.search(profile):
        return Finding.BYPASSED
    callers = _callers_of_malloc(profile, binary)
    if any(caller.startswith("???") for caller in callers):
        return Finding.NAMELESS
    # Without lines an inlined allocator leaves no trace: told by who asks for memory. Thread handles never use it.
    return Finding.LINELESS if any("std::thread" not in caller for caller in callers) else Finding.BYPASSED


def _callers_of_malloc(profile: bytes, binary: Path) -> set[str]:
    """The functions of the binary, as the file names them, that called valgrind's malloc."""
    table = msgspec.json.decode(profile, type=_Stacks)
    callers = {table.ftbl[point.fs[1]].partition(": ")[2] for point in table.pps if len(point.fs) > 1}
    return {caller for caller in callers if caller.endswith(f"/{binary.name})")}


def _names_a_linker(binary: Path) -> bool:
    """Whether a program says which dynamic linker loads it; those that do say so at their very beginning."""
    try:
        with binary.open("rb") as file:
            return b"/ld-" in file.read(4096)
    except OSError:
        return False


def allocator(binary: Path) -> str | None:
    """The name of the allocator that a binary brings, where it is a known one."""
    return next((name for mark, name in _OWNERS if holds(binary, mark)), None)


def holds(binary: Path, mark: bytes) -> bool:
    """Whether these bytes are in a file; False where it cannot be read."""
    try:
        with binary.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(mark) >= 0
    except (OSError, ValueError):  # ValueError: it is empty
        return False
