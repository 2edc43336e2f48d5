"""Which directory a project's config, baseline and results belong to."""

from pathlib import Path

_MARKS = ("leakgate.yml", ".github/leakgate.yml", ".leakgate")


def find_root(cwd: Path) -> Path:
    """The root of the project that `cwd` is in, so that a check from a subdirectory is the same check.

    That is the nearest directory upwards with something of leakgate's in it; else the cargo workspace's; else
    `cwd`. It is not looked for outside of the git repository.
    """
    upwards = _within_repository(cwd)
    for directory in upwards:
        if any((directory / mark).exists() for mark in _MARKS):
            return directory
    packages = [directory for directory in upwards if (directory / "Cargo.toml").is_file()]
    workspaces = [directory for directory in packages if _is_workspace(directory / "Cargo.toml")]
    return next(iter((*workspaces, *packages)), cwd)


def _within_repository(cwd: Path) -> list[Path]:
    upwards = []
    for directory in (cwd, *cwd.parents):
        upwards.append(directory)
        if (directory / ".git").exists():
            return upwards
    return [cwd]


def _is_workspace(manifest: Path) -> bool:
    try:
        return any(line.startswith("[workspace") for line in manifest.read_text("utf-8").splitlines())
    except (OSError, UnicodeError):
        return False
