"""Which profiler is chosen. What each of them does is in its own tests."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from leakgate.dhat.frames import Workspace
from leakgate.errors import MeasurementError
from leakgate.profilers import around, auto, dhat_rs, harness
from leakgate.profilers.harness import NothingInjectedError
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
RUN = SuiteRun((), (), (), 0, None, {}, Workspace({}, ()), ("its own note",))


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[ProgressEvent]:
    """Both profilers tell that they ran, and measure nothing."""
    events: list[ProgressEvent] = []
    for module, function in ((dhat_rs, "profile"), (harness, "measure"), (around, "measure")):
        name = module.__name__.rpartition(".")[2]
        run = replace(RUN, fingerprint={"profiler": name})
        monkeypatch.setattr(module, function, lambda *_arguments, run=run: run)
    return events


def choose(events: list[ProgressEvent], *command: str) -> SuiteRun:
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

    return auto.profile(SuiteRequest(command, Path("/none"), {}, Path("/none")), events.append, start)


@pytest.mark.parametrize(
    ("command", "profiler", "why"),
    [
        ("cargo test", "harness", "the command switches on no dhat of the project's own"),
        ("cargo test --features heap", "dhat_rs", "the command switches on `store/heap`"),
        ("cargo test --all-features", "dhat_rs", "the command switches on `store/heap`"),
        ("cargo nextest run", "harness", "the command switches on no dhat of the project's own"),
        ("make test", "around", "in each `cargo test` that the command starts"),
        ("cargo run", "dhat_rs", "the harness measures tests, and `cargo run` runs none"),
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


def test_where_no_test_binary_takes_the_harness_dhat_does_if_it_is_there(
    events: list[ProgressEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, dhat: bool) -> SuiteRun:
        raise NothingInjectedError("`store` was not measured: …", where="cargo test", dhat=dhat)

    monkeypatch.setattr(harness, "measure", lambda *arguments: refuse(*arguments, dhat=True))
    run = choose(events, "cargo", "test")
    assert run.fingerprint == {"profiler": "dhat_rs"}
    assert run.notes[0].endswith("it is the global allocator of the test binaries")

    monkeypatch.setattr(harness, "measure", lambda *arguments: refuse(*arguments, dhat=False))
    with pytest.raises(MeasurementError, match="nothing can be measured: `store` was not measured"):
        choose(events, "cargo", "test")
