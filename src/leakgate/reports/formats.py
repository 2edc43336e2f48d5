"""The report formats by name. A new format is one module and one line here."""

from typing import Literal, get_args

from leakgate.comparison.result import Result
from leakgate.reports import console, json, markdown

FormatName = Literal["console", "markdown", "json"]
FORMATS: tuple[FormatName, ...] = get_args(FormatName)


def render(result: Result, name: FormatName, *, width: int = 120, color: bool = False) -> str:
    """Render a result; `width` (columns) and `color` (ANSI) matter to the console report alone."""
    match name:
        case "console":
            return console.render(result, width=width, color=color)
        case "markdown":
            return markdown.render(result)
        case "json":
            return json.render(result)
