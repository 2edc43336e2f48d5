"""Starts a command in whose test binaries the harness is, tells it what to do, and listens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from leakgate.profilers.events import Event, Ledger, following
from leakgate.profilers.harness_events import Recorder
from leakgate.profilers.session import Session
from leakgate.profilers.suite import SuiteRequest

RUN_DIR = "LEAKGATE_HARNESS_DIR"
"""The environment variable that tells the harness to measure, and where. The tests do not see it."""

ROUNDS = "LEAKGATE_ROUNDS"
SECOND_ROUND = "LEAKGATE_SECOND_ROUND"
REPEAT = "LEAKGATE_REPEAT"
JOBS = "LEAKGATE_JOBS"
TIME_LIMIT = "LEAKGATE_TIME_LIMIT"
ONLY = "LEAKGATE_ONLY"
_EVENTS = "events.jsonl"
_SECOND_ROUND = "second_round.tsv"
_ONLY = "only.tsv"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where it goes what a run tells.

    Attributes:
        recorder: Knows the test binaries.
        ledger: Gets the harness's events.
        decode: Reads a line of the harness's.
        read: Gets each line that the command prints.
    """

    recorder: Recorder
    ledger: Ledger
    decode: Callable[[bytes], Event]
    read: Callable[[str], None]


def start(command: Sequence[str], to: Listening, env: Mapping[str, str], session: Session) -> int:
    """Run a command to its end.

    Returns:
        Its exit code; negative: the signal that ended it.
    """
    follow = following(to.recorder.run_dir / _EVENTS, to.decode, to.ledger, session.progress)

    def line(text: str) -> None:
        follow()
        to.read(text)
        session.line(text)

    variables = {**env, **_variables(session.request, to.recorder)}
    code = session.start(command, cwd=session.request.cwd, env=variables, on_line=line, on_tick=follow)
    follow()
    return code


def warm_up(request: SuiteRequest) -> int:
    """How many rounds do not count, by the rule that the harness has: `harness/src/runner/settings.rs`."""
    return int(request.repeat > 1) if request.rounds == "auto" else int(request.rounds) - 1


def _variables(request: SuiteRequest, recorder: Recorder) -> dict[str, str]:
    """The variables that the harness reads; see `harness/src/runner/settings.rs`."""
    second_round = recorder.run_dir / _SECOND_ROUND
    second_round.write_text(_table(recorder.binaries, request.ceilings), encoding="utf-8")
    settings = {
        RUN_DIR: str(recorder.run_dir),
        ROUNDS: request.rounds,
        SECOND_ROUND: str(second_round),
        REPEAT: str(request.repeat),
        JOBS: str(request.jobs),
        # An error value with a backtrace in it would keep the binary's symbols on the heap that is being measured.
        "RUST_LIB_BACKTRACE": "0",
    }
    if request.time_limit is not None:
        settings[TIME_LIMIT] = str(request.time_limit)
    if request.only:
        only = recorder.run_dir / _ONLY
        only.write_text(_table(recorder.binaries, dict.fromkeys(request.only, "")), encoding="utf-8")
        settings[ONLY] = str(only)
    return settings


def _table(binaries: Mapping[str, str], values: Mapping[str, object]) -> str:
    """Lines of an executable, a test's name and its value.

    Args:
        binaries: Path → binary id. Of builds that are not known to be the last, several may have one id.
        values: Test id → value.
    """
    paths: dict[str, list[str]] = {}
    for path, binary in binaries.items():
        paths.setdefault(binary, []).append(path)
    lines = []
    for test, value in values.items():
        binary, _, name = test.partition(" ")
        rows = (f"{path}\t{name}" for path in paths.get(binary, ()))
        lines += [f"{row}\t{value}\n" for row in rows if row.count("\t") == 1 and "\n" not in row]
    return "".join(lines)
