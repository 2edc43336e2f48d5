"""Text for a person at a terminal."""

from collections.abc import Iterable
from io import StringIO

from rich.console import Console
from rich.text import Text


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
