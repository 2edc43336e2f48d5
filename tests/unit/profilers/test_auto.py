"""Which profiler is chosen. What each of them does is in its own tests."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from leakgate.dhat.frames import Workspace
from leakgate.errors import MeasurementError
from leakgate.profilers import around, auto, dhat_rs, harness, valgrind, valgrind_tool
from leakgate.profilers.injected import NothingInjectedError
from leakgate.profilers.suite import Note, ProgressEvent, SuiteRequest, SuiteRun

METADATA = {
    "packages": [
        {
            "id": "s",
            "name": "store",
            "manifest_path": "/none/Cargo.toml",
            "targets": [],
            "features": {"heap": ["dep:dhat"]},
        },
    ],
    "workspace_root": "/none",
    "target_directory": "/none/target",
}
OWN_ALLOCATOR = "`store` was not measured: it has a `#[global_allocator]` of its own"
RUN = SuiteRun((), (), (), 0, None, {}, Workspace({}, ()), ("its own note",))


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[ProgressEvent]:
    """Every profiler tells that it ran, and measures nothing."""
    events: list[ProgressEvent] = []
    replaced = ((dhat_rs, "profile"), (harness, "measure"), (around, "measure"), (valgrind, "profile"))
    for module, function in replaced:
        name = module.__name__.rpartition(".")[2]
        run = replace(RUN, fingerprint={"profiler": name})
        monkeypatch.setattr(module, function, lambda *_arguments, run=run: run)
    return events


def choose(events: list[ProgressEvent], *command: str, run_dir: Path = Path("/none")) -> SuiteRun:
    def start(
        argv: Sequence[str],
        *,
        on_line: Callable[[str], None],
        on_stdout: Callable[[str], None] | None = None,
        **_others: object,
    ) -> int:
        assert "metadata" in argv
        (on_stdout or on_line)(json.dumps(METADATA))
        return 0

    return auto.profile(SuiteRequest(command, Path("/none"), {}, run_dir), events.append, start)


@pytest.mark.parametrize(
    ("command", "profiler", "why"),
    [
        ("cargo test", "harness", "the command switches on no dhat of the project's own"),
        ("cargo test --features heap", "dhat_rs", "the command switches on `store/heap`"),
        ("cargo test --all-features", "dhat_rs", "the command switches on `store/heap`"),
        ("cargo nextest run", "harness", "the command switches on no dhat of the project's own"),
        ("make test", "around", "in each `cargo test` that the command starts"),
        ("cargo run", "harness", "the command switches on no dhat of the project's own"),
        ("cargo run --features heap", "dhat_rs", "the command switches on `store/heap`"),
    ],
)
def test_the_harness_unless_the_command_brings_dhat(
    events: list[ProgressEvent], command: str, profiler: str, why: str
) -> None:
    run = choose(events, *command.split())
    assert run.fingerprint == {"profiler": profiler}
    assert run.notes[0].endswith(why)
    assert run.notes[1:] == ("its own note",)
    assert events == [Note(run.notes[0])], "told before it takes its time"


@pytest.mark.parametrize(("verb", "what"), [("test", "the test binaries"), ("run", "the program")])
def test_where_nothing_takes_the_harness_dhat_does_if_it_is_there(
    events: list[ProgressEvent], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str, what: str
) -> None:
    refuse(monkeypatch, OWN_ALLOCATOR, dhat=True)

    run = choose(events, "cargo", verb, run_dir=tmp_path)

    assert run.fingerprint == {"profiler": "dhat_rs"}
    assert run.notes[0].endswith(f"it is the global allocator of {what}")


@pytest.mark.parametrize(
    ("verb", "whose"),
    [
        ("test", "the test binaries have a global allocator of their own"),
        ("run", "the program has a global allocator of its own"),
    ],
)
def test_where_there_is_another_allocator_valgrind_measures(
    events: list[ProgressEvent], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str, whose: str
) -> None:
    refuse(monkeypatch, OWN_ALLOCATOR)
    monkeypatch.setattr(valgrind_tool, "installed", lambda _env: "/usr/bin/valgrind")

    run = choose(events, "cargo", verb, run_dir=tmp_path)

    assert run.fingerprint == {"profiler": "valgrind"}
    assert run.notes[0] == f"measured by Valgrind's DHAT (profiler `valgrind`): {whose}"
    assert events[-1] == Note(run.notes[0])


def test_without_valgrind_both_ways_out_are_named(
    events: list[ProgressEvent], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refuse(monkeypatch, OWN_ALLOCATOR)
    monkeypatch.setattr(valgrind_tool, "installed", lambda _env: None)

    with pytest.raises(MeasurementError) as caught:
        choose(events, "cargo", "test", run_dir=tmp_path)

    assert str(caught.value) == (
        f"cargo test: nothing can be measured: {OWN_ALLOCATOR}\n"
        "  help: install valgrind (`apt-get install valgrind`, `dnf install valgrind` or `apk add valgrind`), "
        "or leave the allocator out of test builds: `#[cfg(not(test))]`"
    )


def test_a_test_harness_of_their_own_is_not_given_to_valgrind_unasked(
    events: list[ProgressEvent], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refuse(monkeypatch, "`store` was not measured: it has a test harness of its own (`harness = false`)")

    with pytest.raises(MeasurementError) as caught:
        choose(events, "cargo", "test", run_dir=tmp_path)

    assert caught.value.remedy == "`--profiler valgrind`, with `cargo test` or `cargo run`, runs it as it is"


def refuse(monkeypatch: pytest.MonkeyPatch, reason: str, *, dhat: bool = False) -> None:
    """The harness can measure nothing."""

    def measure(*_arguments: object) -> SuiteRun:
        raise NothingInjectedError([reason], where="cargo test", dhat=dhat)

    monkeypatch.setattr(harness, "measure", measure)
