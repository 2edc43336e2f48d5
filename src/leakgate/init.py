"""The first step of a project: its leakgate.yml, and the workflow that gates its pull requests.

Nothing is asked: what differs from project to project is read from its files and its clone. Nothing runs, and no
network is used.
"""

import os
import re
import shlex
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from leakgate import files
from leakgate.config import CANDIDATES
from leakgate.edges import Edges
from leakgate.errors import InputError, LeakgateError, UsageError

WORKFLOW = ".github/workflows/leakgate.yml"

_TEST = "cargo test"
_NEXTEST = "cargo nextest run"
_TOOLCHAIN_FILES = ("rust-toolchain.toml", "rust-toolchain")
_PLAIN = re.compile(r"[A-Za-z][\w./-]*")
_NO_TEXT_TO_YAML = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_NOT_LOOKED_INTO = frozenset({"target", "node_modules", "vendor"})
_DEEPEST = 3
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Project:
    """What the two files depend on.

    Attributes:
        repository: The root of the repository; without git, the project's own.
        directory: The cargo project's, relative to that: `.` or `services/store`.
        config: Where its config goes, relative to `directory`.
        branch: The one whose pushes save a baseline.
        is_workspace: Whether it has members.
        uses_nextest: Whether it is set up for cargo-nextest.
        is_pinned: Whether its files name a toolchain.
    """

    repository: Path
    directory: str
    config: str
    branch: str
    is_workspace: bool
    uses_nextest: bool
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to write.

    Attributes:
        path: Relative to the repository's root.
        text: What it says.
    """

    path: str
    text: str


def discover(edges: Edges) -> Project:
    """Look at the project.

    Raises:
        UsageError: This is no cargo project.
        InputError: Its Cargo.toml cannot be read.
    """
    root = edges.root
    manifest = root / "Cargo.toml"
    if not manifest.is_file():
        raise _no_project(root)
    repository = edges.git.root() or root
    return Project(
        repository=repository,
        directory=Path(os.path.relpath(root, repository)).as_posix(),
        config=next((name for name in CANDIDATES if os.path.lexists(root / name)), CANDIDATES[0]),
        branch=edges.git.default_branch() or edges.git.branch() or "main",
        is_workspace="workspace" in _read(manifest),
        uses_nextest=(root / ".config/nextest.toml").is_file(),
        is_pinned=any((place / name).is_file() for place in (root, repository) for name in _TOOLCHAIN_FILES),
    )


def new_files(project: Project) -> tuple[NewFile, NewFile]:
    """The config and the workflow, as they are to be written."""
    words = [_NEXTEST if project.uses_nextest else _TEST, *(["--workspace"] if project.is_workspace else [])]
    config = _template("leakgate.yml").substitute(command=" ".join(words))
    workflow = _template("workflow.yml").substitute(branch=_branch_filter(project.branch))
    if project.uses_nextest:
        workflow += _template("nextest.yml").template
    workflow += _template("gate.yml").template
    if project.directory != ".":
        workflow += f"        with:\n          working-directory: {_scalar(project.directory)}\n"
    place = project.config if project.directory == "." else f"{project.directory}/{project.config}"
    return NewFile(place, config), NewFile(WORKFLOW, workflow)


def write(project: Project, new: Sequence[NewFile], *, force: bool) -> None:
    """Write all of the files, or none.

    Args:
        project: Where they go.
        new: The files.
        force: Replace what is there.

    Raises:
        UsageError: One of them is there already, or a workflow uses leakgate already.
        InputError: What is to be replaced cannot be read; everything is as it was.
        ServiceError: They cannot be written; everything is as it was.
    """
    if not force:
        _refuse_what_is_there(project, new)
    replaced: list[tuple[Path, bytes | None]] = []
    try:
        for file in new:
            path = project.repository / file.path
            before = _content(path)
            files.save(path, file.text.encode())
            replaced.append((path, before))
    except LeakgateError:
        for path, before in replaced:
            path.unlink() if before is None else files.save(path, before)
        raise


def places(project: Project, new: Sequence[NewFile], cwd: Path) -> list[str]:
    """Where the files are, as seen from a directory."""
    return [os.path.relpath(project.repository / file.path, cwd) for file in new]


def next_steps(project: Project, written: Sequence[str]) -> str:
    """What to do now, in three steps.

    Args:
        project: The project.
        written: Where the files are, as seen from here.
    """
    pin = (
        "`leakgate check` measures once, on this machine"
        if project.is_pinned
        else "pin the compiler: baselines of another one are incomparable (`leakgate doctor` prints the line)"
    )
    return (
        "next:\n"
        "  1. `leakgate doctor` tells what will be built and measured, and what is missing\n"
        f"  2. {pin}\n"
        f"  3. `git add {shlex.join(written)}`, commit and push: the first run on {project.branch} saves the\n"
        "     baseline, and from then on every pull request is compared\n"
    )


def _refuse_what_is_there(project: Project, new: Sequence[NewFile]) -> None:
    there = [file.path for file in new if os.path.lexists(project.repository / file.path)]
    if there:
        names = " and ".join(there)
        raise UsageError(
            f"{names} {'is' if len(there) == 1 else 'are'} there already, and nothing was written",
            remedy="`leakgate doctor` looks at what is there; `leakgate init --force` replaces it",
        )
    for path in sorted((project.repository / ".github/workflows").glob("*.y*ml")):
        if b"leakgate/leakgate@" in (_content(path) or b""):
            raise UsageError(
                "a workflow uses leakgate already, and nothing was written",
                where=path.relative_to(project.repository).as_posix(),
                remedy="`leakgate doctor` looks at it; `leakgate init --force` writes another one beside it",
            )


def _content(path: Path) -> bytes | None:
    """What is in a file; None where there is none.

    Raises:
        InputError: It cannot be read.
    """
    try:
        return path.read_bytes() if path.is_file() else None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(path)) from error


def _template(name: str) -> Template:
    return Template(resources.files("leakgate").joinpath("templates", name).read_text(encoding="utf-8"))


def _branch_filter(branch: str) -> str:
    """A branch's name as a pattern of GitHub's that no other name matches."""
    return _scalar(re.sub(r"([*?+!\[\]\\])", r"\\\1", branch))


def _scalar(text: str) -> str:
    """A text as YAML reads it."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT_TO_YAML:
        return text
    return "'" + text.replace("'", "''") + "'"


def _read(manifest: Path) -> dict[str, object]:
    try:
        return tomllib.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot be read: {error}", where=str(manifest), remedy="`cargo metadata` says why"
        ) from error


def _no_project(root: Path) -> UsageError:
    found = sorted(_projects_below(root))[:_MOST_NAMED]
    remedy = f"go to it first: cd {' or cd '.join(found)}" if found else "go to the directory of a cargo project"
    return UsageError("there is no Cargo.toml here", where=str(root), remedy=remedy)


def _projects_below(root: Path) -> Iterator[str]:
    """Directories with a Cargo.toml that no other such directory is around."""
    for parent, folders, names in os.walk(root):
        here = Path(parent).relative_to(root)
        if "Cargo.toml" in names:
            yield here.as_posix()
            folders.clear()
        elif len(here.parts) == _DEEPEST:
            folders.clear()
        else:
            folders[:] = [name for name in folders if name not in _NOT_LOOKED_INTO and not name.startswith(".")]
