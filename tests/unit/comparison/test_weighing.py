"""A limit in the light of how far a metric moves by itself."""

import pytest

from leakgate.comparison.compare import MetricPair, TestPair
from leakgate.comparison.weighing import calmest, weigh
from leakgate.config import CreepRule, Limit
from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Measurement, Site, Spread

GMAX, END = Metric.T_GMAX_BYTES, Metric.T_END_BYTES
LIMIT = Limit(ratio=1.5, min_delta=64)


def word(limit: Limit, pair: MetricPair, calm: MetricPair) -> tuple[str, str | None, bool]:
    found = weigh(limit, pair, calm=calm, past=(), creep=CreepRule(), unit="bytes")
    return str(found.status), found.limit, found.grown


@pytest.mark.parametrize(
    ("limit", "pair", "calm", "expected"),
    [
        (LIMIT, (1000, 3000), (1000, 3000), ("fail", "1.5× and +64 B", True)),
        # it grew, but the base has been as high in one of its rounds
        (LIMIT, (1000, 3000), (2500, 3000), ("pass", "1.5× and +64 B", False)),
        # it grew, but was as low as the base in one of its rounds
        (LIMIT, (1000, 3000), (1000, 1200), ("pass", "1.5× and +64 B", False)),
        # it grew even so
        (LIMIT, (1000, 9000), (2500, 8000), ("fail", "1.5× and +64 B", True)),
        # what is over an absolute limit is so however it moves
        (Limit(ratio=1.5, maximum=2048), (1000, 3000), (3000, 1000), ("fail", "1.5×, max 2 KiB", True)),
        (Limit(warn_ratio=1.2), (1000, 1300), (1000, 1300), ("warn", "1.2× (warns)", True)),
        (Limit(warn_ratio=1.2), (1000, 1300), (1200, 1300), ("pass", "1.2× (warns)", False)),
    ],
)
def test_growth_has_to_cross_its_limit_between_the_calmest_rounds_too(
    limit: Limit, pair: tuple[int, int], calm: tuple[int, int], expected: tuple[str, str, bool]
) -> None:
    assert word(limit, MetricPair(*pair), MetricPair(*calm)) == expected


def test_the_calmest_is_the_most_of_the_base_and_the_least_of_the_head() -> None:
    def side(value: int, lowest: int, highest: int) -> Measurement:
        spread = {GMAX: Spread(runs=5, lowest=lowest, highest=highest)}
        return Measurement(test="s3 put", metrics={GMAX: value, END: 7}, spread=spread)

    test = TestPair("s3 put", side(100, 90, 150), side(400, 300, 500))
    assert calmest(MetricPair(100, 400), test, GMAX) == MetricPair(150, 300)
    assert calmest(MetricPair(7, 7), test, END) == MetricPair(7, 7)
    assert calmest(MetricPair(None, 400), test, GMAX) == MetricPair(None, 300)


def test_what_a_statics_initialiser_made_is_no_growth_at_the_peak() -> None:
    def site(name: str, held: int, *, once: bool) -> Site:
        return Site(chain=(name,), function=name, counts={GMAX: held}, once=once)

    sites = (site("table", 5000, once=True), site("work", 300, once=False))
    head = Measurement(test="s3 put", metrics={GMAX: 5300, END: 0}, sites=sites)
    test = TestPair("s3 put", Measurement(test="s3 put", metrics={GMAX: 280, END: 0}), head)
    assert calmest(MetricPair(280, 5300), test, GMAX) == MetricPair(280, 300)
    assert calmest(MetricPair(0, 0), test, END) == MetricPair(0, 0)
