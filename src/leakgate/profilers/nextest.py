"""What `cargo nextest run` makes of the tests: attempts, its own reasons for a failure, its exit code.

nextest starts a process for each test, and again for one that failed where it was asked to retry. The last attempt
counts: it passed, and is measured; or all have failed, and the test is listed once.
"""

import re
from collections.abc import Callable, Iterable

from leakgate.errors import MeasurementError
from leakgate.profilers.cargo.command import CargoCommand
from leakgate.profilers.cargo.listing import Plan
from leakgate.profilers.cargo.nextest import TESTS_FAILED, exited
from leakgate.profilers.events import Binary, Event, Ledger
from leakgate.profilers.harness_events import named
from leakgate.profilers.suite import FailedTest

_STATUS = re.compile(
    r" *(?:TRY \d+ )?(?P<word>[A-Z][A-Z0-9+-]*(?: \+ LEAK)?)(?: \d+/\d+)? +\[ *(?P<seconds>[\d.]+)s\] "
    r"(?:\([^)]*\) )?(?P<test>\S+ \S.*)"
)
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_SIGNALS = frozenset(
    {"ABRT", "BUS", "FPE", "HUP", "ILL", "INT", "KILL", "PIPE", "QUIT", "SEGV", "SYS", "TERM", "TRAP"}
)
_ENDED_EARLY = "exited before the test ended"
_FAILURES = {
    "FAIL": _ENDED_EARLY,
    "FAIL + LEAK": _ENDED_EARLY,
    "FL+LK": _ENDED_EARLY,
    "FLKY-FL": "failed before it passed, which nextest is told to count as a failure",
    "LEAK-FAIL": "left a process behind, which nextest is told to count as a failure",
    "LKFAIL": "left a process behind, which nextest is told to count as a failure",
    "XFAIL": "could not be started",
}
"""Words of nextest's for a failed test, besides its time limit and signals."""


class Statuses:
    """The status lines that nextest prints: `     TIMEOUT [   2.012s] (1/2) store tests::hangs`.

    A test may print the like. That makes it fail, or changes the reason that is shown, and never makes it pass.
    """

    def __init__(self) -> None:
        self._last: dict[str, tuple[str, float]] = {}
        self._flaky: dict[str, None] = {}

    def read(self, line: str) -> None:
        """Look at a line of nextest's."""
        found = _STATUS.fullmatch(_COLOUR.sub("", line).rstrip())
        if found is None:
            return
        word, test = found["word"], found["test"]
        if word == "FLAKY":
            self._flaky[test] = None
        elif not word.startswith("SLOW"):
            self._last[test] = (word, float(found["seconds"]))

    @property
    def flaky(self) -> Iterable[str]:
        """Tests of which nextest says that they failed first and passed then."""
        return self._flaky

    def reason(self, test: str) -> str | None:
        """Why nextest counts a test as failed, in words; None: it does not say that it does."""
        word, seconds = self._last.get(test, ("", 0.0))
        if word in {"TIMEOUT", "TMT"}:
            return f"stopped by nextest's time limit after {seconds:.0f} s"
        signal = word.removeprefix("SIG")
        return f"killed by SIG{signal}" if signal in _SIGNALS else _FAILURES.get(word)

    def stopped_well(self, test: str) -> bool:
        """Whether nextest stopped the test at a time limit that it is told to count as passed."""
        word, _ = self._last.get(test, ("", 0.0))
        return word in {"TIMEOUT-PASS", "TMPASS"}


def insist(plan: Plan, asked: CargoCommand, shown: str) -> None:
    """Something must be going to run that can be measured.

    Raises:
        MeasurementError: Nothing is.
    """
    if plan.tests_of:
        return
    if (
        plan.ignored and not plan.filtered
    ):  # of tests with `#[ignore]`, nextest does not say what else leaves them out
        raise MeasurementError(
            f"no test will run: all {plan.ignored} that were chosen have `#[ignore]`",
            where=shown,
            remedy="add `--run-ignored all`",
        )
    names = " ".join(f"`{name}`" for name in (*asked.filters, *asked.filtersets)) or "the filters"
    raise MeasurementError(
        f"no test that can be measured matches {names}" if plan.filtered else "there are no tests",
        where=shown,
        remedy=f"there are {plan.filtered + plan.ignored} tests: `cargo nextest list`" if plan.filtered else None,
    )


def planned(decode: Callable[[bytes], Event], plan: Plan) -> Callable[[bytes], Event]:
    """Read events of processes with one test each: what a binary has to run is known from the plan."""

    def read(line: bytes) -> Event:
        event = decode(line)
        if isinstance(event, Binary):
            return Binary(event.binary, len(plan.tests_of.get(event.binary, ())), 0, 0)
        return event

    return read


def settle(ledger: Ledger, plan: Plan, statuses: Statuses, code: int) -> None:
    """Close the ledger of a run: count the last attempt of each test, once.

    Args:
        ledger: What the tests' processes told. It is changed.
        plan: What was to run of what can be measured.
        statuses: What nextest said.
        code: Its exit code.
    """
    ledger.close(lambda test: statuses.reason(test) or _ENDED_EARLY)
    keep_last_attempts(ledger, statuses)
    ledger.ignored, ledger.filtered = plan.ignored, plan.filtered
    if code == TESTS_FAILED:
        _overrule(ledger, plan, statuses)


def keep_last_attempts(ledger: Ledger, statuses: Statuses) -> None:
    """Of a test that ran again after it failed, leave the last run in the ledger."""
    last = {failed.test: failed for failed in ledger.failed}
    stopped = [test for test in last if statuses.stopped_well(test)]
    ledger.unmeasured += stopped
    passed = _passed(ledger)
    ledger.failed[:] = [failed for test, failed in last.items() if test not in passed]
    retried = {test for test in (*last, *statuses.flaky) if test in passed and statuses.reason(test) is None}
    flaky = sorted(retried.difference(stopped))
    if flaky:
        ledger.notes.append(f"{named(flaky)} failed, and passed when nextest ran it again: that run counts")


def _overrule(ledger: Ledger, plan: Plan, statuses: Statuses) -> None:
    """Believe nextest of how a process ended: it may have crashed before the test began, or after it passed."""
    known = {failed.test for failed in ledger.failed}
    reasons = {test: statuses.reason(test) for test in plan.tests if test not in known}
    overruled = {test: FailedTest(test, reason) for test, reason in reasons.items() if reason}
    ledger.failed += overruled.values()
    ledger.profiles[:] = [profile for profile in ledger.profiles if profile.test not in overruled]
    ledger.unmeasured[:] = [test for test in ledger.unmeasured if test not in overruled]


def unaccounted(ledger: Ledger, plan: Plan, code: int) -> str | None:
    """What went wrong outside any test, in a sentence without its full stop.

    Args:
        ledger: Settled.
        plan: What was to run of what can be measured.
        code: The exit code of nextest.
    """
    told = _passed(ledger).union(failed.test for failed in ledger.failed)
    missing = [test for test in plan.tests if test not in told]
    if missing:
        return f"{len(missing)} of {len(plan.tests)} tests left no trace, among them `{missing[0]}`"
    return exited(code) if code != 0 and not ledger.failed else None


def _passed(ledger: Ledger) -> set[str]:
    return {profile.test for profile in ledger.profiles}.union(ledger.unmeasured)
