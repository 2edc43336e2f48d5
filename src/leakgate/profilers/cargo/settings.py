"""The settings of cargo that leakgate has to know before it runs cargo: the `[build]` table.

By cargo's rules (https://doc.rust-lang.org/cargo/reference/config.html): `--config`, then the environment, then
`.cargo/config.toml` in the working directory and upwards, then the one in CARGO_HOME. A file that cannot be read
is left to cargo to complain of.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NAMES = ("config", "config.toml")  # where both are there, cargo reads the first


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """What is set, None or empty where nothing is.

    Attributes:
        rustc: The compiler.
        wrapper: What the user has cargo start in place of rustc.
        workspace_wrapper: The same, for the workspace's members.
        targets: The target triples that are built when the command names none.
    """

    rustc: str | None = None
    wrapper: str | None = None
    workspace_wrapper: str | None = None
    targets: tuple[str, ...] = ()


def read(directory: Path, env: Mapping[str, str], overrides: Sequence[str]) -> BuildSettings:
    """Read the settings that hold for a run of cargo.

    Args:
        directory: Where cargo runs.
        env: Its environment.
        overrides: The values of `--config` in the command, in order.
    """
    layers = list(_layers(directory, env, overrides))

    def setting(key: str, *variables: str) -> Any:  # noqa: ANN401 - TOML: text, or a list of it
        for variable in variables:
            if variable in env:
                return env[variable] or None  # cargo takes an empty one as `none`, whatever the files say
        return next((layer[key] for layer in layers if layer.get(key) is not None), None)

    targets = setting("target", "CARGO_BUILD_TARGET")
    return BuildSettings(
        rustc=setting("rustc", "RUSTC", "CARGO_BUILD_RUSTC"),
        wrapper=setting("rustc-wrapper", "RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER"),
        workspace_wrapper=setting(
            "rustc-workspace-wrapper", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER"
        ),
        targets=(targets,) if isinstance(targets, str) else tuple(targets or ()),
    )


def files(directory: Path, env: Mapping[str, str]) -> Iterator[Path]:
    """The configuration files that cargo reads when it runs in a directory, the one that counts most first."""
    home = Path(env.get("CARGO_HOME") or Path(env.get("HOME") or "/") / ".cargo")
    folders = [parent / ".cargo" for parent in (directory, *directory.parents)]
    for folder in (*folders, *([] if home in folders else [home])):
        for name in _NAMES:
            if (folder / name).is_file():
                yield folder / name
                break


def _layers(directory: Path, env: Mapping[str, str], overrides: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The `[build]` tables, the one that counts most first."""
    for override in reversed(overrides):
        path = directory / override
        yield _file(path, directory) if path.is_file() else _table(override)
    for path in files(directory, env):
        yield _file(path, path.parent.parent)


def _file(path: Path, base: Path) -> dict[str, Any]:
    try:
        build = _table(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    for key in ("rustc", "rustc-wrapper", "rustc-workspace-wrapper"):
        value = build.get(key)
        if isinstance(value, str) and "/" in value:
            build[key] = str(base / value)
    return build


def _table(text: str) -> dict[str, Any]:
    try:
        build = tomllib.loads(text).get("build")
    except tomllib.TOMLDecodeError:
        return {}
    return build if isinstance(build, dict) else {}
