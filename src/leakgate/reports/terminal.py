"""Text for a person at a terminal."""

import textwrap
from collections.abc import Iterable, Iterator
from io import StringIO

from rich.console import Console
from rich.text import Text

_HANGING = 4
_NARROW = 40
"""Columns that prose has at least, on whatever screen."""


def printed(lines: Iterable[Text], *, width: int, color: bool) -> str:
    """Lines as they look on a terminal `width` columns wide, with ANSI colours on demand; none is broken."""
    console = Console(
        file=StringIO(),
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
    )
    with console.capture() as capture:
        for line in lines:
            console.print(line, soft_wrap=True)
    return "\n".join(line.rstrip() for line in capture.get().split("\n"))


def sentences(text: str, *, indent: int, width: int) -> Iterator[Text]:
    """Prose in lines of at most `width`, those behind the first set in; a longer word is not broken."""
    yield from map(
        Text,
        textwrap.wrap(
            text,
            max(width, indent + _NARROW),
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + _HANGING),
            break_long_words=False,
            break_on_hyphens=False,
        ),
    )
