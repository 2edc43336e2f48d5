"""Frame text → Frame, and whose code a frame is."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath

import msgspec

from leakgate.dhat.names import STD_CRATES, crate_of, normalise_function, trait_crate
from leakgate.dhat.paths import (
    SourceIndex,
    is_cut_std_path,
    is_dependency_path,
    is_own_package,
    is_provided_by_core,
    is_std_path,
)


class Origin(StrEnum):
    """Whose code a frame is."""

    USER = "user"
    DEPENDENCY = "dependency"
    STD = "std"
    UNKNOWN = "unknown"


def unread(file: str) -> None:
    """Of a profile without its project: nothing of a file is known."""
    del file


@dataclass(frozen=True, slots=True)
class Workspace:
    """What tells the user's frames from the others'. Empty for a profile that comes without its project.

    Attributes:
        crates: Crate names (with `_`) of the workspace's members → the member's directory, relative to the root.
            Test and binary targets have crate names of their own: they belong here too.
        files: The repository's Rust source files, relative to its root.
        roots: The file that each of those crates starts with, relative to the root → the crate's name.
        read: What is in a source file, given relative to the root; None where it cannot be known.
    """

    crates: Mapping[str, PurePosixPath]
    files: tuple[str, ...]
    roots: Mapping[str, str] = field(default_factory=dict)
    read: Callable[[str], bytes | None] = field(default=unread, compare=False)


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One entry of the frame table, taken apart.

    Attributes:
        function: As the profiler wrote it; `???` where it did not know.
        path: The source file, with `/` between its parts; absolute from Valgrind, the last three from dhat-rs.
        line: 1-based.
        column: 1-based.
        address: The instruction's address.
        module: The binary or library, where that is all that is known.
    """

    function: str
    path: str | None = None
    line: int | None = None
    column: int | None = None
    address: int | None = None
    module: str | None = None


class ClassifiedFrame(msgspec.Struct, frozen=True, gc=False):
    """What a report needs of one entry of the frame table.

    Attributes:
        function: The normalised function.
        origin: Whose code it is.
        file: A user frame's source file, relative to the repository's root; None where it could not be resolved.
            Without a workspace there is no root, and this is the path as the profile has it.
        line: 1-based, in the source file.
        path: The source file as the profile has it.
    """

    function: str
    origin: Origin
    file: str | None = None
    line: int | None = None
    path: str | None = None


UNKNOWN_FUNCTION = "???"
UNKNOWN_INLINED = "UnknownInlinedFun"
"""What Valgrind calls an inlined function that lean debug information gives no name: that of a release build."""

_Parsed = tuple[str, str, str | None, int | None]
"""Normalised function, its crate (empty: not known), path, line."""

_ALLOCATOR_SHIM = re.compile(r"__(?:rust_(?:alloc|dealloc|realloc|no_alloc)|rg_|rdl_)")
"""What rustc generates between `alloc` and the allocator; it carries the place of `#[global_allocator]`."""

_DIGITS = 9
_PLAIN = re.compile(rf"([^()]+) \((?!in )([^()?:\\]+):(\d{{1,{_DIGITS}}})(?::\d{{1,{_DIGITS}}})?\)", re.ASCII)
"""What all but a few frames look like; nothing that it matches is read differently by `parse_frame`."""

_OFFSET = re.compile(r"\+0x[0-9A-Fa-f]+$")


def parse_frame(text: str) -> Frame:
    """Take an entry of the frame table apart. Any text is accepted; what is not recognised is the function."""
    body = _without_address(text)
    address = None if body is text else _number(text[: text.index(":")])
    function, place = _split(body)
    path, line, column, module = (None, None, None, None) if place is None else _parse_place(place)
    return Frame(function or UNKNOWN_FUNCTION, path, line, column, address, module)


def _without_address(text: str) -> str:
    return text.partition(": ")[2] if text.startswith("0x") and ": " in text else text


def _number(hexadecimal: str) -> int | None:
    try:
        return int(hexadecimal, 16)
    except ValueError:
        return None


def _split(body: str) -> tuple[str, str | None]:
    """`function (place)` → both. Either may hold parentheses itself: the last balanced pair is the place."""
    if not body.endswith(")"):
        return body, None
    start = body.rfind("(")
    if ")" in body[start:-1]:
        start = _matching_parenthesis(body)
    if start < 0 or (start > 0 and body[start - 1] != " "):
        return body, None
    place = body[start + 1 : -1]
    if start == 0 and "/" not in place:  # `(below main)` is a function
        return body, None
    return body[: max(0, start - 1)], place


def _matching_parenthesis(body: str) -> int:
    """Where the parenthesis opens that the last character closes; -1 if nowhere."""
    depth = 0
    for match in reversed(list(re.finditer(r"[()]", body))):
        depth += 1 if match.group() == ")" else -1
        if depth == 0:
            return match.start()
    return -1


def _parse_place(place: str) -> tuple[str | None, int | None, int | None, str | None]:
    """The text between the parentheses → path, line, column, module."""
    if place.startswith("in "):
        return None, None, None, place[3:]
    if "+0x" in place and (module := _OFFSET.sub("", place)) != place:
        return None, None, None, module
    path, last = _number_at_end(place)
    path, line = (path, None) if last is None else _number_at_end(path)
    line, column = (last, None) if line is None else (line, last)
    if path in {"", UNKNOWN_FUNCTION}:
        return None, None, None, None
    if "\\" in path:
        path = path.replace("\\", "/")
    return path, line or None, column or None, None


