"""Several runs of one test as one measurement."""

from hypothesis import given
from hypothesis import strategies as st

from factories import snapshot
from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Measurement, Snapshot, Spread
from leakgate.snapshot.repeats import merge_runs, share_sites
from leakgate.snapshot.stored import dump, parse
from leakgate.statistic import Statistic

RUNS = [
    snapshot(
        "s3 put: gmax=900 end=30",
        "  s3::put src/lib.rs:9 via alloc::push: gmax=800 end=10",
        "  s3::log src/log.rs:5: gmax=50 end=20",
    ),
    snapshot("s3 put: gmax=700 end=0", "  s3::put src/lib.rs:9 via alloc::push: gmax=700 end=0"),
    snapshot(
        "s3 put: gmax=800 end=50",
        "  s3::put src/lib.rs:9 via alloc::push: gmax=790 end=0",
        "  s3::late src/late.rs:7: gmax=10 end=50",
    ),
]
SPREAD = {
    Metric.T_GMAX_BYTES: Spread(runs=3, lowest=700, highest=900),
    Metric.T_END_BYTES: Spread(runs=3, lowest=0, highest=50),
}


def merged(statistic: Statistic) -> Measurement:
    return merge_runs([run.tests[0] for run in RUNS], statistic)


def figures(measurement: Measurement) -> dict[str, tuple[int, ...]]:
    order = (Metric.T_GMAX_BYTES, Metric.T_END_BYTES)
    sites = {site.function: tuple(site.counts[metric] for metric in order) for site in measurement.sites}
    return {"": tuple(measurement.metrics[metric] for metric in order), **sites}


def test_each_metric_and_its_sites_are_of_the_run_that_has_its_statistic() -> None:
    assert figures(merged(Statistic.LAST)) == {"": (800, 50), "s3::late": (10, 50), "s3::put": (790, 0)}
    assert figures(merged(Statistic.MEDIAN)) == {
        "": (800, 30),
        "s3::log": (0, 20),
        "s3::put": (790, 10),
        "s3::late": (10, 0),
    }
    assert figures(merged(Statistic.MAX)) == {
        "": (900, 50),
        "s3::late": (0, 50),
        "s3::put": (800, 0),
        "s3::log": (50, 0),
    }
    assert merged(Statistic.P99) == merged(Statistic.MAX)


def test_the_spread_of_all_runs_is_kept_whatever_the_statistic() -> None:
    assert {statistic: merged(statistic).spread for statistic in Statistic} == dict.fromkeys(Statistic, SPREAD)


def test_a_single_run_is_what_it_was() -> None:
    assert merge_runs(RUNS[0].tests, Statistic.MAX) is RUNS[0].tests[0]


def test_what_a_run_has_in_common_with_the_one_before_is_in_memory_once() -> None:
    before = RUNS[0].tests[0]
    [run] = snapshot(
        "s3 put: gmax=950 end=30",
        "  s3::put src/lib.rs:9 via alloc::push: gmax=850 end=10",
        "  s3::log src/log.rs:5: gmax=50 end=20",
        "  s3::new src/new.rs:5: gmax=50 end=0",
    ).tests

    shared = share_sites(run, before)

    assert shared == run
    assert shared.sites[0].stack is before.sites[0].stack  # its counts are other ones
    assert shared.sites[1] is before.sites[1]


def test_a_metric_counts_over_the_runs_that_measured_it() -> None:
    runs = [*snapshot("s3 put: gmax=5 end=1").tests, *snapshot("s3 put: end=2").tests]
    both = merge_runs(runs, Statistic.LAST)
    assert both.metrics == {Metric.T_GMAX_BYTES: 5, Metric.T_END_BYTES: 2}
    assert [spread.runs for spread in both.spread.values()] == [1, 2]


counts = st.fixed_dictionaries({"gmax": st.integers(0, 9), "end": st.integers(0, 9)})


@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), counts, min_size=1), min_size=1), st.sampled_from(Statistic)
)
def test_sites_never_hold_more_than_their_test(
    runs: list[dict[str, dict[str, int]]], statistic: Statistic
) -> None:
    def run(sites: dict[str, dict[str, int]]) -> Snapshot:
        totals = {name: sum(site[name] for site in sites.values()) for name in ("gmax", "end")}
        lines = [f"  s3::{name} src/lib.rs:1: gmax={s['gmax']} end={s['end']}" for name, s in sites.items()]
        return snapshot(f"s3 put: gmax={totals['gmax']} end={totals['end']}", *lines)

    measurement = merge_runs([run(sites).tests[0] for sites in runs], statistic)

    for metric, total in measurement.metrics.items():
        assert sum(site.counts[metric] for site in measurement.sites) == total
    stored = parse(dump(Snapshot(fingerprint={}, tests=(measurement,))), "stored")
    assert (stored.tests[0].metrics, stored.tests[0].spread) == (measurement.metrics, measurement.spread)
