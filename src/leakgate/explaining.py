"""`leakgate explain`: all that the last check knows of one test."""

import shlex
from datetime import date, timedelta
from pathlib import Path

from leakgate import files
from leakgate.comparison.choosing import choose_one
from leakgate.comparison.stored import parse as parse_result
from leakgate.errors import UsageError
from leakgate.profilers.cargo import command as cargo
from leakgate.reports.explanation import Explanation
from leakgate.snapshot.model import Site
from leakgate.snapshot.stored import parse as parse_snapshot

_LARGEST_RESULT = 50 * 10**6
_LARGEST_SNAPSHOT = 256 << 20

_RULE_LASTS = timedelta(days=90)
"""How long a proposed rule is to hold: until somebody has had the time to look."""


def explain(test: str, path: Path, today: date) -> Explanation:
    """What a stored result says of one test; of one that crossed nothing, what it is made of.

    Args:
        test: A test by any name that `choose_one` takes.
        path: The result. The snapshot beside it is of the same run.
        today: The day from which proposed rules count.

    Raises:
        UsageError: There is no result, or not one test of this name in it.
        InputError: The result or the snapshot cannot be read.
    """
    if not path.exists():
        raise UsageError(
            "there is no result", where=str(path), remedy="make it first: `leakgate check -- cargo test`"
        )
    result = parse_result(files.load(path, _LARGEST_RESULT, "a result"), str(path))
    name = choose_one(test, [each.name for each in result.tests])
    found = next(each for each in result.tests if each.name == name)
    held = () if any(site.function for site in found.sites) else _held(name, path.with_name("snapshot.json"))
    return Explanation(
        test=found,
        held=held,
        base=result.base,
        head=result.head,
        command=result.command and _alone(result.command, name),
        until=today + _RULE_LASTS,
    )


def _held(name: str, path: Path) -> tuple[Site, ...]:
    """The sites of a test in the snapshot; none where that is not there."""
    if not path.exists():
        return ()
    snapshot = parse_snapshot(files.load(path, _LARGEST_SNAPSHOT, "a snapshot"), str(path))
    return next((measured.sites for measured in snapshot.tests if measured.test == name), ())


def _alone(command: str, test: str) -> str:
    """The command for one test, where it is cargo's own and chooses none itself; else as it is.

    Args:
        command: As the result has it.
        test: The id. libtest and nextest both take a part of the name in it.
    """
    try:
        words = shlex.split(command)
        parsed = cargo.parse(words)
    except (ValueError, UsageError):  # quotes that do not close, or a command that only calls cargo
        return command
    if parsed.verb is cargo.Verb.RUN or parsed.filters or parsed.filtersets:
        return command
    end = len(words) - len(parsed.rest)
    name = test.partition(" ")[2] or test
    return shlex.join((*words[:end], name, *words[end:]))
