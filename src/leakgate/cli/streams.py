"""What goes to standard output and to standard error, and how it is told to a runner of GitHub Actions."""

import os
import sys
from typing import TYPE_CHECKING, TextIO

from leakgate.errors import LeakgateError, ServiceError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from leakgate.comparison.result import Result
    from leakgate.github.context import ActionsContext
    from leakgate.output import OutputDirectory
    from leakgate.reports.formats import FormatName
    from leakgate.shards import ShardName

_WIDTH = 120
"""Columns of a report that goes to a file or a log."""


def chosen_formats(names: list[str] | None) -> "list[FormatName]":
    from leakgate.reports.formats import FORMATS

    chosen: list[FormatName] = []
    for name in names or ["console"]:
        if name not in FORMATS:
            raise UsageError(f"there is no report format `{name}`", remedy=f"choose among: {', '.join(FORMATS)}")
        chosen.append(name)
    return chosen


def render(result: "Result", formats: "list[FormatName]", *, to_file: bool = False) -> str:
    from leakgate.reports.formats import render

    width, color = screen(to_file=to_file)
    return "\n".join(render(result, name, width=width, color=color) for name in formats)


def screen(*, to_file: bool = False) -> tuple[int, bool]:
    """How many columns a report may have, and whether it may have colours."""
    import shutil

    terminal = sys.stdout.isatty() and not to_file
    color = (terminal and "NO_COLOR" not in os.environ) or (not to_file and bool(os.environ.get("FORCE_COLOR")))
    return shutil.get_terminal_size().columns if terminal else _WIDTH, color


def tell_github(result: "Result", output: "OutputDirectory", context: "ActionsContext | None") -> None:
    """Inside GitHub Actions: annotations, summary, outputs. Trouble there never changes the verdict."""
    if context is None:
        return
    from leakgate.github.job import Files, report
    from leakgate.reports.markdown import render_summary
    from leakgate.reports.permalinks import Permalinks

    files = Files(result=output.result, snapshot=output.snapshot)
    try:
        links = Permalinks.of(context.server_url, context.repository, result.head)
        report(result, render_summary(result, links=links), files, job=context, echo=echo)
    except ServiceError as error:
        note(f"warning: not everything could be told to GitHub: {error}")
        annotate(error)


def tell_github_of_part(part: "Path", shard: "ShardName", key: str, said: str, context: "ActionsContext") -> None:
    """Inside GitHub Actions: the outputs by which a later step uploads it, and a line in the summary.

    Raises:
        ServiceError: It could not be told, so that the part would not be uploaded.
    """
    from leakgate.github.artifacts import part_name
    from leakgate.github.job import report_part

    report_part(part, part_name(key, shard.number, shard.of), f"leakgate: {said}\n", job=context)


def annotate(error: LeakgateError, *, costs_a_verdict: bool = True) -> None:
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from leakgate.github.commands import Level, annotation

        level = Level.ERROR if costs_a_verdict and not isinstance(error, ServiceError) else Level.WARNING
        note(annotation(level, str(error), title="leakgate"))


def warn(error: LeakgateError) -> None:
    """Trouble that costs no verdict."""
    note(f"warning: {error}")
    annotate(error, costs_a_verdict=False)


def remark(text: str) -> None:
    """What went wrong without harm."""
    note(f"note: {text}")


def print_report(text: str) -> None:
    """The report, on standard output; inside GitHub Actions nothing in it is taken for a workflow command."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        import secrets

        from leakgate.github.commands import quote

        text = quote(text, secrets.token_hex(16)) + "\n"
    write(sys.stdout, text)


def echo(line: str) -> None:
    """A line for the runner, which reads workflow commands from standard output."""
    write(sys.stdout, line)


def say(line: str) -> None:
    """A line for the person who reads the step's log. Branches and paths in it are other people's text."""
    from leakgate.github.commands import no_command

    echo(no_command(line))


def note(text: str) -> None:
    """A message to the person, on standard error."""
    write(sys.stderr, text)


def write(stream: TextIO, text: str) -> None:
    """Write to a standard stream. One that nobody reads any more (`| head`) is no reason to lose the verdict."""
    try:
        stream.write(text if text.endswith("\n") else text + "\n")
        stream.flush()
    except OSError as error:
        # What is still buffered must not fail a second time when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise ServiceError(
                f"the report cannot be written: {error.strerror or error}", where="standard output"
            ) from error
