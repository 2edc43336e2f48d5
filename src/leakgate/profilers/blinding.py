"""What keeps functions and lines out of the report, and the variable or the line of a file that mends it.

The harness's wrapper asks for debug information where a cargo profile has none, or strips it. A flag for rustc is
somebody's wish, and stays in force; so the report says what it costs. A project's own dhat is built as the profile
says.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from leakgate.profilers.cargo import settings

_COSTS = {
    "-Cdebuginfo": "no line can be named in {}, for want of debug information",
    "-Cforce-frame-pointers": "no caller can be found in {}, for want of frame pointers",
    "-Clink-arg": "no function can be named in {}, for want of symbols",
    "-Clink-args": "no function can be named in {}, for want of symbols",
}
_NOTE = "harness"
_DHAT_LINE = re.compile(rb":[1-9]\d*:\d+\)")
_DHAT_FUNCTION = re.compile(rb'"0x[0-9a-f]+: (?!\?\?\? )')


def remarks(notes: Mapping[str, Path], directory: Path, env: Mapping[str, str]) -> Iterator[str]:
    """What is to be said of flags that blind.

    Args:
        notes: Binary id → the note that the wrapper left beside the binary (`harness/wrapper.rs`).
        directory: Where cargo ran.
        env: The user's environment.
    """
    blinded: dict[str, list[str]] = defaultdict(list)
    for binary, note in notes.items():
        for flag in _flags(note):
            blinded[flag].append(binary)
    for flag, binaries in blinded.items():
        cost = _COSTS[flag.partition("=")[0]].format(_named(sorted(binaries)))
        yield f"{cost}: take `{flag}` out of {_place(flag, directory, env)}"


def without_lines(profiles: Iterable[Path], cargo_profile: str) -> Iterator[str]:
    """What is to be said of DHAT files of dhat-rs, none of which names a single line.

    Args:
        profiles: The files.
        cargo_profile: What the binaries were built with.
    """
    points = functions = False
    for path in profiles:
        content = path.read_bytes()
        if _DHAT_LINE.search(content):
            return
        points = points or b'"tb"' in content
        functions = functions or _DHAT_FUNCTION.search(content) is not None
    if not points:
        return
    section = "dev" if cargo_profile == "test" else cargo_profile
    variable = f"CARGO_PROFILE_{section.upper().replace('-', '_')}"
    if functions:
        yield (
            "no line can be named, for want of debug information: "
            f'write `debug = "line-tables-only"` under `[profile.{section}]` in Cargo.toml, '
            f"or set {variable}_DEBUG=line-tables-only"
        )
    else:
        yield (
            "no function can be named, for want of symbols: "
            f'write `strip = "none"` and `debug = "line-tables-only"` under `[profile.{section}]` in Cargo.toml, '
            f"or set {variable}_STRIP=none and {variable}_DEBUG=line-tables-only"
        )


def _flags(note: Path) -> list[str]:
    kind, *flags = note.read_text(encoding="utf-8", errors="replace").split("\t")
    return [flag for flag in flags if flag] if kind == _NOTE else []


def _named(binaries: Sequence[str]) -> str:
    first = f"`{binaries[0]}`"
    return first if len(binaries) == 1 else f"{first} and {len(binaries) - 1} more"


def _place(flag: str, directory: Path, env: Mapping[str, str]) -> str:
    """The variable or file that has the flag."""
    value = flag.removeprefix("-C")
    for name in _variables(env):
        if value in env[name]:
            return f"the variable {name}"
    for path in settings.files(directory, env):
        if value in path.read_text(encoding="utf-8", errors="replace"):
            return f"`rustflags` in {path}"
    return "the flags for rustc, which a build script may set too"


def _variables(env: Iterable[str]) -> Iterator[str]:
    """The variables with flags for rustc, as cargo looks for them."""
    yield from (name for name in ("CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS") if name in env)
    yield from sorted(name for name in env if name.startswith("CARGO_") and name.endswith("_RUSTFLAGS"))
