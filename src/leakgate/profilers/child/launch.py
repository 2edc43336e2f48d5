"""What the runner does with the one binary that cargo gave it: run it as it is, or test by test.

It lives in cargo's process group, so the signals of an interrupted run reach it and the tests alike. The standard
library only, and little of it: it is started once a test binary.
"""

import fcntl
import mmap
import os
import select
import signal
import sys
from collections.abc import Callable, MutableMapping, Sequence

from leakgate.profilers.child import libtest
from leakgate.profilers.child.isolate import Isolation
from leakgate.profilers.child.plan import PLAN, Plan

RUN_DIR = "LEAKGATE_RUN_DIR"
"""The environment variable that names the run's directory, with the plan in it. The tests do not see it."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGIO)
_OUR_FAULT = 70  # exit code: not the tests', and not the user's


class _Interrupted(BaseException):
    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(argv: Sequence[str], environment: MutableMapping[str, str]) -> int:
    """Run the binary `argv[0]` as cargo asked for it.

    Returns:
        What the binary itself would have exited with: 101 if a test failed.
    """
    run_dir = environment.pop(RUN_DIR, None)
    if run_dir is None:  # cargo started by a test: no run of ours
        os.execvpe(argv[0], list(argv), dict(environment))  # noqa: S606 - cargo's own command
    plan = Plan(f"{run_dir}/{PLAN}")
    for name, value in plan.restore.items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    command = [*plan.runner, *argv]
    binary = plan.binaries.get(os.path.realpath(argv[0]))
    if binary is None:  # a doc test
        os.execvpe(command[0], command, dict(environment))  # noqa: S606 - cargo's own command
    # With a backtrace, one panic leaves 34 MB of symbols on the heap that is being measured.
    environment["RUST_BACKTRACE"] = environment["RUST_LIB_BACKTRACE"] = "0"
    isolation = Isolation(run_dir, binary["id"], argv, environment, plan)
    options = libtest.parse(argv[1:], environment) if binary["test"] and _is_libtest(argv[0]) else None
    if isinstance(options, str):
        _say(f"{argv[0]} runs as it is and is not measured: {options} cannot be asked of single tests")
        isolation.event(event="untouched", binary=binary["id"], argument=options)
        os.execvpe(command[0], command, dict(environment))  # noqa: S606 - cargo's own command
    try:
        _raise_on_signals(plan.lifeline)
        _wait_for_our_turn()
        with isolation.deadline:
            return isolation.run_program() if options is None else isolation.run_tests(options, plan.jobs)
    except _Interrupted as interrupted:
        _abandon(isolation)
        return 128 + interrupted.number
    except BrokenPipeError:  # nobody reads cargo's output any more: the parent is gone
        _abandon(isolation)
        return 128 + signal.SIGPIPE
    except OSError as error:
        _abandon(isolation)
        _say(f"cannot run {argv[0]}: {error}")
        return _OUR_FAULT


def _abandon(isolation: Isolation) -> None:
    """End the tests and clean up, undisturbed by further signals."""
    _listen(lambda _number, _frame: None)
    isolation.abandon()


def _listen(handler: Callable[[int, object], None]) -> None:
    for number in _SIGNALS:
        signal.signal(number, handler)


def _say(text: str) -> None:
    sys.stderr.write(f"leakgate: {text}\n")
    sys.stderr.flush()


def _is_libtest(path: str) -> bool:
    """Whether the binary holds libtest, found without running it: a program would do its work twice."""
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs start-up time
        size = os.fstat(file.fileno()).st_size
        if size == 0:
            return False
        with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as content:
            return content.find(libtest.MARKER) >= 0


def _wait_for_our_turn() -> None:
    """Hold the working directory until we exit: another leakgate there would collect our tests' files, and we its.

    The tests do not inherit the lock, and the kernel releases it with us.
    """
    directory = os.open(".", os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _say("waiting for another leakgate that runs tests in this directory")
        fcntl.flock(directory, fcntl.LOCK_EX)


def _raise_on_signals(lifeline: int | None) -> None:
    """Turn the signals that end a run into an exception, also the parent's own death.

    The parent holds the write end of a pipe. When it dies, however hard, the kernel closes that end and sends us
    SIGIO. The tests do not inherit our end.
    """
    came = False

    def interrupt(number: int, _frame: object) -> None:
        nonlocal came
        if not came:  # a second one would keep the first from being answered
            came = True
            raise _Interrupted(number)

    _listen(interrupt)
    if lifeline is not None:
        os.set_inheritable(lifeline, False)
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
        if select.select([lifeline], [], [], 0)[0]:  # it died before we asked to be told
            raise _Interrupted(signal.SIGIO)
