"""Running one crate's tests, plain and under leakgate, and keeping all that they say."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

import msgspec
from _crates import environment

from field.command import Place, run
from field.listing import Entry

LEAKGATE = str(Path(sys.executable).with_name("leakgate"))
TURNS = ("first", "second")
SUMMARY = "summary.json"
CHECK = "check"
"""The log, and the directory of the files, of the check that holds the suite against its first run."""

_BUILD, _RUN = 1200.0, 900.0
"""Seconds that one command may take."""

_PLAIN = {0, 101}
_UNDER_LEAKGATE = {0, 3}
_NOTHING_RAN = {3}
_JUDGED = {0, 1, 3}
"""Exit codes: of cargo, where tests may fail, and of leakgate, which says no more of failed tests than that."""

_NO_TEST = "no_such_test"


class Summary(msgspec.Struct, frozen=True):
    """What the files of a crate's runs do not tell.

    Attributes:
        circumstances: When, of which leakgate, with what and on what it ran.
        plain: Seconds of a plain run, the mean of the turns.
        one_thread: Seconds of the plain run on one thread.
        leakgate: Seconds of a run under leakgate, the mean of the turns.
        start: Seconds under leakgate of a command that chooses no test.
        check: Seconds of the check, with all that it measured again.
    """

    circumstances: str
    plain: float
    one_thread: float
    leakgate: float
    start: float
    check: float


def carry_out(entry: Entry, directory: Path, circumstances: str, say: Callable[[str], None]) -> None:
    """Run a crate's tests plain and under leakgate, in turns, two of each, and plain on one thread once.

    Then let leakgate compare the two turns, either way round, and check the crate with the first as its baseline.

    Args:
        entry: The crate; `bring` has brought it to `directory`.
        directory: Where its folder is, and where its results go.
        circumstances: For the summary, which is written last: without it there is no result.
        say: Told of each step.

    Raises:
        CommandError: It could not be built or run to its end.
    """
    results = results_of(entry, directory)
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    place = Place(directory / entry.suite.folder, {**environment(), "CARGO_TERM_COLOR": "never"}, results)
    test = ("cargo", "test", "--locked", *entry.suite.words, "--no-fail-fast")

    def under(name: str) -> tuple[str, ...]:
        return (*_under("profile", results / f"{name}.json"), "--", *test)

    say("building")
    run("build", (*test, "--no-run"), place, limit=_BUILD)
    say("building under leakgate")
    run("build-leakgate", (*under("none"), "--", _NO_TEST), place, limit=_BUILD, codes=_NOTHING_RAN)
    start = run("start", (*under("none"), "--", _NO_TEST), place, limit=_RUN, codes=_NOTHING_RAN)
    plain: list[float] = []
    leakgate: list[float] = []
    for turn in TURNS:
        say(f"{turn} turn, plain")
        plain.append(run(f"{turn}-plain", test, place, limit=_RUN, codes=_PLAIN))
        say(f"{turn} turn, under leakgate")
        leakgate.append(run(f"{turn}-leakgate", under(turn), place, limit=_RUN, codes=_UNDER_LEAKGATE))
    say("plain, on one thread")
    alone = run("one-thread", (*test, "--", "--test-threads=1"), place, limit=_RUN, codes=_PLAIN)
    for base, head in (TURNS, TURNS[::-1]):
        paths = (str(results / f"{turn}.json") for turn in (base, head))
        output = ("--format", "json", "--output", str(results / f"{base}-to-{head}.json"))
        run(f"{base}-to-{head}", (LEAKGATE, "compare", *paths, *output), place, limit=_RUN, codes=_JUDGED)
    say("check")
    against_first = _under("check", results / CHECK, "--base", str(results / f"{TURNS[0]}.json"))
    checked = run(CHECK, (*against_first, "--", *test), place, limit=_RUN, codes=_JUDGED)
    summary = Summary(circumstances, fmean(plain), alone, fmean(leakgate), start, checked)
    (results / SUMMARY).write_bytes(msgspec.json.encode(summary))


def _under(verb: str, output: Path, *options: str) -> tuple[str, ...]:
    return (LEAKGATE, verb, "--profiler", "harness", "--output", str(output), *options)


def results_of(entry: Entry, directory: Path) -> Path:
    """Where the files of its runs are: logs, snapshots, comparisons, the summary."""
    return directory / "results" / entry.suite.folder
