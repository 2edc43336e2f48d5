"""Frames are as valgrind 3.19 wrote them for rustc 1.95, shortened."""

from pathlib import Path

import pytest

from factories import dhat
from leakgate.profilers.valgrind_coverage import Finding, allocator, examine

MALLOC = "malloc (in /usr/libexec/valgrind/vgpreload_dhat-amd64-linux.so)"
GLOBAL = "alloc (/rustc/59807616e/library/alloc/src/alloc.rs:95)"
SHIM = "__rustc::__rust_alloc (in /repo/target/debug/app)"
THREAD = "alloc (/rustc/59807616e/library/std/src/sys/alloc/unix.rs:14)"
TRY = "__rust_try (in /repo/target/debug/app)"
USER = "app::fill (/repo/src/lib.rs:4)"


def binary(
    directory: Path, content: bytes = b"RUST_BACKTRACE", start: bytes = b"/lib64/ld-linux-x86-64.so.2"
) -> Path:
    path = directory / "app"
    path.write_bytes(b"\x7fELF" + start + bytes(5000) + content)
    return path


@pytest.mark.parametrize(
    ("stacks", "finding"),
    [
        ([(MALLOC, GLOBAL, USER)], Finding.COMPLETE),
        ([(MALLOC, SHIM, USER)], Finding.COMPLETE),
        (
            [(MALLOC, "<alloc::raw_vec::RawVecInner>::finish_grow (in /repo/target/debug/app)", USER)],
            Finding.COMPLETE,
        ),
        ([(MALLOC, GLOBAL, "app::fill (in /repo/target/debug/app)")], Finding.LINELESS),
        ([(MALLOC, "app::fill (in /repo/target/debug/app)")], Finding.LINELESS),
        ([(MALLOC, "??? (in /repo/target/debug/app)")], Finding.NAMELESS),
        ([(MALLOC, THREAD, TRY)], Finding.BYPASSED),
        ([(MALLOC, "<std::thread::thread::Thread>::new (in /repo/target/debug/app)")], Finding.BYPASSED),
        ([(MALLOC, "__fopen_internal (libio/iofopen.c:65)")], Finding.BYPASSED),
        ([], Finding.BYPASSED),
    ],
)
def test_what_a_profile_of_a_rust_program_holds(
    tmp_path: Path, stacks: list[tuple[str, ...]], finding: Finding
) -> None:
    numbered = [tuple(f"0x{number:X}: {frame}" for number, frame in enumerate(stack)) for stack in stacks]
    profile = dhat(*((stack, {}) for stack in numbered), mode="heap")

    assert examine(profile, binary(tmp_path)) is finding


def test_a_program_without_a_dynamic_linker_is_told_apart(tmp_path: Path) -> None:
    assert examine(dhat(mode="heap"), binary(tmp_path, start=b"")) is Finding.STATIC


def test_a_program_of_another_language_calls_malloc_itself(tmp_path: Path) -> None:
    assert examine(dhat(((MALLOC, "main (app.c:3)"), {}), mode="heap"), binary(tmp_path, b"C")) is Finding.COMPLETE


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"_rjem_mallocx", "jemalloc"), (b"mi_malloc_aligned", "mimalloc"), (b"app::Bump", None)],
)
def test_known_allocators_are_called_by_their_name(tmp_path: Path, content: bytes, name: str | None) -> None:
    assert allocator(binary(tmp_path, content)) == name


def test_a_binary_that_is_gone_has_nothing_in_it(tmp_path: Path) -> None:
    assert allocator(tmp_path / "gone") is None
