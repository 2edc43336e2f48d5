import pytest

from leakgate.profilers.child import diagnosis

# As valgrind 3.19 wrote them, or as they are in bug reports; shortened.
UNKNOWN_INSTRUCTION = """\
==21== DHAT, a dynamic heap analysis tool
vex amd64->IR: unhandled instruction bytes: 0x62 0xF1 0xF7 0x8 0x7B 0x44 0x24 0x1 0x62 0xF1
==21== valgrind: Unrecognised instruction at address 0x40395d.
==21== Your program just tried to execute an instruction that Valgrind
"""
LINKED_BY_MOLD = """\
valgrind: m_debuginfo/readelf.c:3394 (read_elf_debug): Assertion 'di->rodata_size == a_shdr.sh_size' failed.
"""
STRIPPED_LOADER = """\
valgrind:  Fatal error at startup: a function redirection
valgrind:  which is mandatory for this platform-tool combination
valgrind:  cannot be set up.  Details of the redirection are:
valgrind:  A must-be-redirected function
valgrind:  whose name matches the pattern:      strlen
"""


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (
            UNKNOWN_INSTRUCTION,
            (
                "valgrind does not know an instruction of it (it has no AVX-512): build without "
                "`-C target-cpu=native`"
            ),
        ),
        (
            LINKED_BY_MOLD,
            (
                "valgrind cannot read the binary as its linker laid it out (mold): use another linker, or "
                "update valgrind"
            ),
        ),
        (
            STRIPPED_LOADER,
            "valgrind needs the debug symbols of the C library: `apt-get install libc6-dbg`",
        ),
        (
            "valgrind: failed to start tool 'dhat' for platform 'amd64-linux': No such file or directory\n",
            "this valgrind has no DHAT: install it whole, or update it",
        ),
        ("==3== valgrind: mmap-FIXED(0x0, 12) failed\n", "valgrind says: mmap-FIXED(0x0, 12) failed"),
        ("==3== DHAT, a dynamic heap analysis tool\n==3== Total: 5 bytes in 1 blocks\n", None),
        ("", None),
    ],
)
def test_what_valgrind_says_of_itself(log: str, words: str | None) -> None:
    assert diagnosis.of(log) == words
