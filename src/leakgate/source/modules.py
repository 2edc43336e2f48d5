"""File → the module that it is, by the files that cargo compiles as crates."""

from collections import defaultdict
from collections.abc import Mapping


class Modules:
    """Knows the module of each file of a project.

    Args:
        roots: The root file of each crate, relative to the repository's root → the crate's name.
    """

    def __init__(self, roots: Mapping[str, str]) -> None:
        self._roots = roots
        self._names = frozenset(roots.values())
        self._crates: defaultdict[str, list[str]] = defaultdict(list)
        for root, crate in roots.items():
            self._crates[root.rpartition("/")[0]].append(crate)

    def of(self, file: str, crate: str) -> str | None:
        """The path of the module that a file is, from the crate's name: `s3::store::index`.

        A file belongs to the crates whose root is nearest, upwards: to the one that the symbol names where several
        are in one directory, as `tests/common/mod.rs` belongs to each file in `tests`. None where no root is above
        it, or the symbol says that it is another crate's: then a `#[path]` says which module it is, and the
        symbol's word is better than a guess.

        Args:
            file: Relative to the repository's root, with `/`.
            crate: What the symbol says that the crate is called; may be empty.
        """
        if file in self._roots:
            return self._roots[file]
        parts = file.removesuffix(".rs").split("/")
        for depth in range(len(parts) - 1, -1, -1):
            names = self._crates.get("/".join(parts[:depth]))
            if names is not None:
                if crate in self._names and crate not in names:
                    return None
                inner = parts[depth:-1] if parts[-1] == "mod" else parts[depth:]
                return "::".join((crate if crate in names else names[0], *inner))
        return None
