"""Which crates and source files are the user's own."""

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path, PurePosixPath

from leakgate.dhat.frames import Workspace
from leakgate.errors import UsageError
from leakgate.profilers.cargo.build import Metadata, read_metadata
from leakgate.profilers.process import ProcessRunner
from leakgate.profilers.session import Session
from leakgate.source import LARGEST


def find(metadata: Metadata, env: Mapping[str, str], start: ProcessRunner) -> Workspace:
    """Describe the workspace, with paths relative to the repository's root.

    Without git, the workspace's root stands for the repository's.
    """
    root = repository_root(Path(metadata.workspace_root))
    crates = _crates(metadata, root)
    return Workspace(
        crates=crates,
        files=_with_members(_sources(root, env, start), crates.values(), root),
        roots=_roots(metadata, root),
        read=partial(_read, root),
    )


def around(cwd: Path, session: Session) -> Workspace:
    """The same of whatever project a directory is in, be it none of cargo's, or on a machine without cargo."""
    if any((parent / "Cargo.toml").is_file() for parent in (cwd, *cwd.parents)):
        try:
            code, lines = session.report(("cargo", "metadata", "--format-version", "1", "--no-deps"))
        except UsageError:
            code, lines = -1, []
        if code == 0:
            return find(read_metadata("\n".join(lines)), session.request.env, session.start)
    root = repository_root(cwd)
    return Workspace(
        crates={}, files=_sources(root, session.request.env, session.start), read=partial(_read, root)
    )


def repository_root(directory: Path) -> Path:
    """The nearest directory upwards with a `.git` in it; else the directory itself."""
    return next((parent for parent in (directory, *directory.parents) if (parent / ".git").exists()), directory)


def _crates(metadata: Metadata, root: Path) -> dict[str, PurePosixPath]:
    crates: dict[str, PurePosixPath] = {}
    libraries_first = sorted(
        (target.kind[0] in {"bin", "test", "example", "bench"}, target.name, Path(package.manifest_path).parent)
        for package in metadata.packages
        for target in package.targets
        if "custom-build" not in target.kind
    )
    for _, name, directory in libraries_first:
        relative = PurePosixPath(Path(os.path.relpath(directory, root)).as_posix())
        crates.setdefault(name.replace("-", "_"), relative)
    return crates


def _with_members(files: tuple[str, ...], members: Iterable[PurePosixPath], root: Path) -> tuple[str, ...]:
    """The files, and those of each member that git lists none of: a submodule, or one that is ignored."""
    listed = _directories(files)
    missing = [member for member in sorted(set(members)) if ".." not in member.parts and str(member) not in listed]
    found = {f"{member}/{name}" for member in missing for name in _walk(root / member)}
    return tuple(sorted({*files, *found})) if found else files


def _directories(files: Iterable[str]) -> set[str]:
    """All that have any of the files in them, the root (`.`) included."""
    found: set[str] = set()
    for file in files:
        directory = file.rpartition("/")[0]
        while directory and directory not in found:
            found.add(directory)
            directory = directory.rpartition("/")[0]
        found.add(".")
    return found


def _roots(metadata: Metadata, root: Path) -> dict[str, str]:
    """A library's before a program's: of two in one directory, the modules there are the library's."""
    targets = [target for package in metadata.packages for target in package.targets if target.src_path]
    return {
        Path(os.path.relpath(target.src_path, root)).as_posix(): target.name.replace("-", "_")
        for target in sorted(targets, key=lambda target: (not target.is_library, target.name))
        if "custom-build" not in target.kind
    }


def _read(root: Path, file: str) -> bytes | None:
    """A source file, if it is a file below the root, and no larger than what is ever parsed."""
    path = root / file
    try:
        if not path.resolve(strict=True).is_relative_to(root.resolve()) or not path.is_file():
            return None
        with path.open("rb") as opened:
            data = opened.read(LARGEST + 1)
    except (OSError, ValueError):  # it is not there, may not be read, or is no path at all
        return None
    return data if len(data) <= LARGEST else None


def _sources(root: Path, env: Mapping[str, str], start: ProcessRunner) -> tuple[str, ...]:
    """The Rust files that git knows or would take; without git, those outside hidden and `target` directories."""
    if (root / ".git").exists():
        lines: list[str] = []
        # A hook, or a git alias, leaves variables that point git to another repository.
        clean = {name: value for name, value in env.items() if not name.startswith("GIT_")}
        argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.rs"]
        try:
            code = start(argv, cwd=root, env=clean, on_line=lambda _: None, on_stdout=lines.append)
        except UsageError:  # no git on this machine
            code = -1
        if code == 0:
            return tuple(sorted({name for name in "\n".join(lines).split("\0") if name}))
    return tuple(sorted(_walk(root)))


def _walk(root: Path) -> Iterator[str]:
    for directory, inner, files in os.walk(root):
        inner[:] = [name for name in inner if name != "target" and not name.startswith(".")]
        for name in files:
            if name.endswith(".rs"):
                yield (Path(directory) / name).relative_to(root).as_posix()
