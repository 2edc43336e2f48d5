"""What the doctor found: sections of findings, and what follows from them."""

from enum import StrEnum

import msgspec


class Level(StrEnum):
    """What a finding means for a check."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at.

    Attributes:
        key: What was looked at; stays the same from version to version, and may be there more than once.
        level: What it means for a check. With `error` a check would end before it measures anything.
        text: What was found, one sentence without a full stop.
        remedy: The line that mends it; null where there is nothing to mend.
        exit_code: Of the check that ends because of it; null but for `error`.
    """

    key: str
    level: Level
    text: str
    remedy: str | None = None
    exit_code: int | None = None


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """The findings of one matter.

    Attributes:
        key: `config`, `command`, `project`, `toolchain`, `profiler`, `baseline` or `github`.
        findings: In the order in which they are to be read.
    """

    key: str
    findings: tuple[Finding, ...]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found.

    Attributes:
        version: Of this form.
        exit_code: 0 where a check would measure something; else the exit code with which it would end.
        sections: In the order in which a check meets them.
    """

    version: int = 1
    exit_code: int
    sections: tuple[Section, ...]


def report(sections: tuple[Section, ...]) -> Report:
    """The report of these sections: the first error is the one that a check would end with."""
    findings = (finding for section in sections for finding in section.findings)
    codes = (finding.exit_code for finding in findings if finding.exit_code is not None)
    return Report(exit_code=next(codes, 0), sections=sections)


def fine(key: str, text: str) -> Finding:
    """As it should be."""
    return Finding(key=key, level=Level.OK, text=text)


def info(key: str, text: str) -> Finding:
    """Good to know."""
    return Finding(key=key, level=Level.INFO, text=text)


def warning(key: str, text: str, remedy: str) -> Finding:
    """A check works, and less well than it could."""
    return Finding(key=key, level=Level.WARNING, text=text, remedy=remedy)


def error(key: str, text: str, remedy: str, exit_code: int) -> Finding:
    """A check would end with this exit code."""
    return Finding(key=key, level=Level.ERROR, text=text, remedy=remedy, exit_code=exit_code)
