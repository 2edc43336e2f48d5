"""The verbs that look at many commits: history, bisect, and the step that this hands to `git bisect run`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from leakgate.cli.options import Command, ConfigPath, KeyOption, ProfilerName, Rounds
from leakgate.cli.streams import print_report, screen
from leakgate.cli.world import real_edges, request
from leakgate.errors import MeasurementError, UsageError

_CHECKOUT_SECONDS = 600.0
"""How long git may take for the files of a large commit."""


def history(
    test: Annotated[
        str | None,
        typer.Argument(
            metavar="[TEST]", help="Tests: an id, a glob or a part of an id.", show_default="a line for each"
        ),
    ] = None,
    *,
    metrics: Annotated[
        list[str] | None,
        typer.Option(
            "--metric", help="t-gmax, t-end, total, or 't-gmax blocks' …", show_default="t-gmax and t-end"
        ),
    ] = None,
    branch: Annotated[
        str | None,
        typer.Option(
            "--branch", help="The branch whose commits are shown.", show_default="that of the newest save"
        ),
    ] = None,
    key: KeyOption = None,
    last: Annotated[int, typer.Option("--last", min=1, help="How many saves are shown.")] = 30,
    form: Annotated[str, typer.Option("--format", help="What to print: console, json or csv.")] = "console",
    config: ConfigPath = None,
) -> None:
    """Show how tests' figures went from commit to commit, and where one stepped up for good.

    Reads the branch of baselines, nothing else; it builds and measures nothing.

    leakgate history

    leakgate history put_many --metric t-end
    """
    from leakgate import history as story
    from leakgate.reports import timeline
    from leakgate.request import read_config

    chosen = next((name for name in timeline.FORMATS if name == form), None)
    if chosen is None:
        raise UsageError(f"there is no format `{form}`", remedy=f"choose among: {', '.join(timeline.FORMATS)}")
    with real_edges(job_key=key) as edges:
        settings = read_config(request(None, config), edges)
        query = story.Query(test=test, metrics=metrics or (), branch=branch, last=last)
        trends = story.history(query, settings, edges)
    width, color = screen()
    print_report(timeline.render(trends, chosen, width=width, color=color))


def bisect(
    test: Annotated[
        str, typer.Argument(metavar="TEST", help="The test: its id, a glob or a part of the id that is only its.")
    ],
    command: Command = None,
    *,
    good: Annotated[
        str, typer.Option("--good", metavar="COMMIT", help="A commit in which the test is within its limits.")
    ],
    bad: Annotated[
        str, typer.Option("--bad", metavar="COMMIT", help="A later one in which it crosses one.")
    ] = "HEAD",
    config: ConfigPath = None,
    profiler: ProfilerName = None,
    rounds: Rounds = None,
    limits: Annotated[
        str | None,
        typer.Option("--limits", envvar="LEAKGATE_LIMITS", help="Limits as YAML: 't-end: {max: 1 MiB}'."),
    ] = None,
) -> None:
    """Find the first commit in which a test crosses its limit, and show the line that grew.

    Runs `git bisect` in a copy: neither your files nor your clone are touched. Exit 3 where commits that do not
    compile leave several to choose from.

    leakgate bisect --good v1.2 "shop tests::put_many"

    leakgate bisect --good HEAD~40 put_many -- cargo test --release
    """
    from functools import partial

    from leakgate.bisect import story
    from leakgate.bisect.ends import Question, World
    from leakgate.git.command import runner
    from leakgate.profilers.process import run
    from leakgate.reports import culprit
    from leakgate.request import read_config

    with real_edges() as edges:
        settings = read_config(request(command, config, profiler=profiler, rounds=rounds, limits=limits), edges)
        world = World(
            edges=edges,
            git_in=partial(runner, env=edges.env, timeout=_CHECKOUT_SECONDS),
            start=run,
            # Not from the commit's own files: `-P` keeps the working directory out of the way of imports.
            step=(sys.executable, "-P", "-m", "leakgate", "bisect-step"),
        )
        found = story.bisect(Question(good, bad, test), settings, world)
    width, color = screen()
    print_report(culprit.render(found, width=width, color=color))
    if not found.is_certain:
        raise typer.Exit(MeasurementError.exit_code)


def bisect_step(bench: Annotated[Path, typer.Argument()]) -> None:
    """What `git bisect run` starts for each commit."""
    from functools import partial

    from leakgate.bisect import step as one
    from leakgate.git.command import runner

    with real_edges() as edges:
        code = one.step(one.Bench(bench), edges, partial(runner, env=os.environ, timeout=_CHECKOUT_SECONDS))
    raise typer.Exit(code)
