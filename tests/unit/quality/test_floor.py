from pathlib import Path

import msgspec
import pytest
from msgspec import structs
from quality.cases import ZooError, read_all
from quality.floor import QUICK, below, read
from quality.outcome import Alarm, Found, Named, Outcome, Quality, summarise

from leakgate.comparison.result import Cause
from leakgate.dhat.profile import Metric

RIGHT = Found(
    test="cup fills",
    metric=Metric.T_GMAX_BYTES,
    least=100,
    most=200,
    growth=150,
    detected=True,
    named=Named(function="cup::fill", file="cases/cup/src/lib.rs", line=7),
    attributed=True,
    cause="unfinished-task",
    said="unfinished-task",
)
UNEXPLAINED = structs.replace(RIGHT, said="unknown")
WRONG = structs.replace(RIGHT, said="reference-cycle")
ELSEWHERE = structs.replace(RIGHT, named=Named(function="cup::new", file=None, line=None), attributed=False)
MISSED = structs.replace(RIGHT, detected=False, named=None, attributed=False, said="unknown")
ALARM = Alarm(test="pot pours", metric=Metric.T_END_BYTES, base=0, head=99)


def leak(*found: Found) -> Quality:
    return summarise((Outcome(case="cup", title="t", covers="c", found=found),), 0, "")


def quiet(*alarms: Alarm) -> Quality:
    return summarise((Outcome(case="pot", title="t", covers="c", alarms=alarms),), 0, "")


@pytest.mark.parametrize(
    ("now", "then", "sentences"),
    [
        (RIGHT, RIGHT, []),
        (RIGHT, MISSED, []),
        (MISSED, MISSED, []),
        (WRONG, WRONG, []),
        (UNEXPLAINED, WRONG, []),
        (ELSEWHERE, RIGHT, ["cup: `cup fills` names `cup::new`, and has named the guilty function."]),
        (
            UNEXPLAINED,
            RIGHT,
            ["cup: `cup fills` is said to be unknown, and was rightly called unfinished-task."],
        ),
        (
            WRONG,
            RIGHT,
            ["cup: `cup fills` is said to be reference-cycle, and was rightly called unfinished-task."],
        ),
        (WRONG, UNEXPLAINED, ["cup: `cup fills` is said to be reference-cycle, which is wrong."]),
        (
            MISSED,
            RIGHT,
            [
                "cup: `cup fills` is not detected any more.",
                "cup: `cup fills` names nothing, and has named the guilty function.",
                "cup: `cup fills` is said to be unknown, and was rightly called unfinished-task.",
            ],
        ),
    ],
)
def test_what_was_right_has_to_stay_right(now: Found, then: Found, sentences: list[str]) -> None:
    assert list(below(leak(now), leak(then))) == sentences


def test_a_false_alarm_is_below_any_figure_but_one_that_has_it() -> None:
    assert list(below(quiet(ALARM, ALARM), quiet())) == ["pot: `pot pours` fails, and nothing has grown."]
    assert list(below(quiet(ALARM), quiet(ALARM))) == []


def test_what_has_no_committed_figure_is_not_taken_for_good() -> None:
    assert list(below(quiet(), leak(RIGHT))) == [
        "pot: there is no committed figure of it; `make quality` measures it."
    ]
    other = structs.replace(RIGHT, test="cup empties")
    assert list(below(leak(RIGHT), leak(other))) == [
        "cup: there is no committed figure of `cup fills`; `make quality` measures it."
    ]


def test_the_committed_figures_are_read_back_as_they_were() -> None:
    assert read(msgspec.json.encode(leak(RIGHT)), "quality.json") == leak(RIGHT)


def test_committed_figures_that_cannot_be_read_are_an_error() -> None:
    with pytest.raises(ZooError, match=r"^quality\.json: .+; `make quality` measures it$"):
        read(b'{"version": 1}', "quality.json")


def test_the_quick_part_has_cases_of_the_zoo_of_each_kind_that_it_can_get_wrong() -> None:
    cases = {case.name: case for case in read_all(Path(__file__).parents[2] / "zoo/leaks")}
    assert set(QUICK) <= cases.keys()
    assert {cases[name].unchanged for name in QUICK} == {True, False}
    causes = {regression.cause for name in QUICK for regression in cases[name].regressions}
    assert causes == {None, *Cause} - {Cause.STATIC_INIT}  # what a static's initialiser makes is no regression
