"""The two files that a runner reads when a step ends: the step's outputs and the job summary."""

from collections.abc import Mapping
from pathlib import Path

from leakgate.errors import ServiceError

MAX_SUMMARY = 1_000_000
"""Bytes of one step's summary. Above 1 MiB the runner drops all of it."""

_CUT = "\n\n*The summary was cut here: {lines:,} more lines. The whole is in the result file.*\n"


def write_outputs(path: Path, outputs: Mapping[str, str], delimiter: str) -> None:
    """Append step outputs.

    Args:
        path: `GITHUB_OUTPUT`.
        outputs: Name → value, of any text.
        delimiter: A random word, unknown to whoever wrote the values; it ends each of them.

    Raises:
        ServiceError: A value holds the delimiter, or the file cannot be written.
    """
    if any(delimiter in value for value in outputs.values()):
        raise ServiceError("a step output holds the delimiter that should end it", where=str(path))
    _append(path, "".join(f"{name}<<{delimiter}\n{value}\n{delimiter}\n" for name, value in outputs.items()))


def write_summary(path: Path, markdown: str) -> None:
    """Append to the job summary, as many whole lines as there is room for.

    Args:
        path: `GITHUB_STEP_SUMMARY`.
        markdown: What to show.

    Raises:
        ServiceError: The file cannot be read or written.
    """
    try:
        used = path.stat().st_size if path.exists() else 0
    except OSError as error:
        raise ServiceError(f"the job summary cannot be read: {error.strerror}", where=str(path)) from error
    _append(path, fit(markdown.rstrip("\n") + "\n", MAX_SUMMARY - used))


def fit(markdown: str, room: int) -> str:
    """The first whole lines of `markdown` that take at most `room` bytes, and a note of how many are missing.

    What is open where it is cut (a code block, a fold) is closed, so that the note is seen.
    """
    if len(_encode(markdown)) <= room:
        return markdown
    lines = markdown.splitlines(keepends=True)
    room -= len(_CUT.format(lines=len(lines)))
    kept, used, ends = 0, 0, ""
    opened = _Open()
    for count, line in enumerate(lines, start=1):
        used += len(_encode(line))
        if used > room:
            break
        opened.see(line)
        if used + len(opened.ends) <= room:
            kept, ends = count, opened.ends
    return "".join(lines[:kept]) + ends + _CUT.format(lines=len(lines) - kept) if kept else ""


class _Open:
    """What is open after the lines that were seen, in Markdown as our reports write it."""

    def __init__(self) -> None:
        self._fence = False
        self._folds = 0

    def see(self, line: str) -> None:
        if line.startswith("```"):
            self._fence = not self._fence
        elif not self._fence:
            self._folds += line.count("<details>") - line.count("</details>")

    @property
    def ends(self) -> str:
        """What closes it; ASCII."""
        return "```\n" * self._fence + "\n</details>\n" * max(self._folds, 0)


def _append(path: Path, text: str) -> None:
    try:
        with path.open("ab") as file:
            file.write(_encode(text))
    except OSError as error:
        raise ServiceError(f"the runner's file cannot be written: {error.strerror}", where=str(path)) from error


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # names that are not UTF-8 must not cost the report
