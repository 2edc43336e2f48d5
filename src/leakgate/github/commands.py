"""Workflow commands: lines of a step's log that the runner acts on, and the annotations made with them.

Test names, symbols and paths are other people's text. A runner takes any line that starts with `::` (or holds
`##[`) as a command, so such text is escaped here, and text that is no command at all goes through `quote`.
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import PurePosixPath

from leakgate.comparison.result import METRIC_NAMES, MetricResult, Result, SiteResult, Status, TestResult, Verdict
from leakgate.dhat.profile import Metric
from leakgate.sizes import format_count

MAX_PER_STEP = 10
"""A runner shows this many errors of one step, and as many warnings, and drops the others."""


class Level(StrEnum):
    """How an annotation is shown."""

    ERROR = "error"
    WARNING = "warning"


def annotation(level: Level, message: str, *, title: str, file: str | None = None, line: int | None = None) -> str:
    """One annotation, without its newline: `::error file=src/lib.rs,line=9,title=…::message`.

    Args:
        level: How it is shown.
        message: May have several lines.
        title: Shown in bold above the message.
        file: Relative to the repository's root.
        line: 1-based; of no use without `file`.
    """
    properties = {"file": file, "line": line if file else None, "title": title}
    text = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None)
    return f"::{level} {text}::{_data(message)}"


def quote(text: str, token: str) -> str:
    """`text` between two lines that keep the runner from reading commands in it.

    Args:
        text: Any text for the log.
        token: A random word, unknown to whoever wrote `text`; it ends the quotation.
    """
    return f"::stop-commands::{token}\n{text.rstrip()}\n::{token}::"


def no_command(line: str) -> str:
    """`line` as one line in which the runner finds no command: those begin with `::`, or have `##[` in them."""
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)
    joiner = "\N{WORD JOINER}"
    return (joiner if text.lstrip().startswith("::") else "") + text.replace("##[", f"##{joiner}[")


def annotations(result: Result) -> list[str]:
    """The lines that mark in the pull request's diff what crossed a limit, worst first.

    One error for each failed test and one warning for each that warned, on the line that allocates; and one
    for each thing to know that belongs to no line, warnings last. Never more than a runner shows.
    """
    no_verdict = result.verdict is Verdict.ERROR
    general = [
        annotation(
            Level.ERROR if no_verdict else Level.WARNING,
            text,
            title="leakgate: no verdict" if no_verdict else f"leakgate: {result.verdict}",
        )
        for text in _general(result)
    ]
    errors = [_growth(Level.ERROR, test) for test in result.tests if test.status is Status.FAIL]
    warnings = [_growth(Level.WARNING, test) for test in result.tests if test.status is Status.WARN]
    if no_verdict:
        errors = general + errors
    else:
        warnings = general + warnings
    warnings += [annotation(Level.WARNING, text, title="leakgate: no effect") for text in result.warnings]
    return [*_capped(Level.ERROR, errors), *_capped(Level.WARNING, warnings)]


def _general(result: Result) -> list[str]:
    texts = [*result.problems, *(f"{test.name}: {test.reason}" for test in result.failed)]
    if not texts and result.verdict is Verdict.NO_BASELINE:
        return ["There is no baseline: nothing was compared, so growth would not be noticed"]
    if not texts and result.verdict is Verdict.INCOMPARABLE:
        return ["The baseline was measured in another environment: nothing was compared"]
    return texts


def _growth(level: Level, test: TestResult) -> str:
    status = Status.FAIL if level is Level.ERROR else Status.WARN
    sentences = [
        f"{METRIC_NAMES[metric]} {_amount(change.base, metric, test)} → {_amount(change.head, metric, test)}"
        + (f" (limit {change.limit}{_runs(change)})" if change.limit else "")
        for metric, change in test.metrics.items()
        if change.status is status
    ]
    site = next((site for site in test.sites if site.function is not None), None)
    message = "\n".join([f"{test.name}: {', '.join(sentences)}", *_allocator(site)])
    title = "leakgate: memory grew"
    if site is None or site.file is None or PurePosixPath(site.file).is_absolute():
        return annotation(level, message, title=title)  # a path outside the repository has no place in its diff
    return annotation(level, message, title=title, file=site.file, line=site.line)


def _runs(change: MetricResult) -> str:
    """In how many of its runs it crossed the limit, where it was measured again."""
    spread = change.spread
    return f", crossed in {spread.crossed} of {spread.runs} runs" if spread and spread.crossed else ""


def _allocator(site: SiteResult | None) -> Iterable[str]:
    if site is not None:
        yield f"allocated by {site.function}" + (f" (likely {site.cause})" if site.cause else "")


def _amount(value: int | None, metric: Metric, test: TestResult) -> str:
    return "none" if value is None else format_count(value, test.units[metric.endswith("-blocks")])


def _capped(level: Level, lines: list[str]) -> list[str]:
    if len(lines) <= MAX_PER_STEP:
        return lines
    shown = MAX_PER_STEP - 1
    rest = annotation(level, f"{len(lines) - shown} more: see the job summary", title="leakgate")
    return [*lines[:shown], rest]


def _data(text: str) -> str:
    return _visible(text).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _visible(text: str) -> str:
    """`text` without what a terminal or a page would act on: escapes, carriage returns, text direction."""
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)
