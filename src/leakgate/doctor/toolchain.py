"""The compiler: who it is, whether it will be the same tomorrow, and what stands around it."""

import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

from leakgate.doctor.report import Finding, Section, fine, info, warning
from leakgate.profilers.cargo.command import CargoCommand
from leakgate.profilers.cargo.settings import BuildSettings
from leakgate.profilers.session import Session, Toolchain

_FILES = ("rust-toolchain", "rust-toolchain.toml")  # where both are there, rustup reads the first
_FIXED = re.compile(r"\d+\.\d+\.\d+(-.*)?|(nightly|beta)-\d{4}-\d{2}-\d{2}(-.*)?")


def examine(asked: CargoCommand, compiler: Toolchain, cargo: str, root: Path, session: Session) -> Section:
    """The findings on the toolchain.

    Args:
        asked: The command.
        compiler: What rustc says of itself.
        cargo: What cargo says of itself.
        root: The workspace's root.
        session: Where the command runs.
    """
    findings = (
        fine("cargo", cargo),
        fine("rustc", f"{compiler.release} for {compiler.host}"),
        *_pinned(asked, compiler, root, session),
    )
    return Section(key="toolchain", findings=findings)


def cfg(asked: CargoCommand, compiler: Toolchain, users: BuildSettings, session: Session) -> tuple[str, ...]:
    """The conditions that the target sets, as `rustc --print cfg` prints them; none where it cannot be asked."""
    targets = [name for name in asked.targets or users.targets if name not in {compiler.host, "host-tuple"}]
    target = ("--target", targets[0]) if targets else ()
    code, lines = session.report((*compiler.rustc, "--print", "cfg", *target))
    return tuple(lines) if code == 0 else ()


def channel(directory: Path) -> tuple[Path, str] | None:
    """The nearest file upwards that names a toolchain for rustup, and the channel that it names."""
    for folder in (directory, *directory.parents):
        for name in _FILES:
            try:
                text = (folder / name).read_text(encoding="utf-8")
            except (OSError, UnicodeError):
                continue
            return folder / name, _channel(text)
    return None


def is_fixed(name: str) -> bool:
    """Whether a channel is the same compiler for ever: `1.95.0`, `nightly-2026-11-01`."""
    return _FIXED.fullmatch(name) is not None


def _channel(text: str) -> str:
    try:
        toolchain = tomllib.loads(text).get("toolchain", {})
    except tomllib.TOMLDecodeError:
        return text.strip()  # the older form: the name alone
    return str(toolchain.get("channel", "")) if isinstance(toolchain, dict) else ""


def _pinned(asked: CargoCommand, compiler: Toolchain, root: Path, session: Session) -> Iterator[Finding]:
    release = compiler.release.partition(" ")[0]
    chosen = "".join(asked.toolchain).removeprefix("+") or session.request.env.get("RUSTUP_TOOLCHAIN")
    if chosen:
        where = "the command" if asked.toolchain else "RUSTUP_TOOLCHAIN"
        yield info("pinned", f"{where} chooses the toolchain `{chosen}`, whatever rust-toolchain.toml says")
    found = channel(asked.directory(session.request.cwd))
    if found is None:
        file = shlex.quote(os.path.relpath(root / "rust-toolchain.toml", session.request.cwd))
        yield warning(
            "pinned",
            "no rust-toolchain.toml: with the next compiler all baselines become incomparable",
            f"printf '[toolchain]\\nchannel = \"{release}\"\\n' > {file}",
        )
    elif is_fixed(found[1]):
        yield fine("pinned", f"to {found[1]} by {found[0].name}")
    else:
        yield warning(
            "pinned",
            f"{found[0].name} names the channel `{found[1]}`, which moves: all baselines then become incomparable",
            f'write `channel = "{release}"` in {found[0].name}',
        )
