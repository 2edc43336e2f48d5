"""What the user asked for goes before what the config file says, and that before the defaults."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from factories import no_git
from leakgate.config import DEFAULT, CommentMode, Limit, StoreName
from leakgate.dhat.profile import Metric
from leakgate.edges import Edges
from leakgate.errors import ConfigError, LeakgateError, UsageError
from leakgate.git.checkout import Checkout
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.suite import Progress, SuiteRequest, SuiteRun
from leakgate.request import Request, read_config
from leakgate.statistic import Statistic


def profiler(request: SuiteRequest, progress: Progress, start: ProcessRunner = run) -> SuiteRun:
    del progress, start
    pytest.fail(f"run: {request}")


@pytest.fixture
def edges(tmp_path: Path) -> Edges:
    return Edges(
        cwd=tmp_path,
        root=tmp_path,
        env={},
        git=Checkout(no_git),
        profilers={"auto": profiler, "other": profiler},
        progress=lambda _event: None,
        note=pytest.fail,
        now=datetime(2026, 5, 1, tzinfo=UTC),
    )


def test_without_a_config_file_the_defaults_hold(edges: Edges) -> None:
    assert read_config(Request(), edges) == DEFAULT


def test_options_go_before_inline_limits_go_before_the_file(edges: Edges) -> None:
    (edges.cwd / "leakgate.yml").write_text(
        "version: 1\ncommand: cargo test --workspace\njobs: 2\ncomment: never\n"
        "limits: {t-end: {ratio: 3, min-delta: 1 KiB}, t-gmax: {ratio: 4}}\n"
    )

    from_file = read_config(Request(), edges)
    with_all = read_config(
        Request(
            command=("cargo", "run"), profiler="other", jobs=5, comment="on-failure", limits="t-end: {ratio: 9}"
        ),
        edges,
    )

    assert (from_file.command, from_file.jobs, from_file.comment, from_file.source) == (
        ("cargo", "test", "--workspace"),
        2,
        CommentMode.NEVER,
        "leakgate.yml",
    )
    assert from_file.limits[Metric.T_END_BYTES] == Limit(ratio=3, min_delta=1024)
    assert with_all == replace(
        from_file,
        command=("cargo", "run"),
        profiler="other",
        jobs=5,
        comment=CommentMode.ON_FAILURE,
        limits={**from_file.limits, Metric.T_END_BYTES: Limit(ratio=9, min_delta=1024)},
    )


def test_a_config_file_is_found_in_its_places_and_the_one_asked_for_wins(edges: Edges) -> None:
    def source(config: str | None = None) -> str | None:
        return read_config(Request(config=Path(config) if config else None), edges).source

    for name in ("mine.yml", ".github/leakgate.yml", "leakgate.yml"):
        (edges.cwd / name).parent.mkdir(exist_ok=True)
        (edges.cwd / name).write_text("version: 1\n")
        expected = None if name == "mine.yml" else name
        assert source() == expected
    assert source("mine.yml") == "mine.yml"


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (
            Request(profiler="heaptrack"),
            UsageError,
            "there is no profiler `heaptrack`\n  help: choose one of: auto, other",
        ),
        (
            Request(comment="sometimes"),
            UsageError,
            "there is no comment mode `sometimes`\n  help: choose one of: always, on-change, on-failure, never",
        ),
        (
            Request(store="s3"),
            UsageError,
            "there is no baseline store `s3`\n  help: choose one of: file, branch, artifact, rebuild",
        ),
        (
            Request(rounds="11"),
            UsageError,
            "--rounds: `11` is not a number of rounds\n  help: auto, or 1 to 10",
        ),
        (
            Request(valgrind_mode="cpoy"),
            UsageError,
            "there is no valgrind mode `cpoy`\n  help: choose one of: heap, copy, ad-hoc",
        ),
        (
            Request(valgrind_mode="copy", profiler="auto"),
            UsageError,
            (
                "the valgrind mode `copy` means nothing to the profiler `auto`\n"
                "  help: choose `--profiler valgrind`, or leave the mode out"
            ),
        ),
        (Request(rounds="0"), UsageError, "--rounds: `0` is not a number of rounds\n  help: auto, or 1 to 10"),
        (
            Request(statistic="mean"),
            UsageError,
            "there is no statistic `mean`\n  help: choose one of: last, median, max, p99",
        ),
        (
            Request(statistic="p99"),
            UsageError,
            "`p99` of a single run is that run\n  help: say with `repeat` how many runs each test has",
        ),
        (
            Request(time_limit="soon"),
            UsageError,
            (
                "--time-limit: `soon` is not a time\n"
                "  help: for example `90 s`, `10 min` or `1 h`, or `none` for any time"
            ),
        ),
        (Request(config=Path("none.yml")), UsageError, "none.yml: the config file is not there"),
        (Request(config=Path("x" * 5000)), UsageError, f"{'x' * 5000}: the config file is not there"),
        (
            Request(limits="t-end: {ratoi: 2}"),
            ConfigError,
            "--limits:1:9: unknown key `ratoi`\n  help: did you mean `ratio`?",
        ),
    ],
)
def test_what_cannot_be_asked_for(
    edges: Edges, request_: Request, error: type[LeakgateError], message: str
) -> None:
    with pytest.raises(error) as caught:
        read_config(request_, edges)

    assert str(caught.value) == message


def test_the_store_that_is_asked_for_leaves_the_rest_of_the_files_as_it_is(edges: Edges) -> None:
    (edges.cwd / "leakgate.yml").write_text("version: 1\nbaseline: {store: file, branch: memory, keep: 7}\n")
    from_file = read_config(Request(), edges).baseline
    asked = read_config(Request(store="branch"), edges).baseline
    assert (from_file.store, from_file.branch, from_file.keep) == (StoreName.FILE, "memory", 7)
    assert asked == replace(from_file, store=StoreName.BRANCH)


def test_the_load_that_is_asked_for_takes_the_place_of_the_files(edges: Edges) -> None:
    (edges.cwd / "leakgate.yml").write_text("version: 1\nload: ./load.sh --quick\nstop-grace: 5\n")
    from_file = read_config(Request(), edges)
    asked = read_config(Request(load=("./other.sh",)), edges)
    assert (from_file.load, from_file.stop_grace) == (("./load.sh", "--quick"), 5)
    assert asked == replace(from_file, load=("./other.sh",))


@pytest.mark.parametrize("rounds", ["auto", "1", "10"])
def test_rounds_that_can_be_asked_for(edges: Edges, rounds: str) -> None:
    (edges.cwd / "leakgate.yml").write_text("version: 1\nrounds: 3\n")
    assert read_config(Request(rounds=rounds), edges).rounds == rounds
    assert read_config(Request(), edges).rounds == "3"


def test_how_often_and_how_long_a_test_runs_can_be_asked_for(edges: Edges) -> None:
    (edges.cwd / "leakgate.yml").write_text(
        "version: 1\nrepeat: 20\nstatistic: p99\nconfirm: 3\ntime-limit: none\n"
    )

    def asked(**fields: object) -> tuple[object, ...]:
        config = read_config(Request(**fields), edges)  # type: ignore[arg-type]  # as given
        return config.repeat, config.statistic, config.confirm, config.time_limit

    assert asked() == (20, Statistic.P99, 3, None)
    assert asked(repeat=5, statistic="max", confirm=0, time_limit="2 min") == (5, Statistic.MAX, 0, 120)
    assert asked(repeat=1) == (1, Statistic.P99, 3, None)


def test_the_config_is_the_roots_also_from_a_subdirectory(edges: Edges) -> None:
    (edges.root / "leakgate.yml").write_text("version: 1\njobs: 2\n")
    (edges.root / "crates").mkdir()
    (edges.root / "crates/mine.yml").write_text("version: 1\njobs: 3\n")
    below = replace(edges, cwd=edges.root / "crates")
    assert read_config(Request(), below).jobs == 2
    assert read_config(Request(config=Path("mine.yml")), below).jobs == 3


def test_an_entry_that_has_expired_today_is_told_by_the_worlds_clock(edges: Edges) -> None:
    (edges.cwd / "leakgate.yml").write_text(
        "version: 1\naccept: [{test: '*', up-to: {t-end: 1 B}, reason: x, expires: 2026-04-30}]\n"
    )
    [late] = read_config(Request(), edges).accept
    [still] = read_config(Request(), replace(edges, now=datetime(2026, 4, 30, 23, 59, tzinfo=UTC))).accept
    assert (late.expired, still.expired) == (True, False)
