from collections.abc import Mapping

from field.figures import Agreement, Difference, Figures, compare

from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Measurement, Snapshot


def snapshot(figures: Mapping[str, tuple[int, int]], failed: tuple[str, ...] = ()) -> Snapshot:
    """Of each test: bytes at t-gmax and at t-end."""
    return Snapshot(
        fingerprint={},
        tests=tuple(
            Measurement(test=test, metrics={Metric.T_GMAX_BYTES: peak, Metric.T_END_BYTES: end})
            for test, (peak, end) in figures.items()
        ),
        failed=failed,
    )


def test_equal_runs_agree_on_every_test() -> None:
    run = snapshot({"pot brews": (100, 0), "pot pours": (70, 8)})

    assert compare(run, run) == Figures(
        measured=frozenset({"pot brews", "pot pours"}),
        once=frozenset(),
        failed=frozenset(),
        t_end=Agreement(2, ()),
        t_gmax=Agreement(2, ()),
    )


def test_what_differs_is_named_the_largest_difference_first() -> None:
    first = snapshot({"pot brews": (100, 0), "pot pours": (70, 8), "pot steams": (5, 5)}, failed=("pot breaks",))
    second = snapshot({"pot brews": (90, 0), "pot pours": (270, 8), "pot whistles": (5, 5)})

    assert compare(first, second) == Figures(
        measured=frozenset({"pot brews", "pot pours"}),
        once=frozenset({"pot steams", "pot whistles"}),
        failed=frozenset({"pot breaks"}),
        t_end=Agreement(2, ()),
        t_gmax=Agreement(2, (Difference("pot pours", 70, 270), Difference("pot brews", 100, 90))),
    )
