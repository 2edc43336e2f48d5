import pytest
from quality.outcome import Alarm, Figures, Found, Outcome, Repeats, Share, summarise

from leakgate.dhat.profile import Metric


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Share(44, 44), "44 of 44 (100 %)"),
        (Share(43, 44), "43 of 44 (97.7 %)"),
        (Share(1_999, 2_000), "1,999 of 2,000 (99.9 %)"),
        (Share(19_999, 20_000), "19,999 of 20,000 (99.9 %)"),
        (Share(1, 20_000), "1 of 20,000 (0.1 %)"),
        (Share(0, 44), "0 of 44 (0 %)"),
        (Share(0, 0), "0 of 0"),
    ],
)
def test_a_share_is_exact_and_never_rounded_to_all_or_nothing(share: Share, text: str) -> None:
    assert str(share) == text


def regression(*, detected: bool = True, attributed: bool = True, cause: str, said: str) -> Found:
    return Found(
        test="cup fills",
        metric=Metric.T_END_BYTES,
        least=1,
        most=2,
        growth=1,
        detected=detected,
        named=None,
        attributed=attributed,
        cause=cause,
        said=said,
    )


def outcome(name: str, *found: Found, alarms: tuple[Alarm, ...] = (), repeats: Repeats | None = None) -> Outcome:
    return Outcome(case=name, title="t", covers="c", found=found, alarms=alarms, repeats=repeats)


def test_what_came_of_the_cases_is_added_up() -> None:
    task, cycle = "unfinished-task", "reference-cycle"
    alarm = Alarm(test="pot pours", metric=Metric.T_END_BYTES, base=0, head=99)
    outcomes = (
        outcome("cup", regression(cause=task, said=task), regression(cause=task, said=cycle)),
        outcome("jug", regression(detected=False, attributed=False, cause="unknown", said="unknown")),
        outcome("mug", regression(attributed=False, cause="unknown", said="unknown"), alarms=(alarm, alarm)),
        outcome("pan", repeats=Repeats(runs=50, failed=0, warned=3)),
        outcome("pot", alarms=(alarm,), repeats=Repeats(runs=50, failed=2, warned=0, alarms=(alarm,))),
    )
    quality = summarise(outcomes, 50, "On a kitchen table.")
    assert quality.figures == Figures(
        detected=Share(3, 4),
        false_alarms=Share(4, 105),
        attributed=Share(2, 4),
        cause_right=Share(2, 4),
        cause_wrong=Share(1, 4),
    )
    assert quality.confusion == {task: {task: 1}, cycle: {task: 1}, "unknown": {"unknown": 2}}
    assert quality.outcomes == outcomes
