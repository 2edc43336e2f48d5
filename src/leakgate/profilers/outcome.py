"""What a run of cargo amounts to: whether anything was measured, and what went wrong outside any test."""

import signal
from collections.abc import Sequence

from leakgate.errors import MeasurementError
from leakgate.profilers.cargo import nextest
from leakgate.profilers.cargo.command import CargoCommand, Verb
from leakgate.profilers.child.children import in_words
from leakgate.profilers.events import Ledger


def unaccounted(ledger: Ledger, code: int, others: Sequence[str] = ()) -> str | None:
    """What went wrong outside any test, in a sentence without its full stop.

    Args:
        ledger: Closed.
        code: Cargo's exit code.
        others: The test binaries that run, and of which nothing is measured.
    """
    missing = ledger.binaries_expected - ledger.binaries - len(ledger.untouched)
    if missing > 0:
        return f"{missing} of {ledger.binaries_expected} test binaries did not run"
    if code != 0 and not ledger.failed:
        suspects = " or ".join([*(f"`{binary}`" for binary in others), "a doc test"])
        return f"cargo exited with {code}, but no test that was measured failed: {suspects} may have"
    return None


def insist(asked: CargoCommand, ledger: Ledger, code: int, shown: str) -> None:
    """Something must have run.

    Args:
        asked: The user's command.
        ledger: Closed.
        code: Cargo's exit code; negative: the signal that ended it.
        shown: The command as the user wrote it.

    Raises:
        MeasurementError: Nothing has run, or cargo was killed.
    """
    if code < 0:
        running = "".join(f" while `{test}` ran" for test in ledger.cut_off[-1:])
        raise MeasurementError(
            f"cargo was {in_words(code)}{running}",
            where=shown,
            remedy="is the machine out of memory?"
            if -code == signal.SIGKILL
            else "a test that signals its process group ends cargo too",
        )
    if ledger.ran or ledger.failed:
        return
    if asked.verb is Verb.NEXTEST and code != 0:
        raise MeasurementError(nextest.exited(code), where=shown, remedy="see its messages above")
    if asked.verb is Verb.NEXTEST:
        raise MeasurementError(
            "of the tests that nextest ran none left a trace",
            where=shown,
            remedy="does a target runner or a wrapper script clear the environment?",
        )
    if ledger.untouched:
        argument = ledger.untouched[0]
        raise MeasurementError(
            f"nothing was measured: `{argument}` cannot be asked of single tests",
            where=shown,
            remedy=f"leave out `{argument}`",
        )
    if ledger.ignored:
        raise MeasurementError(
            f"no test ran: all {ledger.ignored} that were chosen have `#[ignore]`",
            where=shown,
            remedy="add `-- --include-ignored`",
        )
    if ledger.filtered:
        names = " ".join(f"`{name}`" for name in asked.filters) or "the filters"
        raise MeasurementError(
            f"no test matched {names}",
            where=shown,
            remedy=f"there are {ledger.filtered} tests: `cargo test -- --list`",
        )
    if code:
        raise MeasurementError(f"cargo exited with {code} before any test ran", where=shown)
    raise MeasurementError("there are no tests", where=shown)