def _number_at_end(text: str) -> tuple[str, int | None]:
    """`text:12` → (`text`, 12)."""
    head, colon, tail = text.rpartition(":")
    return (head, int(tail)) if colon and tail.isdecimal() and len(tail) <= _DIGITS else (text, None)


def classify(frames: Sequence[str], workspace: Workspace) -> list[ClassifiedFrame]:
    """Say for each entry of a profile's frame table whose code it is, and where in the repository.

    A path that lies in the standard library or in a registry decides; else the function's crate; else whether the
    path is one of the repository's. Without a workspace a crate counts as the user's if one of its files lies in a
    package directory without a version (`app/src/lib.rs`), or if no crate's does.
    """
    return Classifier(workspace).classify(frames)


class Classifier:
    """Classifies the profiles of one project: what several tests have on their stacks is looked at once."""

    def __init__(self, workspace: Workspace) -> None:
        self._project = _InWorkspace(workspace) if workspace.crates or workspace.files else None
        self._parse = _Parser().parse
        self._origins: dict[tuple[str, str, str | None], tuple[Origin, str | None]] = {}
        self._classified: dict[str, ClassifiedFrame] = {}

    def classify(self, frames: Sequence[str]) -> list[ClassifiedFrame]:
        """See `classify`."""
        bodies = list(map(_without_address, frames))
        if self._project is None:  # then a table tells by itself which crates are the user's
            self._origins.clear()
            self._classified.clear()
        parse, known, classified = self._parse, self._origins, self._classified
        parsed = {body: parse(body) for body in dict.fromkeys(bodies) if body not in classified}
        origins = self._project or _Alone(parsed.values())
        for body, (function, crate, path, line) in parsed.items():
            key = (function, crate, path)
            found = known.get(key)
            if found is None:
                found = known[key] = _by_path(path) or origins.of(function, crate, path)
            classified[body] = ClassifiedFrame(function, found[0], found[1], line, path)
        return [classified[body] for body in bodies]


class _Parser:
    """Takes frames without their address apart. Many frames share one function."""

    def __init__(self) -> None:
        self._functions: dict[str, tuple[str, str]] = {}

    def parse(self, body: str) -> _Parsed:
        plain = _PLAIN.fullmatch(body)
        if plain is None:
            function, place = _split(body)
            path, line = (None, None) if place is None else _parse_place(place)[:2]
        else:
            function, path, number = plain.groups()
            line = int(number) or None
        names = self._functions.get(function)
        if names is None:
            name = normalise_function(function) if function else UNKNOWN_FUNCTION
            names = self._functions[function] = name, crate_of(name)
        return *names, path, line


def _by_path(path: str | None) -> tuple[Origin, str | None] | None:
    """Whose code it is, where the path leaves no doubt."""
    if path is None:
        return None
    if is_std_path(path):
        return Origin.STD, None
    return (Origin.DEPENDENCY, None) if is_dependency_path(path) else None


class _InWorkspace:
    """Whose code a frame is, and where, with the project at hand."""

    def __init__(self, workspace: Workspace) -> None:
        self._crates = workspace.crates
        self._index = SourceIndex(workspace.files, workspace.crates)

    def of(self, function: str, crate: str, path: str | None) -> tuple[Origin, str | None]:
        if crate in STD_CRATES or _ALLOCATOR_SHIM.match(function):
            return Origin.STD, None
        file = None if path is None else self._index.resolve(path, crate)
        if crate in self._crates:
            if path is not None and file is None and _is_std_method(function, path):
                return Origin.STD, None
            return Origin.USER, file
        if file is not None:
            return Origin.USER, file
        if crate:
            return Origin.DEPENDENCY, None
        return (Origin.STD if path is not None and is_cut_std_path(path) else Origin.UNKNOWN), None


class _Alone:
    """Whose code a frame is, as far as a profile alone can tell."""

    def __init__(self, frames: Iterable[_Parsed]) -> None:
        crates: set[str] = set()
        own: set[str] = set()
        foreign: set[str] = set()
        for function, crate, path in {(function, crate, path) for function, crate, path, _ in frames if crate}:
            crates.add(crate)
            if path is None or is_std_path(path):
                continue
            if is_dependency_path(path):
                foreign.add(crate)
            elif is_own_package(path) or (is_cut_std_path(path) and not function.startswith("<")):
                own.add(crate)  # a named function of another crate than std's, in a directory called `core`
        own -= foreign
        own -= STD_CRATES
        self._foreign = crates - own if own else foreign

    def of(self, function: str, crate: str, path: str | None) -> tuple[Origin, str | None]:
        if crate in STD_CRATES or _ALLOCATOR_SHIM.match(function):
            return Origin.STD, None
        if path is not None and (_is_std_method(function, path) or (not crate and is_cut_std_path(path))):
            return Origin.STD, None
        if crate:
            return (Origin.DEPENDENCY, None) if crate in self._foreign else (Origin.USER, path)
        return (Origin.USER, path) if path is not None and is_own_package(path) else (Origin.UNKNOWN, None)


def _is_std_method(name: str, path: str) -> bool:
    """Whether it is a method that a standard trait provides and a user's type only inherits."""
    return trait_crate(name) in STD_CRATES and is_provided_by_core(path)
