"""The verbs that a workflow's own steps call, around the one that measures."""

import os
from pathlib import Path
from typing import Annotated

import typer

from leakgate.cli.options import ConfigPath
from leakgate.cli.streams import echo
from leakgate.cli.world import in_project, real_edges, request


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
) -> None:
    """On GitHub, comment on the pull request what `check` found, in a step of its own that has the token.

    The token is read from LEAKGATE_TOKEN, else GITHUB_TOKEN. Do not give it to `check`: the tests could read it.

    leakgate publish target/leakgate
    """
    from leakgate import check as gate
    from leakgate.github import job
    from leakgate.output import OutputDirectory
    from leakgate.reports import markdown

    with real_edges() as edges:
        settings = gate.read_config(request(None, config, comment=comment), edges)
    context = job.required_context(os.environ)
    result = OutputDirectory(output or in_project(edges)).read_result()
    body = markdown.render(result)
    job.comment(result, body, settings.comment, context, env=os.environ, echo=echo)
