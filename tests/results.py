"""Results from literals: one with all that a comparison can know, one with a hostile name in all its texts."""

from msgspec import structs

from leakgate.comparison.result import (
    AcceptedGrowth,
    Cause,
    Evidence,
    FailedTest,
    IgnoredGrowth,
    MetricResult,
    Place,
    Result,
    Side,
    SiteResult,
    Status,
    TestResult,
    Verdict,
)
from leakgate.dhat.profile import Metric

GMAX, END = Metric.T_GMAX_BYTES, Metric.T_END_BYTES


def everywhere(name: str) -> Result:
    """A result that has `name` wherever a result has text, as the code under test could write it."""
    row = MetricResult(
        base=1000,
        head=900_000,
        delta=899_000,
        ratio=900.0,
        status=Status.FAIL,
        grown=True,
        limit=name or "–",
        trend=(1, 2, 3),
    )
    site = SiteResult(
        function=name or " ",
        file=name,
        line=3,
        renamed_from=name,
        cause=Cause.UNFINISHED_TASK,
        evidence=Evidence(
            metric=GMAX, alive=3, allocated=4, at=Place(function=name, file=name, line=5), through=name or None
        ),
        forgets=name,
        base={},
        head={GMAX: 9},
        delta={GMAX: 9},
        stack=(name, f"f ({name}:7)"),
        own_frames=(0, 1, 7),
    )
    crossed = TestResult(
        name=name, status=Status.FAIL, units=(name, name), metrics={GMAX: row, END: row}, sites=(site, site)
    )
    quiet_row = structs.replace(row, status=Status.PASS)
    others = tuple(
        structs.replace(crossed, status=status, metrics={GMAX: quiet_row}, sites=())
        for status in (Status.NEW, Status.PASS)
    )
    gone = structs.replace(crossed, status=Status.GONE, metrics={}, sites=())
    no_metrics = structs.replace(crossed, metrics={})
    return Result(
        verdict=Verdict.FAIL,
        base_missing=f"No `{name}` and no {name}",
        problems=(name, f"A problem with `{name}` and {name}"),
        warnings=(name, f"A warning of `{name}` and {name}"),
        notes=(name, f"A note on `{name}` and {name}"),
        base=Side(
            commit=name, requested=f"{name}.", distance=3, store="branch", source=name, fingerprint={name: name}
        ),
        head=Side(commit=name, fingerprint={name: f"{name}.", "profiler": name}),
        command=name,
        tests=(crossed, crossed, no_metrics, *others, gone),
        unmeasured=(name,),
        failed=(FailedTest(name=name, reason=name),),
        ignored=(IgnoredGrowth(rule=name, reason=name, expires=name, tests=1, t_end_bytes=1),),
        accepted=(
            AcceptedGrowth(test=name, metric=GMAX, value=9, source="label", label=name, by=name),
            AcceptedGrowth(test=name, metric=END, value=9, source=name, up_to=9, reason=name, expires=name),
        ),
    )


def caused_test() -> TestResult:
    """More sites than are shown: with a cause and without, new, renamed, forgetting, of a library."""
    end, gmax = Metric.T_END_BYTES, Metric.T_GMAX_BYTES
    end_blocks, gmax_blocks = Metric.T_END_BLOCKS, Metric.T_GMAX_BLOCKS

    def counts(at_end: int, at_peak: int, blocks: tuple[int, int]) -> dict[Metric, int]:
        return {gmax: at_peak, end: at_end, gmax_blocks: blocks[1], end_blocks: blocks[0]}

    spawned = Place(function="shop::server::serve", file="src/server.rs", line=42)
    task = SiteResult(
        function="shop::server::Connection::run",
        file="src/server/connection.rs",
        line=17,
        cause=Cause.UNFINISHED_TASK,
        evidence=Evidence(
            metric=gmax_blocks, alive=40, allocated=40, at=spawned, through="tokio::task::spawn::spawn"
        ),
        base={},
        head=counts(204_800, 409_600, (20, 40)),
        delta=counts(204_800, 409_600, (20, 40)),
        stack=(
            "⋯ 7 bytes frames",
            "bytes::bytes::Bytes::copy_from_slice (bytes-1.12.1/src/bytes.rs:348)",
            "shop::server::Connection::run (src/server/connection.rs:17)",
            "⋯ 14 tokio frames",
            "shop::server::serve (src/server.rs:42)",
            "⋯ 9 library frames",
        ),
        own_frames=(2, 4),
    )
    cycle = SiteResult(
        function="shop::session::Session::watch",
        file="src/session.rs",
        line=31,
        renamed_from="shop::session::Session::observe",
        cause=Cause.REFERENCE_CYCLE,
        evidence=Evidence(metric=end_blocks, alive=1, allocated=1),
        base=counts(0, 100, (0, 1)),
        head=counts(4096, 4196, (1, 2)),
        delta=counts(4096, 4096, (1, 1)),
        stack=("shop::session::Session::watch (src/session.rs:31)",),
        own_frames=(0,),
    )
    forgotten = structs.replace(
        cycle,
        function="shop::names::intern",
        file="src/names.rs",
        line=8,
        renamed_from=None,
        cause=None,
        evidence=None,
        forgets="Box::leak",
        head=counts(2048, 2048, (0, 1)),
        delta=counts(2048, 1948, (0, 0)),
    )
    dependency = SiteResult(
        function="hyper::server::conn::Http::serve",
        file=None,
        line=None,
        own=False,
        cause=None,
        base={},
        head=counts(1024, 1024, (1, 1)),
        delta=counts(1024, 1024, (1, 1)),
        stack=("⋯ 30 hyper frames",),
    )
    small = [
        structs.replace(dependency, function=f"shop::small_{n}", file="src/small.rs", line=n, own=True)
        for n in (1, 2, 3)
    ]
    peak = structs.replace(
        task,
        function="shop::import::read_all",
        file="src/import.rs",
        line=77,
        cause=Cause.GROWING_COLLECTION,
        evidence=Evidence(metric=gmax_blocks, alive=1, allocated=19),
        base=counts(0, 524_288, (0, 1)),
        head=counts(0, 1_048_576, (0, 1)),
        delta=counts(0, 524_288, (0, 0)),
    )
    base = {gmax: 600_000, end: 64, gmax_blocks: 60, end_blocks: 1}
    delta = {gmax: 945_000, end: 220_000, gmax_blocks: 44, end_blocks: 25}
    metrics = {
        metric: MetricResult(
            base=base[metric],
            head=base[metric] + delta[metric],
            delta=delta[metric],
            ratio=(base[metric] + delta[metric]) / base[metric],
            status=Status.FAIL if metric in {gmax, end} else Status.PASS,
            grown=metric in {gmax, end},
            limit={gmax: "1.5× and +4 KiB", end: "1.5× and +64 B"}.get(metric),
        )
        for metric in Metric
        if metric in base
    }
    return TestResult(
        name="shop server::tests::serves_forty_clients",
        status=Status.FAIL,
        units=("bytes", "blocks"),
        metrics=metrics,
        sites=(task, cycle, forgotten, dependency, *small, peak),
    )
