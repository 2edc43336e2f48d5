"""What valgrind says of itself in its log, in words with a remedy.

Imported by the runner: see `libtest.py`.
"""

import re

_KNOWN = (
    (
        r"valgrind: Unrecognised instruction",
        "valgrind does not know an instruction of it (it has no AVX-512): build without `-C target-cpu=native`",
    ),
    (
        r"m_debuginfo/\S+ .*Assertion '.*' failed",
        "valgrind cannot read the binary as its linker laid it out (mold): use another linker, or update valgrind",
    ),
    (
        r"A must-be-redirected function",
        "valgrind needs the debug symbols of the C library: `apt-get install libc6-dbg`",
    ),
    (
        r"failed to start tool 'dhat'",
        "this valgrind has no DHAT: install it whole, or update it",
    ),
)
_OWN_WORDS = re.compile(r"^(?:==\d+== )?valgrind: (.+)$", re.MULTILINE)


def of(log: str) -> str | None:
    """Why a run went wrong, as far as valgrind's log tells; None where it has nothing to say.

    Args:
        log: What valgrind wrote, untrusted: the program can make it say things.
    """
    for pattern, words in _KNOWN:
        if re.search(pattern, log):
            return words
    found = _OWN_WORDS.search(log)
    return f"valgrind says: {found[1].strip()[:200]}" if found else None
