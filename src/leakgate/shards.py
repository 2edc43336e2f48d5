"""The parts of a sharded suite as files: what each job of a matrix leaves, and what the job after them reads.

A part is a snapshot that says which shard it is. It comes from another job and may be anything: it is read with a
bound, decoded by its schema, and what it claims is checked by `snapshot.join`.
"""

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leakgate import files
from leakgate.completeness import stored_problems
from leakgate.errors import InputError, MeasurementError, UsageError
from leakgate.profilers.cargo.command import CargoCommand, is_around
from leakgate.profilers.cargo.command import parse as parse_command
from leakgate.snapshot.join import Part
from leakgate.snapshot.model import MOST_SHARDS
from leakgate.snapshot.stored import parse

_LARGEST_PART = 500 * 10**6
"""Bytes. A part keeps the stacks: one of 250 tests of asynchronous code has 15 MB."""

_AGAIN = "run its job again; each job of the matrix leaves a part by `leakgate profile --shard N/M`"


@dataclass(frozen=True, slots=True)
class ShardName:
    """Which shard a job measures.

    Attributes:
        number: From 1.
        of: How many there are.
    """

    number: int
    of: int

    def __str__(self) -> str:
        return f"shard {self.number} of {self.of}"

    def file_in(self, directory: Path) -> Path:
        """The file for its part, which no other shard has."""
        return directory / f"part-{self.number}-of-{self.of}.json"


def shard_name(text: str, env: Mapping[str, str]) -> ShardName:
    """Read `2/4`, or for `auto` what the job's place is in its matrix.

    Args:
        text: What was asked for.
        env: `LEAKGATE_JOB_INDEX`, which counts from 0, and `LEAKGATE_JOB_TOTAL`.

    Raises:
        UsageError: It is something else.
    """
    if text.strip() == "auto":
        index, total = (env.get(f"LEAKGATE_JOB_{word}", "") for word in ("INDEX", "TOTAL"))
        if not re.fullmatch("[0-9]{1,4}", index) or not total:
            raise UsageError(
                "the shard is `auto`, and the runner does not say the job's place in a matrix",
                where="--shard",
                remedy="name it: `2/4`, or in the workflow `${{ matrix.part }}/4`",
            )
        text = f"{int(index) + 1}/{total}"
    found = re.fullmatch(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})", text.strip())
    name = ShardName(int(found[1]), int(found[2])) if found else None
    if name is None or not name.number <= name.of <= MOST_SHARDS:
        raise UsageError(
            f"`{text}` is no shard",
            where="--shard",
            remedy=f"its number and how many there are, from 1/1 to {MOST_SHARDS}/{MOST_SHARDS}: `--shard 2/4`",
        )
    return name


def shard_of(command: Sequence[str], named: ShardName | None) -> ShardName | None:
    """The shard that a run measures: the one that was named, or nextest's own, `--partition hash:2/4`.

    Args:
        command: The command to profile.
        named: The shard that was asked for outright.

    Raises:
        UsageError: The command asks nextest for another one than was named, or cannot be profiled.
    """
    asked = _partitioned(command)
    own = ShardName(*asked.partition) if asked and asked.partition else None
    if named and own and named != own:
        raise UsageError(
            f"it measures {named}, and the command asks nextest for another partition",
            where=shlex.join(command),
            remedy=f"write `--partition hash:{named.number}/{named.of}`",
        )
    return named or own


def whole_command(command: Sequence[str]) -> str:
    """The command that runs the suite of which this one runs a partition, if it does."""
    asked = _partitioned(command)
    return shlex.join(asked.unpartitioned().measure()) if asked else " ".join(command)


def _partitioned(command: Sequence[str]) -> CargoCommand | None:
    """The command, where it says itself which partition it runs; a script keeps that to itself."""
    asked = None if is_around(command) else parse_command(command)
    return asked if asked and asked.partition else None


def read_parts(paths: Sequence[Path]) -> tuple[Part, ...]:
    """The parts that are given, or found below a directory: every `*.json` there is one.

    Raises:
        UsageError: There is nothing at one of the paths.
        InputError: A file is no part, or too large, or there are too many.
        MeasurementError: There is no part at all, so nothing was measured.
    """
    found = {os.path.realpath(file): (file, name) for path in paths for file, name in _files(path)}
    if not found:
        raise MeasurementError(
            "no job has left a part of the suite",
            where=", ".join(map(str, paths)),
            remedy="see the logs of the jobs that measure; docs/shards.md has the workflow to copy",
        )
    if len(found) > MOST_SHARDS:
        raise InputError(f"there are {len(found):,} parts; {MOST_SHARDS:,} are read at most")
    return tuple(_read(file, name) for file, name in found.values())


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    """The files of parts, each with what to call it: below a directory that is its path there."""
    if not os.path.lexists(path):
        raise UsageError("is not there", where=str(path), remedy="--head takes parts, or directories of them")
    if not path.is_dir():
        yield path, str(path)
        return

    def fail(error: OSError) -> None:
        raise InputError(f"cannot be read: {error.strerror or error}", where=str(error.filename)) from error

    for parent, directories, names in os.walk(path, onerror=fail):
        directories.sort()
        for file in (Path(parent, name) for name in sorted(names) if name.endswith(".json")):
            yield file, str(file.relative_to(path))


def _read(path: Path, name: str) -> Part:
    try:
        snapshot = parse(files.load(path, _LARGEST_PART, "a part of a suite"), str(path))
    except InputError as error:
        error.remedy = _AGAIN
        raise
    return Part(name, snapshot, tuple(stored_problems(snapshot)))
