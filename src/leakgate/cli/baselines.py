"""The verbs below `leakgate baseline`."""

from pathlib import Path
from typing import Annotated

import typer

from leakgate.cli.options import ConfigPath
from leakgate.cli.streams import note, print_report
from leakgate.cli.world import in_project, real_edges, request
from leakgate.errors import UsageError

app = typer.Typer(help="Keep the snapshots that later runs are compared with.", rich_markup_mode=None)


@app.command("save")
def baseline_save(
    snapshot: Annotated[
        Path | None,
        typer.Argument(
            metavar="[SNAPSHOT]",
            help="The snapshot of a run.",
            show_default="target/leakgate/snapshot.json in the project",
        ),
    ] = None,
    *,
    config: ConfigPath = None,
    commit: Annotated[
        str | None, typer.Option("--commit", help="The commit it was measured at.", show_default="as recorded")
    ] = None,
    store: Annotated[str, typer.Option("--store", help="Where to: file.")] = "file",
) -> None:
    """Make a snapshot the baseline of later runs: a small file to commit, whole or not written at all.

    leakgate baseline save target/leakgate/snapshot.json
    """
    from leakgate import check as gate
    from leakgate.reports.words import plural

    if store != "file":
        raise UsageError(f"there is no baseline store `{store}`", remedy="choose: file")
    with real_edges() as edges:
        settings = gate.read_config(request(None, config), edges)
        measured = snapshot or in_project(edges, "snapshot.json")
        path, tests = gate.save_baseline(measured, settings, commit, edges)
    note(f"{plural(tests, 'test')} saved as the baseline in {path}; commit that file")


@app.command("show")
def baseline_show(*, config: ConfigPath = None) -> None:
    """Print what the baseline says of each test.

    leakgate baseline show
    """
    from leakgate import check as gate
    from leakgate.reports import snapshot_table

    with real_edges() as edges:
        settings = gate.read_config(request(None, config), edges)
        base, side = gate.find_base(settings, None, edges)
    if base is None or side is None:
        raise UsageError(
            "there is no baseline yet", where=settings.baseline.path, remedy="`leakgate baseline save`"
        )
    print_report(snapshot_table.render(base, side))
