"""Whether the compiler will be the same tomorrow."""

from pathlib import Path

import pytest

from leakgate.doctor import toolchain
from leakgate.doctor.report import Finding
from leakgate.profilers.cargo import command
from leakgate.profilers.cargo.settings import BuildSettings
from leakgate.profilers.session import Session
from leakgate.profilers.session import toolchain as ask_rustc
from leakgate.profilers.suite import SuiteRequest
from machine import Machine

PIN = "printf '[toolchain]\\nchannel = \"1.95.0\"\\n' > "


def pinned(machine: Machine, *words: str, cwd: str = ".") -> list[Finding]:
    asked = command.parse(["cargo", *words, "test"])
    machine.says |= {f"rustc {' '.join(words)} -vV": machine.says["rustc -vV"]}
    session = Session(
        SuiteRequest(("cargo", "test"), machine.root / cwd, machine.env, Path()), lambda _: None, machine.start
    )
    section = toolchain.examine(asked, ask_rustc(asked, session), "cargo 1.95.0", machine.root, session)
    return [one for one in section.findings if one.key == "pinned"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[toolchain]\nchannel = "1.95.0"\n', "to 1.95.0 by rust-toolchain.toml"),
        ('[toolchain]\nchannel = "nightly-2026-11-01"\n', "to nightly-2026-11-01 by rust-toolchain.toml"),
        ("1.95.0\n", "to 1.95.0 by rust-toolchain.toml"),
    ],
)
def test_a_toolchain_that_stays(tmp_path: Path, text: str, said: str) -> None:
    machine = Machine(tmp_path)
    machine.write(**{"rust-toolchain.toml": text})
    [finding] = pinned(machine)
    assert (finding.level, finding.text, finding.remedy) == ("ok", said, None)


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ('[toolchain]\nchannel = "stable"\n', "stable"),
        ('[toolchain]\nchannel = "1.95"\n', "1.95"),
        ("nightly\n", "nightly"),
        ('[toolchain]\nprofile = "minimal"\n', ""),
        ("toolchain = 1\n", ""),
    ],
)
def test_a_channel_that_moves(tmp_path: Path, text: str, channel: str) -> None:
    machine = Machine(tmp_path)
    machine.write(**{"rust-toolchain": text})
    [finding] = pinned(machine)
    assert (finding.level, finding.text, finding.remedy) == (
        "warning",
        f"rust-toolchain names the channel `{channel}`, which moves: all baselines then become incomparable",
        'write `channel = "1.95.0"` in rust-toolchain',
    )


@pytest.mark.parametrize(("cwd", "file"), [(".", "rust-toolchain.toml"), ("a/b", "../../rust-toolchain.toml")])
def test_no_pin_at_all(tmp_path: Path, cwd: str, file: str) -> None:
    (tmp_path / cwd).mkdir(parents=True, exist_ok=True)
    [finding] = pinned(Machine(tmp_path), cwd=cwd)
    assert (finding.level, finding.remedy) == ("warning", PIN + file)


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.write(**{"rust-toolchain.toml": "1.95.0", "a/rust-toolchain.toml": "beta"})
    assert [one.level for one in pinned(machine, cwd="a")] == ["warning"]


def test_the_command_or_the_environment_may_choose(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.write(**{"rust-toolchain.toml": "1.95.0"})
    assert pinned(machine, "+nightly")[0].text == (
        "the command chooses the toolchain `nightly`, whatever rust-toolchain.toml says"
    )
    machine.env["RUSTUP_TOOLCHAIN"] = "beta"
    assert pinned(machine)[0].text == (
        "RUSTUP_TOOLCHAIN chooses the toolchain `beta`, whatever rust-toolchain.toml says"
    )


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ([], ""),
        (["--target", "x86_64-unknown-linux-gnu"], ""),
        (["--target", "aarch64-apple-darwin"], " --target aarch64-apple-darwin"),
    ],
)
def test_the_targets_own_conditions(tmp_path: Path, words: list[str], target: str) -> None:
    machine = Machine(tmp_path)
    machine.says[f"rustc --print cfg{target}"] = f"asked{target}"
    asked = command.parse(["cargo", "test", *words])
    session = Session(
        SuiteRequest(("cargo", "test"), tmp_path, machine.env, Path()), lambda _: None, machine.start
    )
    compiler = ask_rustc(asked, session)
    assert toolchain.cfg(asked, compiler, BuildSettings(), session) == (f"asked{target}",)
