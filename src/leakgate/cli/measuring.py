"""The verbs that measure and compare: check, profile, calibrate, compare, and the demo of them."""

import os
from pathlib import Path
from typing import Annotated

import typer

from leakgate.cli.options import (
    DEFAULT_OUTPUT,
    Command,
    ConfigPath,
    Formats,
    Jobs,
    KeyOption,
    LoadOption,
    ProfilerName,
    Repeat,
    Rounds,
    ShardOption,
    StatisticName,
    StoreOption,
    TimeLimit,
    ValgrindMode,
)
from leakgate.cli.streams import (
    annotate,
    chosen_formats,
    note,
    print_report,
    render,
    tell_github,
    tell_github_of_part,
)
from leakgate.cli.world import in_project, job_context_if_known, real_edges, request
from leakgate.errors import MeasurementError, UsageError


def check(
    *,
    command: Command = None,
    config: ConfigPath = None,
    base: Annotated[
        Path | None,
        typer.Option(
            "--base",
            envvar="LEAKGATE_BASE",
            help="The baseline: a snapshot, a DHAT file or a directory of DHAT files.",
            show_default="what the store has",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            envvar="LEAKGATE_OUTPUT",
            help="Where result.json, snapshot.json, comment.md and the profiles go.",
            show_default="target/leakgate in the project",
        ),
    ] = None,
    load: LoadOption = None,
    profiler: ProfilerName = None,
    rounds: Rounds = None,
    valgrind_mode: ValgrindMode = None,
    jobs: Jobs = None,
    repeat: Repeat = None,
    statistic: StatisticName = None,
    confirm: Annotated[
        int | None,
        typer.Option(
            "--confirm",
            envvar="LEAKGATE_CONFIRM",
            min=0,
            max=10,
            help="How often a test that crossed a limit is measured again, alone, before it fails.",
            show_default="2",
        ),
    ] = None,
    time_limit: TimeLimit = None,
    limits: Annotated[
        str | None,
        typer.Option("--limits", envvar="LEAKGATE_LIMITS", help="Limits as YAML: 't-end: {max: 1 MiB}'."),
    ] = None,
    store: StoreOption = None,
    key: KeyOption = None,
    formats: Formats = None,
    head: Annotated[
        list[Path] | None,
        typer.Option(
            "--head",
            envvar="LEAKGATE_HEAD",
            help="Run nothing: join the parts that `leakgate profile --shard` has left here, each a file or in a "
            "directory. May be given several times.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Profile the tests, compare with the baseline, report; exit 1 when a limit was crossed.

    Without a baseline the run is measured and kept, and nothing is judged but absolute limits. Save it:

        leakgate check -- cargo test

        leakgate baseline save target/leakgate/snapshot.json
    """
    from leakgate import check as gate
    from leakgate import prepared
    from leakgate.output import OutputDirectory
    from leakgate.request import read_config
    from leakgate.shards import read_parts

    names = chosen_formats(formats)
    context = job_context_if_known()
    asked = request(
        command,
        config,
        load=load,
        profiler=profiler,
        rounds=rounds,
        valgrind_mode=valgrind_mode,
        jobs=jobs,
        repeat=repeat,
        statistic=statistic,
        confirm=confirm,
        time_limit=time_limit,
        limits=limits,
        store=store,
    )
    if head and asked.command:
        raise UsageError(
            "there is a command, and with --head nothing is run", remedy="the jobs that measure get the command"
        )
    parts = read_parts(head) if head else ()
    with real_edges(context, key) as edges:
        settings = read_config(asked, edges)
        directory = OutputDirectory(output or in_project(edges))
        known = prepared.load(Path(path)) if (path := os.environ.get("LEAKGATE_PREPARED")) else None
        found = gate.find_base(settings, base, known, directory, edges)
        if parts:
            result = gate.check_parts(parts, settings, found, directory, edges)
        else:
            result = gate.check(settings, found, directory, edges)
    print_report(render(result, names))
    tell_github(result, directory, context)
    raise typer.Exit(gate.exit_code(result, settings))


def profile(
    *,
    command: Command = None,
    config: ConfigPath = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="The snapshot to write. Of a shard it may be a directory: whatever does not end in .json.",
            show_default="target/leakgate/snapshot.json in the project",
        ),
    ] = None,
    keep_profiles: Annotated[
        Path | None,
        typer.Option("--keep-profiles", help="Also keep the tests' DHAT files here, for dhat's viewer."),
    ] = None,
    load: LoadOption = None,
    profiler: ProfilerName = None,
    rounds: Rounds = None,
    valgrind_mode: ValgrindMode = None,
    jobs: Jobs = None,
    repeat: Repeat = None,
    statistic: StatisticName = None,
    time_limit: TimeLimit = None,
    shard: ShardOption = None,
) -> None:
    """Profile the tests and write a snapshot; compare and judge nothing.

    leakgate profile --output base.json -- cargo test
    """
    from leakgate import check as gate
    from leakgate.reports.words import plural
    from leakgate.request import read_config
    from leakgate.shards import shard_name, shard_of

    part = shard_name(shard, os.environ) if shard else None
    context = job_context_if_known()
    asked = request(
        command,
        config,
        load=load,
        profiler=profiler,
        rounds=rounds,
        valgrind_mode=valgrind_mode,
        jobs=jobs,
        repeat=repeat,
        statistic=statistic,
        time_limit=time_limit,
    )
    with real_edges(context) as edges:
        settings = read_config(asked, edges)
        part = shard_of(settings.command, part)
        if part and (output is None or output.suffix != ".json"):
            output = part.file_in(output or in_project(edges))
        output = output or in_project(edges, "snapshot.json")
        measured = gate.profile(settings, output, keep_profiles, edges, part)
    tests = plural(len(measured.snapshot.tests), "test")
    said = f"{f'{part}: ' if part else ''}{tests} measured, {len(measured.snapshot.unmeasured)} not"
    note(f"{said}: {output}")
    if part and context:
        tell_github_of_part(output, part, edges.key, said, context)
    for remark in measured.notes:
        note(f"note: {remark}")
    for problem in measured.problems:
        note(f"error: {problem}")
        annotate(MeasurementError(problem))
    if measured.problems:
        raise typer.Exit(MeasurementError.exit_code)


def calibrate(
    *,
    command: Command = None,
    config: ConfigPath = None,
    runs: Annotated[int, typer.Option("--runs", min=2, max=100, help="How often the tests are measured.")] = 5,
    load: LoadOption = None,
    profiler: ProfilerName = None,
    rounds: Rounds = None,
    valgrind_mode: ValgrindMode = None,
    jobs: Jobs = None,
    repeat: Repeat = None,
    statistic: StatisticName = None,
    time_limit: TimeLimit = None,
    form: Annotated[
        str, typer.Option("--format", help="What to print: console, or yaml, which is the proposal alone.")
    ] = "console",
) -> None:
    """Measure the same tests several times, and propose limits with room for what moved by itself.

    leakgate calibrate -- cargo test

    leakgate calibrate --runs 10 --format yaml
    """
    from leakgate import calibrating
    from leakgate.output import OutputDirectory
    from leakgate.reports import calibration
    from leakgate.request import read_config

    forms = {"console": calibration.render, "yaml": calibration.render_yaml}
    if form not in forms:
        raise UsageError(f"there is no form `{form}` of this", remedy=f"choose one of: {', '.join(forms)}")
    asked = request(
        command,
        config,
        load=load,
        profiler=profiler,
        rounds=rounds,
        valgrind_mode=valgrind_mode,
        jobs=jobs,
        repeat=repeat,
        statistic=statistic,
        time_limit=time_limit,
    )
    with real_edges() as edges:
        found = calibrating.calibrate(read_config(asked, edges), runs, OutputDirectory(in_project(edges)), edges)
    print_report(forms[form](found))


def compare(
    base: Annotated[
        Path, typer.Argument(metavar="BASE", help="A snapshot, a DHAT file or a directory of DHAT files.")
    ],
    head: Annotated[Path, typer.Argument(metavar="HEAD", help="The same, measured later.")],
    *,
    config: ConfigPath = None,
    formats: Formats = None,
    output: Annotated[Path | None, typer.Option("--output", help="Write the report to this file.")] = None,
) -> None:
    """Compare two stored measurements and judge them like `check`.

    leakgate compare base/dhat-heap.json head/dhat-heap.json --format markdown
    """
    from leakgate import check as gate
    from leakgate.request import read_config

    names = chosen_formats(formats)
    with real_edges() as edges:
        settings = read_config(request(None, config), edges)
        result = gate.compare_files(base, head, settings)
    text = render(result, names, to_file=output is not None)
    if output is None:
        print_report(text)
    else:
        from leakgate.files import save

        save(output, text.encode())
    raise typer.Exit(gate.exit_code(result, settings))


def demo(
    *,
    output: Annotated[
        Path, typer.Option("--output", help="Where the demo's profiles and the comment go.")
    ] = DEFAULT_OUTPUT / "demo",
) -> None:
    """Show the gate at work: the example service before and after a leak, and the comment it gets.

    leakgate demo
    """
    from leakgate import demo as show

    with real_edges() as edges:
        show.run(output, edges, print_report)
