"""The rest of it, with programs that have the harness in them, is in `tests/e2e/test_programs.py`."""

import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from leakgate.errors import MeasurementError, UsageError
from leakgate.profilers import driving
from leakgate.profilers.driving import Ended, Started
from leakgate.profilers.process import ProcessRunner
from leakgate.profilers.process import run as real_run
from leakgate.profilers.session import Session
from leakgate.profilers.suite import Load, OutputLine, ProgressEvent, SuiteRequest

PROGRAM = r"""
trap 'echo a profile >"$LEAKGATE_PROGRAM_DIR/end.raw"; kill $! 2>/dev/null; exit 0' TERM
mkdir "$LEAKGATE_PROGRAM_DIR"
printf '%s\n/bin/sh' $$ >"$LEAKGATE_PROGRAM_DIR/.program"
mv "$LEAKGATE_PROGRAM_DIR/.program" "$LEAKGATE_PROGRAM_DIR/program"
"""
"""A shell that behaves like a program with the harness in it."""

SERVES = PROGRAM + 'echo "got $(cat "$PIPE")"; cat "$PIPE" & wait $!\n'


class Stage:
    """Where a program runs."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.place = directory / "place"
        self.pipe = directory / "pipe"
        os.mkfifo(self.pipe)
        self.events: list[ProgressEvent] = []
        self.started: list[Started] = []

    def run(
        self,
        script: str,
        load: str | None = None,
        start: ProcessRunner = real_run,
        limit: float | None = None,
    ) -> Ended:
        env = {"PATH": os.environ["PATH"], "PIPE": str(self.pipe), "LOADS": str(self.directory / "loads")}
        words = None if load is None else Load(("sh", "-c", load))
        request = SuiteRequest(("cargo", "run"), self.directory, env, self.directory, load=words, time_limit=limit)
        session = Session(request, self.events.append, start)
        return driving.run(["sh", "-c", script], env, self.place, session, self.started.append)

    @property
    def output(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, OutputLine)]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_a_program_runs_to_its_end(stage: Stage) -> None:
    ended = stage.run(PROGRAM + 'for i in 1 2 10 end; do : >"$LEAKGATE_PROGRAM_DIR/$i.raw"; done')
    assert (ended.code, ended.failure, ended.last) == (0, None, stage.place / "end.raw")
    assert [path.name for path in ended.on_demand] == ["1.raw", "2.raw", "10.raw"]
    assert ended.program == stage.started[0]
    assert ended.program.path == os.path.realpath("/bin/sh")


@pytest.mark.parametrize("told", ["", "0", "1", "-5", "12x", "99999999999"])
def test_who_does_not_say_which_process_it_is_gets_no_signal(stage: Stage, told: str) -> None:
    with pytest.raises(MeasurementError, match="the program did not say which process it is"):
        stage.run(PROGRAM.replace("$$", f"'{told}'"), load="echo never")
    assert stage.started == []


def test_what_is_no_program_with_the_harness_tells_nothing(stage: Stage) -> None:
    ended = stage.run("exit 7", load="echo never")
    assert (ended.program, ended.code, ended.last, stage.started, stage.output) == (None, 7, None, [], [])


def test_the_load_knows_the_program_and_when_it_has_ended_the_program_gets_the_signal(stage: Stage) -> None:
    load = 'echo hello >"$PIPE"; echo "$LEAKGATE_PROGRAM_PID $LEAKGATE_PROGRAM_PROFILES"; printf last'
    ended = stage.run(SERVES, load)
    assert ended.failure is None
    assert ended.last == stage.place / "end.raw"
    assert sorted(stage.output) == sorted(["got hello", f"{stage.started[0].pid} {stage.place}", "last"])


def test_an_interrupted_run_leaves_no_load_behind(stage: Stage) -> None:
    loads = stage.directory / "loads"

    def interrupted(argv: Sequence[str], *, on_tick: Callable[[], None], **others: Any) -> int:  # noqa: ANN401
        def tick() -> None:
            on_tick()
            if loads.exists():
                raise KeyboardInterrupt

        return real_run(argv, on_tick=tick, **others)

    with pytest.raises(KeyboardInterrupt):
        stage.run(SERVES, 'echo $$ >"$LOADS.new"; mv "$LOADS.new" "$LOADS"; cat "$PIPE"', interrupted)  # type: ignore[arg-type] # as `driving` calls it
    for pid in (int(loads.read_text()), stage.started[0].pid):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_program_that_takes_longer_than_it_may_is_killed(stage: Stage) -> None:
    ended = stage.run(SERVES, limit=0.1)
    assert (ended.code, ended.failure) == (-signal.SIGKILL, "was still running after 0.1 s")


@pytest.mark.parametrize(
    ("code", "did"),
    [
        (0, "exited with 0"),
        (7, "exited with 7"),
        (-15, "was killed by SIGTERM"),
        (-200, "was killed by signal 200"),
    ],
)
def test_how_a_process_ended(code: int, did: str) -> None:
    assert driving.did(code) == did


def test_a_load_that_could_drive_nothing_is_refused() -> None:
    request = SuiteRequest(("cargo", "test"), Path(), {}, Path())
    driving.refuse_load(request, "there is none")
    loaded = SuiteRequest(("cargo", "test"), Path(), {}, Path(), load=Load(("./load.sh", "a b")))
    with pytest.raises(UsageError) as caught:
        driving.refuse_load(loaded, "this command runs tests")
    assert str(caught.value) == (
        "./load.sh 'a b': a load drives a program under leakgate's harness: this command runs tests\n"
        "  help: use it with `cargo run`, without a dhat of the project's own, or leave it out"
    )
