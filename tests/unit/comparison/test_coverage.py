"""What is said before the tests run: a mode that measures totals needs a limit on one."""

from dataclasses import replace

import pytest

from leakgate.comparison.coverage import insist_on_judging
from leakgate.config import DEFAULT, Config
from leakgate.config.values import LimitChange, TestRule, with_changes
from leakgate.dhat.profile import Metric, Mode
from leakgate.errors import UsageError

COPY = replace(DEFAULT, valgrind_mode=Mode.COPY)


def limited(metric: Metric, config: Config = COPY) -> Config:
    return replace(config, limits=with_changes(config.limits, {metric: LimitChange(maximum=100)}))


@pytest.mark.parametrize(
    "config",
    [
        DEFAULT,
        limited(Metric.T_END_BLOCKS, DEFAULT),
        limited(Metric.TOTAL_BYTES),
        replace(COPY, tests=(TestRule("*", {Metric.TOTAL_BLOCKS: LimitChange(ratio=2)}),)),
    ],
)
def test_a_limit_on_what_is_measured(config: Config) -> None:
    insist_on_judging(config)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            COPY,
            (
                "nothing would be judged: valgrind's mode `copy` measures totals, and no limit is on one\n"
                "  help: `limits: {total: {ratio: 1.5}}`, or `total-blocks`"
            ),
        ),
        (
            limited(Metric.T_GMAX_BYTES, limited(Metric.TOTAL_BYTES)),
            (
                "the limit on `t-gmax-bytes` judges nothing: valgrind's mode `copy` measures totals\n"
                "  help: limit `total` or `total-blocks` instead"
            ),
        ),
        (
            replace(
                limited(Metric.TOTAL_BYTES), tests=(TestRule("*", {Metric.T_END_BYTES: LimitChange(maximum=0)}),)
            ),
            (
                "the limit on `t-end-bytes` judges nothing: valgrind's mode `copy` measures totals\n"
                "  help: limit `total` or `total-blocks` instead"
            ),
        ),
    ],
)
def test_a_limit_that_nothing_is_held_against(config: Config, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        insist_on_judging(config)

    assert str(caught.value) == message
