"""docs/noise.md is true: its configs parse, its samples are what is printed, its odds are simulated."""

import random
import re
from datetime import date
from pathlib import Path
from statistics import NormalDist, fmean

import pytest

from gfm import page
from leakgate.comparison.calibration import Calibration, Movement
from leakgate.config import DEFAULT, Config, parse
from leakgate.dhat.profile import Metric
from leakgate.reports.calibration import render
from leakgate.statistic import Statistic

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/noise.md").read_text(encoding="utf-8")


def configs() -> list[Config]:
    found = re.findall(r"<!-- config -->\n```yaml\n(.*?)```", PAGE, re.DOTALL)
    return [parse(text, "noise.md", date(2026, 1, 1)) for text in found]


def test_its_first_config_has_the_defaults_and_its_second_judges_p99() -> None:
    defaults, p99 = configs()
    of = [
        (each.confirm, each.repeat, each.statistic, each.time_limit, each.limits)
        for each in (defaults, p99, DEFAULT)
    ]
    assert of[0] == of[2]
    assert of[1] == (2, 100, Statistic.P99, 600, DEFAULT.limits)


def test_its_table_is_what_a_comment_says() -> None:
    comment = (ROOT / "tests/unit/reports/expected/confirmed.md").read_text(encoding="utf-8")
    (shown,) = [table for table in page(PAGE).tables if table[0][0] == "test"]
    rows = page(comment.replace("\u00a0", " ")).tables[0]
    assert [shown[0], *shown[1:]] == [rows[0], rows[1], rows[3]]


def test_its_sample_is_what_calibrate_prints() -> None:
    def movement(test: str, lowest: int, highest: int, min_delta: int | None) -> Movement:
        limit = DEFAULT.limits[Metric.T_GMAX_BYTES]
        return Movement(test, Metric.T_GMAX_BYTES, "bytes", lowest, highest, limit, min_delta, near_maximum=False)

    found = Calibration(
        runs=5,
        steady=38,
        movements=(
            movement("server::api upload", 10_000, 17_000, 14 * 1024),
            movement("server::api list", 100_000, 104_096, None),
        ),
        tighter={},
        partly=(),
    )
    sample = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert sample is not None
    assert sample[1] == render(found)


@pytest.mark.parametrize(("runs", "beyond", "confirmed"), [(5, 80, (400, 650)), (10, 1000, (10_000, 50_000))])
def test_how_often_chance_goes_beyond_a_proposal(runs: int, beyond: int, confirmed: tuple[int, int]) -> None:
    """One or three heads against a base, all of the same normal distribution as the runs of the proposal."""
    normal, dice = NormalDist(), random.Random(1)
    bases = [normal.inv_cdf((number + 0.5) / 60) for number in range(60)]
    margins = []
    for _ in range(1500):
        values = [dice.gauss(0, 1) for _ in range(runs)]
        margins.append(2 * (max(values) - min(values)))

    def one_in(heads: int) -> float:
        return 1 / fmean(normal.cdf(-(base + margin)) ** heads for base in bases for margin in margins)

    assert one_in(1) == pytest.approx(beyond, rel=0.2)
    assert confirmed[0] < one_in(3) < confirmed[1]
    assert "one comparison of 80 after five runs, and of 1,000 after ten" in " ".join(PAGE.split())
    assert "it fails in one of 500, or in fewer than one of 10,000" in " ".join(PAGE.split())
