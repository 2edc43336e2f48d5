"""What the user asked for, over what the project's config says, over the defaults."""

import os
import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from leakgate import config as configuration
from leakgate.config import CommentMode, Config, StoreName, formats
from leakgate.dhat.profile import Mode
from leakgate.edges import Edges
from leakgate.errors import InputError, UsageError
from leakgate.statistic import Statistic

_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked for; None where they left it to the config.

    Attributes:
        command: The command that runs the tests.
        config: The config file.
        load: The command that drives the program that `command` runs.
        profiler: The profiler's name.
        rounds: How often the harness runs each test: a number, or `auto`.
        valgrind_mode: What valgrind counts.
        jobs: How many tests may run at once.
        repeat: How many measured runs each test has.
        statistic: What is made of them.
        confirm: How often a test that crossed a limit is measured again.
        time_limit: How long one run of one test may take, as in the config.
        limits: Limits as inline YAML, over those of the config.
        comment: When to comment on the pull request.
        store: Where baselines are kept.
    """

    command: tuple[str, ...] | None = None
    config: Path | None = None
    load: tuple[str, ...] | None = None
    profiler: str | None = None
    rounds: str | None = None
    valgrind_mode: str | None = None
    jobs: int | None = None
    repeat: int | None = None
    statistic: str | None = None
    confirm: int | None = None
    time_limit: str | None = None
    limits: str | None = None
    comment: str | None = None
    store: str | None = None


def read_config(request: Request, edges: Edges) -> Config:
    """The config file if there is one, the defaults if not, and over them what the user asked for.

    Raises:
        ConfigError: The file is not what its schema says.
        UsageError: A file that was asked for is not there.
    """
    config = _config_file(request, edges)
    if request.limits:
        config = configuration.with_limits(config, request.limits, "--limits")
    config = replace(
        config,
        command=request.command or config.command,
        load=request.load or config.load,
        profiler=request.profiler or config.profiler,
        rounds=_rounds(request.rounds) if request.rounds else config.rounds,
        valgrind_mode=_choice(request.valgrind_mode, Mode, "valgrind mode")
        if request.valgrind_mode
        else config.valgrind_mode,
        jobs=request.jobs or config.jobs,
        repeat=request.repeat or config.repeat,
        statistic=_choice(request.statistic, Statistic, "statistic") if request.statistic else config.statistic,
        confirm=config.confirm if request.confirm is None else request.confirm,
        time_limit=_time_limit(request.time_limit) if request.time_limit else config.time_limit,
        comment=_choice(request.comment, CommentMode, "comment mode") if request.comment else config.comment,
        baseline=replace(config.baseline, store=_choice(request.store, StoreName, "baseline store"))
        if request.store
        else config.baseline,
    )
    if config.profiler not in edges.profilers:
        names = ", ".join(sorted(edges.profilers))
        raise UsageError(f"there is no profiler `{config.profiler}`", remedy=f"choose one of: {names}")
    if config.statistic is not Statistic.LAST and config.repeat == 1 and request.repeat is None:
        raise UsageError(
            f"`{config.statistic}` of a single run is that run",
            remedy="say with `repeat` how many runs each test has",
        )
    if config.valgrind_mode is not Mode.HEAP and config.profiler != "valgrind":
        raise UsageError(
            f"the valgrind mode `{config.valgrind_mode}` means nothing to the profiler `{config.profiler}`",
            remedy="choose `--profiler valgrind`, or leave the mode out",
        )
    return config


def _rounds(word: str) -> str:
    if word != "auto" and not re.fullmatch("[1-9]|10", word):
        raise UsageError(f"`{word}` is not a number of rounds", where="--rounds", remedy="auto, or 1 to 10")
    return word


def _time_limit(text: str) -> float | None:
    try:
        return formats.duration(text)
    except UsageError as error:
        raise UsageError(error.what, where="--time-limit", remedy=error.remedy) from error


def _choice(word: str, kind: type[_Choice], what: str) -> _Choice:
    try:
        return kind(word)
    except ValueError:
        raise UsageError(f"there is no {what} `{word}`", remedy=f"choose one of: {', '.join(kind)}") from None


def _config_file(request: Request, edges: Edges) -> Config:
    if request.config is not None:
        path = edges.cwd / request.config
        if not os.path.isfile(path):  # noqa: PTH113 - pathlib's raises for a name that is too long
            raise UsageError("the config file is not there", where=str(request.config))
        return _parse_config(path, str(request.config), edges.now.date())
    for name in configuration.CANDIDATES:
        path = edges.root / name
        if path.is_file():
            return _parse_config(path, name, edges.now.date())
    return configuration.DEFAULT


def _parse_config(path: Path, name: str, today: date) -> Config:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=name) from error
    return configuration.parse(configuration.decode(raw, name), name, today)
