"""The verbs that a workflow's own steps call, around the one that measures."""

import os
from pathlib import Path
from typing import Annotated

import typer

from leakgate.cli.options import ConfigPath, StoreOption
from leakgate.cli.streams import echo, say, warn
from leakgate.cli.world import in_project, job_context, real_edges, request
from leakgate.errors import LeakgateError, ServiceError


def publish(
    output: Annotated[
        Path | None,
        typer.Argument(
            metavar="[OUTPUT_DIR]",
            envvar="LEAKGATE_OUTPUT",
            help="What `check` was given as --output.",
            show_default="target/leakgate in the project",
        ),
    ] = None,
    *,
    config: ConfigPath = None,
    comment: Annotated[
        str | None,
        typer.Option(
            "--comment",
            envvar="LEAKGATE_COMMENT",
            help="When to comment: always, on-change, on-failure or never.",
            show_default="from the config, else always",
        ),
    ] = None,
    store: StoreOption = None,
) -> None:
    """On GitHub, after the tests: comment, complete the check run, save the baseline where this run may.

    A step of its own, because it has the token, which is read from LEAKGATE_TOKEN, else GITHUB_TOKEN. Do not give
    that to `check`: the tests could read it. In a workflow on `workflow_run` it posts what a fork's run has left.

    leakgate publish target/leakgate
    """
    from leakgate import publish as story
    from leakgate.github.context import required
    from leakgate.output import OutputDirectory
    from leakgate.request import read_config

    outcome = os.environ.get("LEAKGATE_OUTCOME", "")
    with real_edges(job_context()) as edges:
        settings = read_config(request(None, config, comment=comment, store=store), edges)
        context = required(edges.context)
        directory = OutputDirectory(output or in_project(edges))
        troubles: list[LeakgateError] = []

        def tell(error: LeakgateError) -> None:
            troubles.append(error)
            warn(error)

        its_job = story.Job(
            context=context,
            edges=edges,
            outcome=outcome or "success",
            check_run=_number("LEAKGATE_CHECK_RUN"),
            directory=directory.path,
            echo=echo,
            say=say,
            warn=tell,
        )
        if context.workflow_run is not None:
            label = os.environ.get("LEAKGATE_ACCEPT_LABEL", settings.accept_label)
            story.publish_for_others(settings.comment, label, its_job)
            return
        # After a check that has not begun, what is in the project's own directory is of an earlier run.
        result, is_there = None, directory.result.exists() and (output is not None or not outcome)
        if is_there or outcome in {"", "success"}:
            try:
                result = directory.read_result()
            except LeakgateError as error:
                if its_job.check_run is None:
                    raise
                tell(error)  # a check run must not be left open
        story.publish(result, directory.snapshot, settings, its_job)
    if troubles:
        raise typer.Exit(ServiceError.exit_code)


def prepare(
    directory: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            envvar="LEAKGATE_PREPARED",
            help="A new directory for what is found; the next step's LEAKGATE_PREPARED is the file in it.",
        ),
    ],
    *,
    config: ConfigPath = None,
    base: Annotated[
        Path | None,
        typer.Option(
            "--base", envvar="LEAKGATE_BASE", help="A baseline to compare with: then none is looked for."
        ),
    ] = None,
    store: StoreOption = None,
) -> None:
    """On GitHub, before the tests: find the baseline, read the accepting label, begin the check run.

    All of it takes a token or the network, and `check`, which runs the pull request's code, gets neither. The
    step's outputs are `prepared`, the file to hand to `check` as LEAKGATE_PREPARED, `check-run` and `key`.

    leakgate prepare "$RUNNER_TEMP/prepared"
    """
    import secrets

    from leakgate import prepare as story
    from leakgate import prepared
    from leakgate.github.context import required
    from leakgate.github.outputs import write_outputs
    from leakgate.request import read_config

    with real_edges(job_context()) as edges:
        settings = read_config(request(None, config, store=store), edges)
        context = required(edges.context)

        def put(**outputs: str) -> None:
            if context.output:
                named = {name.replace("_", "-"): value for name, value in outputs.items()}
                write_outputs(context.output, named, secrets.token_hex(16))

        put(key=edges.key)
        found = story.prepare(
            settings, base, directory.resolve(), edges, begun=lambda run: put(check_run=str(run)), warn=warn
        )
    file = directory.resolve() / "prepared.json"
    prepared.save(file, found)
    put(prepared=str(file))
    say(f"leakgate: {story.describe(found)}")


def _number(variable: str) -> int | None:
    text = os.environ.get(variable, "")
    return int(text) if text.isascii() and text.isdecimal() else None
