"""The doctor's report as text: for a person at a terminal, or JSON of the schema `doctor`."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Protocol

import msgspec
from rich.text import Text

from leakgate.doctor.report import Finding, Level, Report
from leakgate.reports.terminal import printed
from leakgate.reports.untrusted import plain
from leakgate.reports.words import plural

_SIGNS = {
    Level.OK: ("✓", "green"),
    Level.INFO: ("·", "dim"),
    Level.WARNING: ("!", "yellow"),
    Level.ERROR: ("✗", "bold red"),
}
_LABEL = 17
"""Columns of what was looked at."""

_INDENT = " " * (4 + _LABEL)
_LEAST = 40
"""Columns of text, however narrow the terminal is."""

_LONGEST = 2000


class _Renderer(Protocol):
    def __call__(self, report: Report, *, width: int, color: bool) -> str: ...


def render(report: Report, name: str, *, width: int = 120, color: bool = False) -> str:
    """The report in one of `FORMATS`; for a person `width` columns wide, with ANSI colours on demand."""
    return FORMATS[name](report, width=width, color=color)


def _console(report: Report, *, width: int, color: bool) -> str:
    return printed(_lines(report, max(_LEAST, width - len(_INDENT))), width=width, color=color)


def _lines(report: Report, columns: int) -> Iterator[Text]:
    for section in report.sections:
        yield Text(section.key, style="bold")
        for finding in section.findings:
            yield from _finding(finding, columns)
        yield Text("")
    levels = [finding.level for section in report.sections for finding in section.findings]
    warnings = levels.count(Level.WARNING)
    aside = f", with {plural(warnings, 'thing')} to mend" if warnings else ""
    if report.exit_code:
        errors = plural(levels.count(Level.ERROR), "thing")
        text = f"✗ `leakgate check` would end with exit code {report.exit_code}: mend the {errors} marked ✗"
        yield Text(text, style="bold red")
    else:
        yield Text(f"✓ `leakgate check` would work here{aside}", style="bold green")


def _finding(finding: Finding, columns: int) -> Iterator[Text]:
    sign, style = _SIGNS[finding.level]
    first, *others = _wrapped(finding.text, columns)
    label = finding.key.replace("-", " ").ljust(_LABEL)
    yield Text.assemble("  ", (sign, style), f" {label}", (first, style if finding.level is Level.ERROR else ""))
    for line in others:
        yield Text(_INDENT + line)
    if finding.remedy is not None:
        for number, line in enumerate(_wrapped(finding.remedy, columns - 2)):
            yield Text.assemble(_INDENT, ("  " if number else "→ ", "cyan"), (line, "cyan"))


def _wrapped(text: str, columns: int) -> list[str]:
    """Lines of visible characters; a line that somebody is to copy is not broken within a word."""
    return textwrap.wrap(
        plain(text.replace("\n", " "), _LONGEST), columns, break_long_words=False, break_on_hyphens=False
    ) or [""]


def _json(report: Report, *, width: int, color: bool) -> str:
    del width, color
    return msgspec.json.format(msgspec.json.encode(report)).decode() + "\n"


FORMATS: Mapping[str, _Renderer] = {"console": _console, "json": _json}
