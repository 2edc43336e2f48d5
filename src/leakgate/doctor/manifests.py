"""What the members' Cargo.toml and sources say that cargo does not tell before it builds."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leakgate.profilers.cargo.build import Package, Target

_TABLES = {"bin": "bin", "test": "test", "example": "example", "bench": "bench"}
_ALLOCATOR = re.compile(
    r"""
    ^[ \t]* (?: \#\[cfg\( (?P<cfg>.*) \)\] \s* )?
    \#\[ (?: cfg_attr\( (?P<cfg_attr>.*) , \s* global_allocator \) | global_allocator ) \]
    """,
    re.MULTILINE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Allocator:
    """A `#[global_allocator]` in the text of a source file.

    Attributes:
        file: Relative to the repository's root.
        line: 1 for the first.
        condition: What stands in its `#[cfg(…)]` or `#[cfg_attr(…)]`; None where there is none.
    """

    file: str
    line: int
    condition: str | None


def read(path: Path) -> Mapping[str, Any]:
    """A manifest; empty where it cannot be read, of which cargo complains."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def own_harness(manifest: Mapping[str, Any], target: Target) -> str | None:
    """The table of a manifest that gives a target `harness = false`: `[[test]]`; None where libtest is in it."""
    if target.is_library:
        return "[lib]" if _says_no(manifest.get("lib")) else None
    name = _TABLES.get(target.kind[0], "")
    tables = manifest.get(name)
    listed = tables if isinstance(tables, list) else []
    if any(_says_no(table) and table.get("name") == target.name for table in listed):
        return f"[[{name}]]"
    return None


def allocators(root: Path, files: Iterable[str]) -> Iterator[Allocator]:
    """Every `#[global_allocator]` that the text of some sources shows, be it compiled or not.

    Args:
        root: What the paths are relative to.
        files: Their paths.
    """
    for file in files:
        try:
            text = (root / file).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for found in _ALLOCATOR.finditer(text):
            line = text.count("\n", 0, found.end()) + 1
            yield Allocator(file, line, found["cfg"] or found["cfg_attr"])


def owner(file: Path, packages: Iterable[Package]) -> Package | None:
    """The member whose directory a file is in: the innermost."""
    homes = [(Path(package.manifest_path).parent, package) for package in packages]
    inside = [(home, package) for home, package in homes if file.is_relative_to(home)]
    return max(inside, key=lambda pair: len(pair[0].parts), default=(None, None))[1]


def _says_no(table: object) -> bool:
    return isinstance(table, dict) and table.get("harness") is False
