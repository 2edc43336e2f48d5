"""Source paths of frames: whose they are, and which file of the repository they mean.

dhat-rs cuts paths to the last three parts, so that a registry's directory is lost and the package's often too.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from leakgate.dhat.names import STD_CRATES

_CUT = 3
"""How many parts of a path dhat-rs keeps."""

_STD = re.compile(r"(?:^|/)rustc/[0-9a-f]{6,40}/|/rustc/[\d.]+/|(?:^|/)rust/deps/|\.rustup/|/lib/rustlib/src/")
_CUT_STD = re.compile(r"^(?:library/)?(?:core|alloc|std|test|proc_macro|panic_unwind|panic_abort|unwind)/src/")
_VERSIONED = r"[A-Za-z][\w-]*-\d+\.\d+\.\d+[^/]*"
_DEPENDENCY = re.compile(
    rf"(?:^|/)\.?cargo/git/checkouts/|(?:^|/)registry/src/[^/]+/{_VERSIONED}/|^{_VERSIONED}/|/vendor/{_VERSIONED}/"
)
_PROVIDED_BY_CORE = re.compile(
    r"(?:^|/)(?:ops/function|iter/(?:traits|adapters)/\w+|alloc/src/\w+|core/src/\w+)\.rs$"
)
_OWN_PACKAGE = re.compile(r"^(?:[A-Za-z]:)?/.*\.rs$|^(?P<package>[^/]+)/(?:src|tests|examples|benches)/[^/]+\.rs$")
_TARGET = re.compile(r"(?:^|/)(?:tests|examples|benches|src/bin)/|(?:^|/)src/main\.rs$")
_GIT_REVISION = re.compile(r"[0-9a-f]{7}")


def is_std_path(path: str) -> bool:
    """Whether it lies in the standard library's sources or in those of its dependencies."""
    return _STD.search(path) is not None


def is_cut_std_path(path: str) -> bool:
    """Whether it may lie there, had it not been cut; the user may have a directory `core` too."""
    return _CUT_STD.match(path) is not None


def is_dependency_path(path: str) -> bool:
    """Whether it lies in cargo's registry or git checkouts, or in a package directory that names a version."""
    return _DEPENDENCY.search(path) is not None


def is_provided_by_core(path: str) -> bool:
    """Whether it may be the file in which a standard trait provides a method."""
    return _PROVIDED_BY_CORE.search(path) is not None


def is_own_package(path: str) -> bool:
    """Whether it lies in a package that comes from no registry, as far as the path alone can tell."""
    match = _OWN_PACKAGE.match(path)
    if match is None:
        return False
    package = match["package"]
    return package is None or not (
        package in STD_CRATES or package == "src" or _GIT_REVISION.fullmatch(package) or is_dependency_path(path)
    )


class SourceIndex:
    """Finds the repository's file that a frame's path means.

    Args:
        files: The repository's files, relative to its root.
        crates: Crate names → their directory, relative to the root.
    """

    def __init__(self, files: Sequence[str], crates: Mapping[str, PurePosixPath]) -> None:
        self._files = frozenset(files)
        self._directories = {
            crate: "" if directory == PurePosixPath() else f"{directory}/" for crate, directory in crates.items()
        }
        self._by_suffix: defaultdict[str, list[str]] = defaultdict(list)
        for file in files:
            parts = file.split("/")
            for count in range(1, min(_CUT, len(parts)) + 1):
                self._by_suffix["/".join(parts[-count:])].append(file)

    def resolve(self, path: str, crate: str) -> str | None:
        """The file that `path` means in a frame of `crate`, or None: better none than a wrong one.

        The file and the path must agree in their last parts until one of them ends. The longest agreement counts,
        and among equals the file in the crate's directory. A frame of a crate that is not in the workspace is only
        believed in files that cargo compiles as crates of their own: tests, examples, benches and binaries.
        """
        directory = self._directories.get(crate)
        candidates = self._candidates(path)
        if directory is None and crate:
            candidates = [file for file in candidates if _TARGET.search(file) or file.endswith(f"/{crate}.rs")]
        elif directory and len(candidates) != 1:
            candidates = self._in(directory, candidates)
        elif directory == "" and len(candidates) > 1:
            others = [other for other in self._directories.values() if other]
            candidates = [file for file in candidates if not file.startswith(tuple(others))]
        return candidates[0] if len(candidates) == 1 else None

    def _candidates(self, path: str) -> list[str]:
        """The files that agree with the path longest."""
        parts = path.strip("/").split("/")
        if len(parts) <= _CUT:
            found = self._by_suffix.get("/".join(parts))
            if found:
                return found
        for count in range(len(parts), 1, -1):
            suffix = "/".join(parts[-count:])
            if suffix in self._files:
                # A path that was cut names a foreign package where the file's own parts leave one over.
                return [] if count < len(parts) == _CUT and not is_own_package(path) else [suffix]
        return []

    @staticmethod
    def _in(directory: str, candidates: list[str]) -> list[str]:
        inside = [file for file in candidates if file.startswith(directory)]
        return inside or candidates
