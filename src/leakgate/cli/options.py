"""The options that several verbs share."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_OUTPUT = Path("target/leakgate")
RAW_ARGUMENTS = {"allow_interspersed_args": False}
"""A verb with a command of the user's after it: that one's options are not ours."""

Command = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[-- COMMAND…]",
        help="The command that runs the tests or the program: `cargo test …`, `cargo run …`, `make test` …",
        show_default="from the config, else cargo test",
    ),
]
ConfigPath = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="LEAKGATE_CONFIG",
        help="The config file.",
        show_default="leakgate.yml or .github/leakgate.yml, if there",
    ),
]
LoadOption = Annotated[
    str | None,
    typer.Option(
        "--load",
        envvar="LEAKGATE_LOAD",
        help="The command that drives the program that `cargo run` starts. When it has ended the program gets "
        "SIGTERM, or the config's stop-signal.",
        show_default="the config's; the program ends by itself",
    ),
]
ProfilerName = Annotated[
    str | None,
    typer.Option(
        "--profiler", envvar="LEAKGATE_PROFILER", help="auto, harness, dhat-rs or valgrind.", show_default="auto"
    ),
]
Rounds = Annotated[
    str | None,
    typer.Option(
        "--rounds",
        envvar="LEAKGATE_ROUNDS",
        help="How often the harness runs each test, auto or a number; the last round is judged. auto: a second "
        "time where the first left bytes behind or crossed a limit.",
        show_default="auto",
    ),
]
ValgrindMode = Annotated[
    str | None,
    typer.Option(
        "--valgrind-mode",
        envvar="LEAKGATE_VALGRIND_MODE",
        help="What valgrind counts: heap, copy or ad-hoc; the last two measure totals only.",
        show_default="heap",
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        envvar="LEAKGATE_JOBS",
        min=1,
        help="Tests of a binary that may run at once, each in a process of its own: locks that tests share in "
        "memory hold nobody back then. With dhat-rs, where the code names its profiles by $LEAKGATE_PROFILE or "
        "by the process id.",
        show_default="1",
    ),
]
Repeat = Annotated[
    int | None,
    typer.Option(
        "--repeat",
        envvar="LEAKGATE_REPEAT",
        min=1,
        max=1000,
        help="Measured runs of each test, besides those that warm up.",
        show_default="1",
    ),
]
StatisticName = Annotated[
    str | None,
    typer.Option(
        "--statistic",
        envvar="LEAKGATE_STATISTIC",
        help="Which of the measured runs is judged: last, median, max or p99.",
        show_default="last",
    ),
]
TimeLimit = Annotated[
    str | None,
    typer.Option(
        "--time-limit",
        envvar="LEAKGATE_TIME_LIMIT",
        help="How long one run of one test may take: '90 s', '10 min', '1 h' or none.",
        show_default="10 min",
    ),
]
Formats = Annotated[
    list[str] | None,
    typer.Option("--format", help="What to print: console, markdown or json.", show_default="console"),
]
KeyOption = Annotated[
    str | None,
    typer.Option(
        "--key",
        help="The job whose baselines are meant: its key in the workflow.",
        show_default="$LEAKGATE_KEY, else the job's id, else the only job that has saved any",
    ),
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar="LEAKGATE_STORE",
        help="Where baselines are kept: branch, file, artifact or rebuild.",
        show_default="the config's, else file if .leakgate/baseline.json is there, else branch in GitHub Actions",
    ),
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard",
        envvar="LEAKGATE_SHARD",
        metavar="N/M",
        help="Which shard of the suite the command runs, such as 2/4: the snapshot is then a part for "
        "`leakgate check --head`. In the action also auto.",
        show_default="nextest's --partition, else the whole suite",
    ),
]
