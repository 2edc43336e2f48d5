"""The real world, as the verbs hand it to the functions that do the work."""

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from leakgate.cli.options import DEFAULT_OUTPUT
from leakgate.errors import ServiceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leakgate.edges import Edges
    from leakgate.github.context import ActionsContext
    from leakgate.request import Request


_RUNNERS_FILES = {"GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"}
"""Variables that name files by which a step changes what the runner does next."""


def request(
    command: list[str] | None,
    config: Path | None,
    *,
    load: str | None = None,
    profiler: str | None = None,
    rounds: str | None = None,
    valgrind_mode: str | None = None,
    jobs: int | None = None,
    repeat: int | None = None,
    statistic: str | None = None,
    confirm: int | None = None,
    time_limit: str | None = None,
    limits: str | None = None,
    comment: str | None = None,
    store: str | None = None,
) -> "Request":
    from leakgate.request import Request

    if not command and (text := os.environ.get("LEAKGATE_COMMAND", "").strip()):
        command = list(_words(text, "LEAKGATE_COMMAND"))
    return Request(
        command=tuple(command) if command else None,
        config=config,
        load=_words(load, "--load") if load else None,
        profiler=profiler,
        rounds=rounds,
        valgrind_mode=valgrind_mode,
        jobs=jobs,
        repeat=repeat,
        statistic=statistic,
        confirm=confirm,
        time_limit=time_limit,
        limits=limits,
        comment=comment,
        store=store,
    )


def _words(text: str, name: str) -> tuple[str, ...]:
    """A command line's words, as a POSIX shell splits them."""
    import shlex

    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"{name} is no command line: {error}", remedy="close the quotes") from error


def in_project(edges: "Edges", name: str = "") -> Path:
    """A place in the project's output directory, as seen from here."""
    return Path(os.path.relpath(edges.root / DEFAULT_OUTPUT / name))


def job_context() -> "ActionsContext | None":
    """What the runner says of the job; None outside GitHub Actions.

    Raises:
        ServiceError: It makes no sense. Whether this job may do something that it asks about is then not known.
    """
    from leakgate.github.context import current

    return current(os.environ)


def job_context_if_known() -> "ActionsContext | None":
    """The same, for what every job may do: a runner that makes no sense costs no verdict.

    Raises:
        UsageError: The job would run foreign code beside a token that may write.
    """
    from leakgate.cli.streams import warn
    from leakgate.github.context import refuse_foreign_code

    refuse_foreign_code(os.environ.get("GITHUB_EVENT_NAME"))
    try:
        return job_context()
    except ServiceError as error:
        warn(error)
        return None


@contextmanager
def real_edges(context: "ActionsContext | None" = None, job_key: str | None = None) -> "Iterator[Edges]":
    """The real world, with a progress display on standard error while it is in use.

    Args:
        context: The job, where it matters to the verb.
        job_key: Which job's baselines are meant; None: this one's.
    """
    from datetime import UTC, datetime

    from leakgate.cli.streams import remark
    from leakgate.edges import LOCAL, Edges
    from leakgate.git.checkout import Checkout
    from leakgate.git.command import runner
    from leakgate.github.context import token
    from leakgate.profilers.table import PROFILERS
    from leakgate.progress import display
    from leakgate.project import find_root

    cwd = Path.cwd()
    # The tests are the pull request's code: nothing of ours is for them, the token least of all, and nothing by
    # which they could act on the job's later steps.
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("LEAKGATE_") and name not in _RUNNERS_FILES
    }
    with display(sys.stderr, env) as progress:
        yield Edges(
            cwd=cwd,
            root=find_root(cwd),
            env=env,
            git=Checkout(runner(cwd, env)),
            profilers=PROFILERS,
            progress=progress,
            note=remark,
            now=datetime.now(tz=UTC),
            key=job_key or _variable("LEAKGATE_KEY") or _variable("GITHUB_JOB") or LOCAL,
            context=context,
            token=token(os.environ),
        )


def _variable(name: str) -> str:
    return os.environ.get(name, "").strip()
