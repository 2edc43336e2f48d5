"""The zoo as it was before all its pull requests and as it is after: two directories, each a git repository."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from quality.cases import PATCH, TRUTH, Case, ZooError

_OURS = frozenset({TRUTH, PATCH})
"""Files of a case that the project it is about would not have."""

_NOT_COPIED = frozenset({".git", "target"})

_DAY = "2026-01-01T00:00:00Z"
_COMMITTING = {
    **{f"GIT_{who}_{what}": "zoo" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    **{f"GIT_{who}_DATE": _DAY for who in ("AUTHOR", "COMMITTER")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
"""The same files are the same commit, whoever makes it and when."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two.

    Attributes:
        name: `base` or `head`.
        directory: Where it is. Its builds are in its `target`, and stay from one time to the next.
        commit: What git calls its files.
    """

    name: str
    directory: Path
    commit: str


def prepare(zoo: Path, cases: Iterable[Case], work: Path) -> tuple[Side, Side]:
    """Lay out base and head. A file that is there already with the same text is left alone, so that cargo is too.

    Args:
        zoo: The workspace.
        cases: Those whose patches the head has.
        work: Where both go.

    Raises:
        ZooError: A patch does not apply.
    """
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "zoo"
        shutil.copytree(zoo, tree, ignore=shutil.ignore_patterns(*_NOT_COPIED))
        git(tree, "init", "--quiet")
        base = _lay_out("base", tree, work)
        for case in cases:
            _apply(case, tree)
        return base, _lay_out("head", tree, work)


def git(directory: Path, *words: str) -> str:
    """What git prints.

    Raises:
        ZooError: It did not do it; with what it said.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", *words], cwd=directory, env={**kept, **_COMMITTING}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ZooError(f"`git {words[0]}` in {directory}: {done.stderr.strip()}")
    return done.stdout.strip()


def _apply(case: Case, tree: Path) -> None:
    patch = f"cases/{case.name}/{PATCH}"
    try:
        git(tree, "apply", "--check", patch)
        git(tree, "apply", patch)
    except ZooError as error:
        raise ZooError(f"{patch} does not apply to the zoo; {error}") from None


def _lay_out(name: str, tree: Path, work: Path) -> Side:
    directory = work / name
    directory.mkdir(parents=True, exist_ok=True)
    files = {path: (tree / path).read_bytes() for path in _files(tree) if path.name not in _OURS}
    _synchronise(directory, files)
    shutil.rmtree(directory / ".git", ignore_errors=True)
    git(directory, "init", "--quiet")
    (directory / ".git/info").mkdir(exist_ok=True)
    (directory / ".git/info/exclude").write_text("/target/\n", encoding="utf-8")
    git(directory, "add", "--all")
    git(directory, "commit", "--quiet", "--message", name)
    return Side(name, directory, git(directory, "rev-parse", "HEAD"))


def _synchronise(directory: Path, files: Mapping[Path, bytes]) -> None:
    for path in _files(directory):
        if path not in files:
            (directory / path).unlink()
    for path, data in files.items():
        target = directory / path
        if not target.is_file() or target.read_bytes() != data:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def _files(directory: Path) -> list[Path]:
    """Relative to the directory, without what is built there and what git keeps."""
    found = []
    for root, folders, names in os.walk(directory):
        folders[:] = [folder for folder in folders if folder not in _NOT_COPIED]  # os.walk enters what is left
        found += [Path(root, name).relative_to(directory) for name in names]
    return found
