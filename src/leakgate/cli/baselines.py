"""The verbs below `leakgate baseline`."""

from pathlib import Path
from typing import Annotated

import typer

from leakgate.cli.options import ConfigPath, KeyOption, StoreOption
from leakgate.cli.streams import note, print_report
from leakgate.cli.world import in_project, job_context, real_edges, request
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
    branch: Annotated[
        str | None,
        typer.Option("--branch", help="The branch of that commit.", show_default="the one that is checked out"),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            help="The job that it is saved for.",
            show_default="$LEAKGATE_KEY, else the job's id, else local",
        ),
    ] = None,
    store: StoreOption = None,
) -> None:
    """Make a snapshot the baseline of later runs: whole, or not saved at all.

    leakgate baseline save target/leakgate/snapshot.json

    leakgate baseline save --store branch --key memory
    """
    from leakgate import keep
    from leakgate.config import StoreName
    from leakgate.reports.words import plural
    from leakgate.request import read_config
    from leakgate.search import store_name

    with real_edges(job_context(), key) as edges:
        settings = read_config(request(None, config, store=store), edges)
        measured = snapshot or in_project(edges, "snapshot.json")
        saved = keep.save(measured, settings, edges, commit=commit, branch=branch)
        to_commit = "; commit that file" if store_name(settings, edges) is StoreName.FILE else ""
    note(f"{plural(saved.tests, 'test')} saved as the baseline in {saved.where}{to_commit}")


@app.command("show")
def baseline_show(*, config: ConfigPath = None, key: KeyOption = None, store: StoreOption = None) -> None:
    """Print the baseline that this checkout would be compared with, and where it comes from.

    leakgate baseline show
    """
    from leakgate import keep
    from leakgate.reports import snapshot_table
    from leakgate.request import read_config

    with real_edges(job_context(), key) as edges:
        base = keep.show(read_config(request(None, config, store=store), edges), edges)
    print_report(snapshot_table.render(base.snapshot, base.side))


@app.command("list")
def baseline_list(
    *,
    config: ConfigPath = None,
    key: KeyOption = None,
    output_format: Annotated[str, typer.Option("--format", help="console or json.")] = "console",
) -> None:
    """List the baselines on the branch, newest first: of one job, or where none is named, of all.

    leakgate baseline list --key memory
    """
    from leakgate import keep
    from leakgate.reports import kept
    from leakgate.request import read_config

    if output_format not in kept.FORMATS:
        raise UsageError(
            f"there is no format `{output_format}` for this", remedy=f"choose: {', '.join(kept.FORMATS)}"
        )
    with real_edges(job_context(), key) as edges:
        found = keep.listed(read_config(request(None, config), edges), edges)
    print_report(kept.FORMATS[output_format](found))


@app.command("prune")
def baseline_prune(
    *,
    config: ConfigPath = None,
    keep: Annotated[
        int | None,
        typer.Option("--keep", min=1, help="Snapshots of each job that stay.", show_default="the config's, 200"),
    ] = None,
) -> None:
    """Take older snapshots off the branch. What they measured stays in its history.

    Nothing is lost that is saved at the same time.

    leakgate baseline prune --keep 100
    """
    from leakgate import keep as keeping
    from leakgate.reports.words import plural
    from leakgate.request import read_config

    with real_edges(job_context()) as edges:
        done = keeping.prune(read_config(request(None, config), edges), keep, edges)
    note(f"{plural(done.dropped, 'snapshot')} taken off the branch, {done.kept:,} left")
