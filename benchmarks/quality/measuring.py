"""The zoo through the public command line, as a user's two runs: a baseline of the base, a check of the head."""

import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from _crates import environment
from field.command import CommandError, Place, run

from leakgate.comparison.result import Result, Verdict
from leakgate.comparison.stored import parse as parse_result
from leakgate.snapshot.stored import parse as parse_snapshot
from quality.cases import Case, ZooError, case_of
from quality.sides import Side

_LEAKGATE = str(Path(sys.executable).with_name("leakgate"))

_LIMIT = 1800.0
"""Seconds that one command may take, its builds included."""

_PASSED, _MEASURED = {0, 1}, {0}
"""Exit codes of `check`, which finds growth, and of `profile`."""

_NOT_COMPILED = re.compile(r"^error: could not compile `([^`]+)`", re.MULTILINE)
_FAILED = re.compile(r"^test (.+) \.\.\. FAILED$", re.MULTILINE)

_OF_THE_JOB = "GITHUB_"
"""Variables that would make leakgate report to the workflow that runs this."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Cases that one command measures.

    Attributes:
        cases: They.
        profile: The cargo profile of the head; None for the base's.
        rounds: leakgate's `--rounds`; None for its default.
    """

    cases: tuple[Case, ...]
    profile: str | None = None
    rounds: str | None = None

    @property
    def name(self) -> str:
        return "-".join(filter(None, (self.profile, self.rounds and f"rounds{self.rounds}"))) or "all"


def batches(cases: Iterable[Case]) -> tuple[Batch, ...]:
    """As few as can be: nearly all cases are measured at once."""
    groups: dict[tuple[str | None, str | None], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.profile, case.rounds), []).append(case)
    return tuple(Batch(tuple(group), *settings) for settings, group in groups.items())


def judge(batch: Batch, base: Side, head: Side, results: Path) -> Result:
    """Measure both sides afresh, hold one against the other with all limits as they are by default.

    Args:
        batch: What to measure.
        base: The one side.
        head: The other.
        results: A directory for the files of these runs, which is emptied.

    Raises:
        ZooError: A case does not build, one of its tests fails or is not measured, or nothing was judged.
    """
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    settings = ("--rounds", batch.rounds) if batch.rounds else ()
    packages = [word for case in batch.cases for word in ("-p", case.name)]
    test = ("cargo", "test", "--locked", "--tests", *packages)
    baseline, checked = results / "base.json", results / "check"
    _run(base, (_LEAKGATE, "profile", "--output", str(baseline), *settings, "--", *test), results, _MEASURED)
    snapshot = parse_snapshot(baseline.read_bytes(), str(baseline))
    _all_measured(batch, base, [one.test for one in snapshot.tests], snapshot.unmeasured)
    against = ("--base", str(baseline), "--output", str(checked))
    profile = ("--profile", batch.profile) if batch.profile else ()
    _run(head, (_LEAKGATE, "check", *against, *settings, "--", *test, *profile), results, _PASSED)
    result = parse_result((checked / "result.json").read_bytes(), "result.json")
    _all_measured(batch, head, [one.name for one in result.tests if one.head_measured], result.unmeasured)
    expected = {Verdict.INCOMPARABLE} if batch.profile else {Verdict.PASS, Verdict.FAIL}
    if result.verdict not in expected:
        raise ZooError(f"the check of the {batch.name} cases judged nothing: {result.verdict}")
    return result


def _run(side: Side, words: Sequence[str], results: Path, codes: set[int]) -> None:
    kept = {name: value for name, value in environment().items() if not name.startswith(_OF_THE_JOB)}
    env = {**kept, "CARGO_INCREMENTAL": "0", "CARGO_TERM_COLOR": "never"}
    try:
        run(side.name, words, Place(side.directory, env, results), limit=_LIMIT, codes=codes)
    except CommandError as error:
        log = (results / f"{side.name}.log").read_text(encoding="utf-8", errors="replace")
        raise ZooError("\n".join([*_troubles(side, log), str(error)])) from None


def _troubles(side: Side, log: str) -> Iterator[str]:
    """Which cases are to blame for a run that did not end well, as far as its output tells."""
    for package in dict.fromkeys(_NOT_COMPILED.findall(log)):
        yield f"case `{package}` does not build on the {side.name} side"
    for test in dict.fromkeys(_FAILED.findall(log)):
        yield f"a test fails on the {side.name} side: {test}"


def _all_measured(batch: Batch, side: Side, measured: Iterable[str], unmeasured: Sequence[str]) -> None:
    if unmeasured:
        raise ZooError(f"tests were not measured on the {side.name} side: {', '.join(unmeasured)}")
    found = {case_of(test) for test in measured}
    if missing := [case.name for case in batch.cases if case.name not in found]:
        raise ZooError(f"no test was measured on the {side.name} side of: {', '.join(missing)}")
