"""The baselines that a branch has, for `leakgate baseline list`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from tabulate import tabulate

from leakgate.reports.untrusted import plain
from leakgate.sizes import format_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One baseline.

    Attributes:
        key: The job that saved it.
        commit: The commit that was measured.
        branch: The branch it was pushed to.
        time: When it was saved, with its zone.
        bytes: What it takes on the branch, compressed.
    """

    key: str
    commit: str
    branch: str
    time: datetime
    bytes: int


def _console(kept: Sequence[Kept]) -> str:
    if not kept:
        return "no baselines\n"
    cells = [
        (
            plain(one.key),
            one.commit[:12],
            plain(one.branch),
            one.time.astimezone(UTC).strftime("%Y-%m-%d %H:%M"),
            format_size(one.bytes),
        )
        for one in kept
    ]
    table = tabulate(
        cells,
        ("key", "commit", "branch", "saved (UTC)", "size"),
        tablefmt="plain",
        colalign=("left", "left", "left", "left", "right"),
        disable_numparse=True,
    )
    total = format_size(sum(one.bytes for one in kept))
    return f"{table}\n\n{len(kept):,} in all, {total}\n"


def _json(kept: Sequence[Kept]) -> str:
    return msgspec.json.format(msgspec.json.encode(kept)).decode() + "\n"


FORMATS: Mapping[str, Callable[[Sequence[Kept]], str]] = {"console": _console, "json": _json}
