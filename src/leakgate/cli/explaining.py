"""The verb that tells all about one test."""

from pathlib import Path
from typing import Annotated

import typer

from leakgate.cli.streams import print_report, screen
from leakgate.cli.world import in_project, real_edges
from leakgate.errors import UsageError


def explain(
    test: Annotated[
        str, typer.Argument(metavar="TEST", help="The test: its id, a glob or a part of the id that is only its.")
    ],
    *,
    result: Annotated[
        Path | None,
        typer.Option(
            "--result",
            help="The result to read, with its snapshot beside it.",
            show_default="target/leakgate/result.json in the project",
        ),
    ] = None,
    form: Annotated[str, typer.Option("--format", help="What to print: console or markdown.")] = "console",
) -> None:
    """Tell all that the last check knows of one test: every site with its stack, the likely cause, what to try.

    The comment names five sites of a test; this names up to fifty, with the bytes and blocks of both sides. Of a
    test that crossed no limit it says what the test is made of. It reads files, and builds and measures nothing.

    leakgate explain put_many

    leakgate explain "shop tests::put_many" --format markdown
    """
    from leakgate import explaining
    from leakgate.reports import console_explanation, markdown_explanation

    if form not in {"console", "markdown"}:
        raise UsageError(f"there is no format `{form}`", remedy="choose among: console, markdown")
    with real_edges() as edges:
        told = explaining.explain(test, result or in_project(edges, "result.json"), edges.now.date())
    if form == "markdown":
        print_report(markdown_explanation.render(told))
        return
    width, color = screen()
    print_report(console_explanation.render(told, width=width, color=color))
