"""File → the module that it is, by the files that cargo compiles as crates."""

from collections.abc import Mapping
from pathlib import PurePosixPath

_SOURCES = "src"


def module_of(file: str, crate: str, roots: Mapping[str, str]) -> str:
    """The path of the module that a file is, from the crate's name: `s3::store::index`.

    A file belongs to the crates whose root is nearest, upwards: to the one that the symbol names where several are
    in one directory, as `tests/common/mod.rs` belongs to each file in `tests`. A file that `#[path]` or `include!`
    brings to another place is named by where it lies: the same file, the same name, on both sides.

    Args:
        file: Relative to the repository's root, with `/`.
        crate: What the symbol says that the crate is called; may be empty.
        roots: The root file of each crate → the crate's name.
    """
    if file in roots:
        return roots[file]
    path = PurePosixPath(file)
    for directory in path.parents:
        names = [name for root, name in roots.items() if PurePosixPath(root).parent == directory]
        if names:
            name = crate if crate in names else names[0]
            return "::".join((name, *_parts(path.relative_to(directory))))
    below_sources = path.parts[path.parts.index(_SOURCES) + 1 :] if _SOURCES in path.parts else path.parts
    parts = _parts(PurePosixPath(*below_sources))
    return "::".join((crate or path.parts[0], *(part for part in parts if part not in {"lib", "main"})))


def _parts(path: PurePosixPath) -> tuple[str, ...]:
    parts = path.with_suffix("").parts
    return parts[:-1] if parts[-1:] == ("mod",) else parts
