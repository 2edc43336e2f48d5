"""What is wrong with a config, each problem with its place."""

from collections.abc import Iterable
from typing import NamedTuple

from leakgate.errors import ConfigError

SHOWN = 20
"""Problems listed before the rest is only counted."""


class Place(NamedTuple):
    """A place in a text, counted from 1. The column counts characters."""

    line: int
    column: int


class Problem(NamedTuple):
    """One thing that is wrong. Problems sort by their place."""

    place: Place
    what: str
    remedy: str = ""


def failure(source: str, problems: Iterable[Problem]) -> ConfigError:
    """One error that lists all problems, the first in the file first; there must be one.

    Its text reads as if each problem had been raised on its own.
    """
    ordered = sorted(set(problems))
    errors = [
        ConfigError(
            problem.what,
            where=f"{source}:{problem.place.line}:{problem.place.column}",
            remedy=problem.remedy or None,
        )
        for problem in ordered[:SHOWN]
    ]
    if len(errors) == 1:
        return errors[0]
    if len(ordered) > SHOWN:
        rest = len(ordered) - SHOWN
        errors.append(ConfigError(f"and {rest} more problem{'' if rest == 1 else 's'}", where=source))
    first, *others = errors
    # The others go where the text of the first one ends, so that `str` lists them one below the other.
    tail = "\n".join(str(error) for error in others)
    if first.remedy:
        return ConfigError(first.what, where=first.where, remedy=f"{first.remedy}\n{tail}")
    return ConfigError(f"{first.what}\n{tail}", where=first.where)


def quoted(value: object, *, longest: int = 60) -> str:
    """`value` in backticks as YAML would write it, cut where it is long, with nothing a terminal would act on."""
    match value:
        case None:
            text = "null"
        case bool():
            text = "true" if value else "false"
        case _:
            text = str(value)
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return "`" + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut) + "`"
