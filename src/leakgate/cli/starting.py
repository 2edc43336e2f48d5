"""The verbs for whoever begins: what leakgate would do in a project, and the files that make it do so."""

from typing import Annotated

import typer

from leakgate.cli.options import Command, ConfigPath, KeyOption, ProfilerName, StoreOption
from leakgate.cli.streams import note, print_report, screen
from leakgate.cli.world import real_edges, request
from leakgate.errors import UsageError


def doctor(
    *,
    command: Command = None,
    config: ConfigPath = None,
    profiler: ProfilerName = None,
    store: StoreOption = None,
    key: KeyOption = None,
    output_format: Annotated[str, typer.Option("--format", help="What to print: console or json.")] = "console",
) -> None:
    """Tell what `check` would build and run here, with which profiler and why, and what is missing.

    Compiles nothing, runs none of the project's code and uses no network. Exits with 0 where a check would measure
    something, else with the exit code that it would end with.

    leakgate doctor -- cargo test --workspace
    """
    from leakgate.doctor import examination, rendering

    if output_format not in rendering.FORMATS:
        names = ", ".join(rendering.FORMATS)
        raise UsageError(f"there is no format `{output_format}` for this", remedy=f"choose: {names}")
    with real_edges(job_key=key) as edges:
        found = examination.examine(request(command, config, profiler=profiler, store=store), edges)
    width, color = screen()
    print_report(rendering.render(found, output_format, width=width, color=color))
    raise typer.Exit(found.exit_code)


def init(
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
) -> None:
    """Write leakgate.yml and the workflow that gates pull requests. Asks nothing, and replaces nothing.

    leakgate init
    """
    from leakgate import init as beginning

    with real_edges() as edges:
        project = beginning.discover(edges)
        new = beginning.new_files(project)
        beginning.write(project, new, force=force)
    written = beginning.places(project, new, edges.cwd)
    for place in written:
        note(f"{place} written")
    print_report(beginning.next_steps(project, written))
