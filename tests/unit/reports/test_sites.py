"""Which sites a report shows; with what is left over they are always the test's figures."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from leakgate.comparison.result import MetricResult, SiteResult, Status, TestResult
from leakgate.dhat.profile import Metric
from leakgate.reports.sites import is_new, shown_sites, site_blocks, site_figure, site_value, worst_sites

GMAX, END = Metric.T_GMAX_BYTES, Metric.T_END_BYTES
GMAX_BLOCKS, END_BLOCKS = Metric.T_GMAX_BLOCKS, Metric.T_END_BLOCKS


def row(delta: int, *, crossed: bool = True, grown: bool = True) -> MetricResult:
    status = Status.FAIL if crossed else Status.PASS
    return MetricResult(base=0, head=delta, delta=delta, ratio=None, status=status, grown=grown, limit="1.5×")


def site(name: str | None, **delta: int) -> SiteResult:
    counts = {Metric(metric.replace("_", "-")): value for metric, value in delta.items()}
    return SiteResult(
        function=name, file=None, line=None, cause=None, base={}, head=counts, delta=counts, stack=()
    )


def grown(metrics: Mapping[Metric, MetricResult], *sites: SiteResult) -> TestResult:
    return TestResult(name="t", status=Status.FAIL, units=("bytes", "blocks"), metrics=metrics, sites=sites)


def names(test: TestResult, most: int) -> list[str | None]:
    return [each.function for each in shown_sites(test, most).sites]


def test_the_worst_of_each_metric_is_never_left_out() -> None:
    leaks = [site(f"leak{n}", t_end_bytes=10 - n) for n in range(6)]
    test = grown({GMAX: row(900), END: row(45)}, *leaks, site("peak", t_gmax_bytes=900))
    assert names(test, 5) == ["leak0", "leak1", "leak2", "leak3", "peak"]
    shown = shown_sites(test, 5)
    assert [(metric, each.function) for metric, each in worst_sites(shown, test)] == [
        (END, "leak0"),
        (GMAX, "peak"),
    ]
    assert shown.left_out == 2


def test_a_site_that_is_worst_twice_is_named_once_and_as_a_leak() -> None:
    test = grown({GMAX: row(9), END: row(9)}, site("a", t_gmax_bytes=9, t_end_bytes=9))
    assert [(metric, each.function) for metric, each in worst_sites(shown_sites(test), test)] == [(END, "a")]


def test_what_is_left_over_is_nothing_where_all_is_shown() -> None:
    test = grown({GMAX: row(9)}, site("a", t_gmax_bytes=9))
    assert shown_sites(test).rest is None


@given(
    st.lists(st.tuples(st.integers(0, 99), st.integers(-99, 99)), max_size=12),
    st.integers(-99, 99),
    st.integers(1, 6),
)
def test_what_is_shown_adds_up(counts: list[tuple[int, int]], beside: int, most: int) -> None:
    sites = [site(f"f{n}", t_gmax_bytes=gmax, t_end_bytes=end) for n, (gmax, end) in enumerate(counts)]
    totals = {GMAX: sum(gmax for gmax, _ in counts) + beside, END: sum(end for _, end in counts) - beside}
    test = grown({metric: row(total) for metric, total in totals.items()}, *sites)
    shown = shown_sites(test, most)
    everything = (*shown.sites, *([shown.rest] if shown.rest else []))
    assert len(shown.sites) == min(most, len(sites))
    assert [each for each in sites if each in shown.sites] == list(shown.sites)
    for metric, total in totals.items():
        assert sum(site_value(each, metric, test) for each in everything) == total


def test_bytes_come_with_their_blocks() -> None:
    metrics = {GMAX: row(9), GMAX_BLOCKS: row(9, crossed=False, grown=False)}
    for delta, blocks, words in ((400, 40, "in 40 blocks"), (400, 1, "in 1 block"), (-400, -2, "in 2 blocks")):
        found = site("a", t_gmax_bytes=delta, t_gmax_blocks=blocks)
        assert site_blocks(found, GMAX, grown(metrics, found)) == words
    for delta, blocks, words in ((400, 0, "±0 blocks"), (400, -3, "−3 blocks"), (0, 2, "+2 blocks")):
        found = site("a", t_gmax_bytes=delta, t_gmax_blocks=blocks)
        assert site_blocks(found, GMAX, grown(metrics, found)) == words
    alone = site("a", t_gmax_bytes=400)
    assert (site_figure(alone, GMAX, grown(metrics, alone)), site_blocks(alone, GMAX, grown(metrics, alone))) == (
        "+400 B",
        "",
    )


def test_only_what_the_baseline_could_have_had_is_new() -> None:
    found = site("a", t_gmax_bytes=9)
    test = grown({GMAX: row(9)}, found)
    unknown = {GMAX: structs.replace(row(9), base=None, delta=None)}
    assert is_new(found, test)
    assert not is_new(structs.replace(found, base={GMAX: 1}), test)
    assert not is_new(found, structs.replace(test, metrics=unknown))
