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
    """The first whole lines of `markdown` that take at most `room` bytes, and a note of how many are missing."""
    if len(_encode(markdown)) <= room:
        return markdown
    lines = markdown.splitlines(keepends=True)
    room -= len(_CUT.format(lines=len(lines)))
    kept = 0
    for line in lines:
        room -= len(_encode(line))
        if room < 0:
            break
        kept += 1
    return "".join(lines[:kept]) + _CUT.format(lines=len(lines) - kept) if kept else ""


def _append(path: Path, text: str) -> None:
    try:
        with path.open("ab") as file:
            file.write(_encode(text))
    except OSError as error:
        raise ServiceError(f"the runner's file cannot be written: {error.strerror}", where=str(path)) from error


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # names that are not UTF-8 must not cost the report
