"""Binaries are made by real rustc in `tests/e2e/test_harness.py`; here is this Python and what is no binary."""

import ctypes
import sys
from pathlib import Path

import pytest

from leakgate.profilers.resolving import symbols
from leakgate.profilers.resolving.raw import Module
from leakgate.profilers.resolving.symbols import Frame, Symbols, Warming


def header(*segments: tuple[int, int]) -> bytes:
    """The beginning of an ELF file with these program headers: kind and address."""
    start = bytearray(64)
    start[:6] = b"\x7fELF\x02\x01"
    start[0x20:0x28] = (64).to_bytes(8, "little")
    start[0x36:0x3A] = (56).to_bytes(2, "little") + len(segments).to_bytes(2, "little")
    for kind, address in segments:
        entry = kind.to_bytes(4, "little") + bytes(12) + address.to_bytes(8, "little")
        start += entry.ljust(56, b"\0")
    return bytes(start)


@pytest.mark.parametrize(
    ("content", "frame"),
    [
        (None, "0x30: ??? (in {path})"),
        (b"", "0x30: ??? (in {path})"),
        (b"no binary at all", "0x30: ??? (in {path})"),
        (header((6, 0x40), (1, 0x400000)), "0x30: ??? (in {path})"),
        (header((1, 0))[:100], "0x30: ??? (in {path})"),
    ],
)
def test_where_nothing_is_known_the_module_is_named(tmp_path: Path, content: bytes | None, frame: str) -> None:
    path = tmp_path / "module\n"
    if content is not None:
        path.write_bytes(content)
    module = Module(0x1000, 0x1000, 0x2000, "", str(path))
    shown = str(path).replace("\n", "?")
    assert Symbols(module, tmp_path / "cache").at(0x1030, module) == (Frame("???", frame.format(path=shown)),)


def test_an_address_in_no_module() -> None:
    assert symbols.unknown(0xAB) == (Frame("???", "0xAB: ??? (???:0:0)"),)


def library() -> str:
    """A library that `symbolic` brings, written in Rust; its path."""
    import symbolic._lowlevel as lowlevel  # noqa: PLC0415 - the library is found beside it

    return str(next(Path(str(lowlevel.__file__)).parent.glob("_lowlevel__lib*")))


def test_functions_are_found_by_the_address_behind_their_call_and_kept(tmp_path: Path) -> None:
    path = library()
    handle = ctypes.CDLL(path)
    loaded = ctypes.cast(handle.symbolic_archive_open, ctypes.c_void_p).value
    assert loaded is not None
    start = _base(path)
    module = Module(start, start, sys.maxsize, "ab12", path)
    folder = tmp_path / "symbols"

    frames = Symbols(module, folder).at(loaded + 1, module)

    assert frames[-1].function == "symbolic_archive_open"
    assert frames[-1].text.startswith(f"0x{loaded + 1 - start:X}: symbolic_archive_open (")
    assert [path.name for path in folder.iterdir()] == ["ab12"]
    (module_without_file,) = [Module(start, start, sys.maxsize, "ab12", "/nowhere")]
    kept = Symbols(module_without_file, folder).at(loaded + 1, module_without_file)
    assert kept[-1].function == "symbolic_archive_open"


def test_a_damaged_symcache_is_made_again(tmp_path: Path) -> None:
    path = library()
    (tmp_path / "ab12").mkdir()
    (tmp_path / "ab12/symcache").write_bytes(b"damaged")
    assert symbols.open_symcache(path, "ab12", tmp_path) is not None


def test_warming_makes_symcaches_and_minds_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no binary")
    warming = Warming([str(tmp_path / "none"), str(tmp_path / "text"), library()], tmp_path / "symbols")
    warming.wait()
    (made,) = (tmp_path / "symbols").iterdir()
    assert (made / "symcache").stat().st_size > 0


def _base(path: str) -> int:
    """Where a library was loaded first."""
    with Path("/proc/self/maps").open() as maps:
        return min(int(line.split("-")[0], 16) for line in maps if line.rstrip().endswith(path))
