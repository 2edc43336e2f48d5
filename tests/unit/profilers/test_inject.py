"""The rest of it, with real rustc, is in `tests/e2e/test_harness.py`."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from leakgate.errors import MeasurementError
from leakgate.profilers import inject
from leakgate.profilers.cargo.settings import BuildSettings
from leakgate.profilers.inject import Injection
from leakgate.profilers.session import Session, Toolchain
from leakgate.profilers.suite import SuiteRequest

COMPILER = Toolchain(("rustc", "+old"), "rustc 1.95.0\nhost: here\n", "1.95.0 (59807616e)", "here")


class Rustc:
    """Stands in for rustc: writes down how it was called, and makes the file it was asked for."""

    def __init__(self, cache: Path, code: int = 0) -> None:
        self.code = code
        self.calls: list[tuple[Sequence[str], Path, Mapping[str, str]]] = []
        request = SuiteRequest(("cargo", "test"), cache, {"XDG_CACHE_HOME": str(cache)}, cache)
        self.session = Session(request, lambda _event: None, self)

    def __call__(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        on_line: Callable[[str], None],
        **_others: object,
    ) -> int:
        self.calls.append((argv, cwd, env))
        if "-o" in argv:
            Path(argv[argv.index("-o") + 1]).write_text("program")
        on_line("a message")
        return self.code

    def prepare(self, *targets: str, compiler: Toolchain = COMPILER) -> Injection:
        return inject.prepare(compiler, targets, Path("/project"), self.session)


def test_everything_is_compiled_once_for_each_toolchain_and_target(tmp_path: Path) -> None:
    rustc = Rustc(tmp_path)

    injection = rustc.prepare("there", "here")

    sources = [Path(argv[-1]).name for argv, _, _ in rustc.calls]
    assert sources == ["wrapper.rs", "lib.rs", "libtest.rs", "lib.rs", "libtest.rs"]
    assert {(tuple(argv[:2]), cwd) for argv, cwd, _ in rustc.calls} == {(("rustc", "+old"), Path("/project"))}
    assert ["--target" in argv for argv, _, _ in rustc.calls] == [False, False, False, True, True]
    assert [env.get("RUSTC_BOOTSTRAP") for _, _, env in rustc.calls] == [None, "1", "1", "1", "1"]
    assert injection.harnesses[""] == injection.harnesses["here"] != injection.harnesses["there"]
    assert injection.workspace_wrapper.read_text() == "program"

    assert rustc.prepare("there", "here") == injection
    assert len(rustc.calls) == 5
    assert (
        rustc.prepare(compiler=replace(COMPILER, verbose="another")).workspace_wrapper
        != injection.workspace_wrapper
    )


def test_programs_get_a_harness_of_their_own_and_a_wrapper_that_cargo_tells_apart(tmp_path: Path) -> None:
    rustc = Rustc(tmp_path)
    tests = rustc.prepare()
    before = len(rustc.calls)

    programs = inject.prepare_for_programs(COMPILER, (), Path("/project"), rustc.session)

    [(argv, _, env)] = rustc.calls[before:]
    assert (Path(argv[-1]).name, env.get("RUSTC_BOOTSTRAP")) == ("lib.rs", "1")
    assert "--cfg=leakgate_program" in argv
    assert programs.wrapper == tests.wrapper
    assert programs.workspace_wrapper != tests.workspace_wrapper
    assert programs.workspace_wrapper.name == "rustc-workspace-wrapper"
    assert programs.plan(BuildSettings()) == f"program\t\t{programs.harnesses['']}\n".encode()


def test_a_toolchain_that_refuses(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError) as caught:
        Rustc(tmp_path, code=1).prepare()
    assert caught.value.what == "1.95.0 (59807616e) cannot compile leakgate's harness"
    assert not list((tmp_path / "leakgate/harness").rglob("rustc-wrapper"))


def test_the_plan_names_the_harness_and_the_users_own_wrappers() -> None:
    injection = Injection(Path("/c/w"), Path("/c/ww"), True, {"": Path("/c/host"), "there": Path("/c/there")})
    assert injection.plan(BuildSettings()) == b"harness\t\t/c/host\nharness\tthere\t/c/there\n"
    theirs = BuildSettings(wrapper="sccache", workspace_wrapper="/opt/a b")
    assert injection.plan(theirs).endswith(b"wrapper\tsccache\nworkspace-wrapper\t/opt/a b\n")


def test_the_settings_are_toml_whatever_the_paths_hold() -> None:
    injection = Injection(Path('/c "\\\u00fc/w'), Path("/c/ww"), True, {})
    read = tomllib.loads("\n".join(injection.settings))
    assert read == {"build": {"rustc-wrapper": '/c "\\\u00fc/w', "rustc-workspace-wrapper": "/c/ww"}}


def test_the_environment_keeps_all_but_the_wrappers() -> None:
    env = {"PATH": "/bin", "RUSTC_WRAPPER": "sccache", "RUSTC_WORKSPACE_WRAPPER": "x", "RUSTFLAGS": "-g"}
    assert inject.environment(env, Path("/run/plan")) == {
        "PATH": "/bin",
        "RUSTFLAGS": "-g",
        "LEAKGATE_INJECTION": "/run/plan",
    }
