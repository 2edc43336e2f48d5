"""The texts in a config that have a grammar of their own: the `format`s of its JSON Schema."""

import re
import shlex
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from leakgate.config.problems import quoted
from leakgate.errors import UsageError
from leakgate.sizes import SizeError, parse_size

_NOT_IN_A_BRANCH = re.compile(
    r"""
    [\x00-\x20\x7f~^:?*\[\\]        # what git's own syntax needs
    | \.\. | @\{ | //
    | ^[-/] | [/.]$
    | (?:^|/)\. | \.lock(?:/|$)
    """,
    re.VERBOSE,
)
_LONGEST_BRANCH = 200
"""Characters; a ref may be a file, whose name has a limit."""

_SECONDS = {"": 1, "s": 1, "min": 60, "h": 3600}
_LONGEST_TIME = 24 * 3600


def size(value: str | float) -> int:
    """Bytes.

    Raises:
        UsageError: `value` is not a size.
    """
    if not isinstance(value, str):
        return int(value)
    try:
        return parse_size(value)
    except SizeError as error:
        raise UsageError(f"{quoted(value)} is {error.what}", remedy=error.remedy) from error


def count(value: str | float) -> int:
    """A plain number, also as text with `_` between thousands.

    Raises:
        UsageError: `value` has a unit or is no number.
    """
    if not isinstance(value, str):
        return int(value)
    digits = re.match(r"\s*([0-9]+(?:_[0-9]+)*)\s*", value, re.ASCII)
    if digits is None:
        raise UsageError(f"{quoted(value)} is not a count of blocks", remedy="for example `10`")
    if digits.end() != len(value):
        raise UsageError(
            f"{quoted(value)} is not a count of blocks: blocks have no unit", remedy=f"did you mean `{digits[1]}`?"
        )
    return size(value)


def ratio(value: str | float) -> float:
    """A factor. The schema wants a number; text gets here only to be told so.

    Raises:
        UsageError: `value` is text.
    """
    if not isinstance(value, str):
        return float(value)
    number = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([x×%]?)\s*", value)
    remedy = "for example `1.5`"
    if number and number[2] == "%":
        remedy = "a ratio of 1.5 means 150 % of the base"
    elif number:
        remedy = f"did you mean `{number[1]}`, without quotes or sign?"
    raise UsageError(f"{quoted(value)} is not a ratio", remedy=remedy)


def share(value: str | float) -> float:
    """A share, 0 to 1, of `25%` or `0.25`.

    Raises:
        UsageError: `value` is neither, or more than all.
    """
    percent = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*%\s*", value) if isinstance(value, str) else None
    if isinstance(value, str) and percent is None:
        raise UsageError(f"{quoted(value)} is not a share", remedy="for example `25%` or `0.25`")
    number = float(percent[1]) / 100 if percent else float(value)
    if number > 1:
        fix = f"did you mean `{value}%`?" if percent is None and float(value) <= 100 else "the most is `100%`"  # noqa: PLR2004 - percent
        raise UsageError(f"{quoted(value)} is more than all tests", remedy=fix)
    return number


def rounds(value: str | float) -> str:
    """How often each test runs: a number, or `auto`.

    Raises:
        UsageError: `value` is another text.
    """
    if value == "auto" or not isinstance(value, str):
        return str(value)
    raise UsageError(f"{quoted(value)} is not a number of rounds", remedy="write `auto` or a number such as `2`")


def duration(value: str | float) -> float | None:
    """Seconds; None for `none`, which is any time.

    Raises:
        UsageError: `value` is no time, or none in which a test can run.
    """
    if value == "none":
        return None
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([a-z]*)\s*", value) if isinstance(value, str) else None
    if isinstance(value, str) and (match is None or match[2] not in _SECONDS):
        raise UsageError(
            f"{quoted(value)} is not a time",
            remedy="for example `90 s`, `10 min` or `1 h`, or `none` for any time",
        )
    seconds = float(match[1]) * _SECONDS[match[2]] if match else float(value)
    if not 1 <= seconds <= _LONGEST_TIME:
        raise UsageError(
            f"{quoted(value)} is no time that a test may take",
            remedy="from `1 s` to `24 h`, or `none` for any time",
        )
    return seconds


def glob(value: str) -> str:
    """A pattern for `fnmatch.fnmatchcase`.

    Raises:
        UsageError: It opens a `[` that it never closes, which `fnmatch` would take for a literal bracket.
    """
    position = value.find("[")
    while position >= 0:
        # As fnmatch reads it: a `]` right after `[` or `[!` is one of the characters.
        start = position + (2 if value[position + 1 : position + 2] == "!" else 1)
        end = value.find("]", start + 1)
        if end < 0:
            raise UsageError(
                f"{quoted(value)} is not a glob: its `[` is never closed",
                remedy="write `[[]` for a bracket itself",
            )
        position = value.find("[", end)
    return value


def branch(value: str) -> str:
    """The name of a git branch, without `refs/heads/`, as `git check-ref-format --branch` accepts it.

    Raises:
        UsageError: It is none.
    """
    if value.startswith("refs/"):
        raise UsageError(
            f"{quoted(value)} is a ref, not the name of a branch",
            remedy=f"did you mean {quoted(value.removeprefix('refs/').removeprefix('heads/'))}?",
        )
    if value and (_NOT_IN_A_BRANCH.search(value) or value in {"@", "HEAD"} or len(value) > _LONGEST_BRANCH):
        raise UsageError(
            f"{quoted(value)} is no name that git gives to a branch", remedy="for example `leakgate-baselines`"
        )
    return value


def day(value: str) -> date:
    """A date, YYYY-MM-DD.

    Raises:
        UsageError: There is no such day, or it is written in another way.
    """
    remedy = "write it as YYYY-MM-DD, for example `2027-01-31`"
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise UsageError(f"{quoted(value)} is not a date", remedy=remedy)
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise UsageError(f"there is no day {quoted(value)}: {error}", remedy=remedy) from error


def command(value: str | list[Any]) -> tuple[str, ...]:
    """A command's words; text is split as a POSIX shell would.

    Raises:
        UsageError: A quote is never closed, or no program is named.
    """
    try:
        # What in a list is no text is the business of the schema's `type`.
        words = shlex.split(value) if isinstance(value, str) else value
    except ValueError as error:
        raise UsageError(
            f"{quoted(value)} cannot be split into words: {str(error).lower()}",
            remedy="close it, or write a list of words",
        ) from error
    if not words or not str(words[0]).strip():
        raise UsageError("no program is named", remedy="write a program and its arguments")
    return tuple(words)


READERS: Mapping[str, tuple[Callable[[Any], object], tuple[type, ...]]] = {
    "size": (size, (str, int, float)),
    "count": (count, (str, int, float)),
    "ratio": (ratio, (str, int, float)),
    "share": (share, (str, int, float)),
    "glob": (glob, (str,)),
    "branch": (branch, (str,)),
    "duration": (duration, (str, int, float)),
    "rounds": (rounds, (str,)),
    "date": (day, (str,)),
    "command": (command, (str, list)),
}
"""The schema's `format` → what reads it, and the types it reads."""
