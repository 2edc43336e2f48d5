"""Values of tests over saves, as changes alone: most tests measure the same at most commits.

A run says that from the save of some number on, up to the next run, the value is this one. Saves are known here by
their numbers, which follow their order; between two of one branch there may be gaps.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated

import msgspec

from leakgate.dhat.profile import Count, Metric

METRICS = (Metric.T_GMAX_BYTES, Metric.T_END_BYTES)
"""What has a history: what is limited by default. The snapshots have every metric."""

Number = Annotated[int, msgspec.Meta(ge=0)]
Runs = tuple[tuple[Number, Count | None], ...]
"""The number of a save, and the value from there on; None: not measured."""

Values = Mapping[str, Mapping[str, Mapping[Metric, Runs]]]
"""Test → branch → metric → its values."""


def value_at(runs: Runs, number: int) -> int | None:
    """The value at one save."""
    at = bisect_right(runs, number, key=lambda run: run[0])
    return runs[at - 1][1] if at else None


def values_at(runs: Runs, numbers: Sequence[int]) -> tuple[int, ...]:
    """The values at some saves, without those where there is none."""
    if len(runs) == 1 and numbers and runs[0][0] <= numbers[0]:
        return () if runs[0][1] is None else (runs[0][1],) * len(numbers)
    return tuple(value for number in numbers if (value := value_at(runs, number)) is not None)


def put(
    values: Values, branch: str, number: int, measured: Mapping[str, Mapping[Metric, int]], following: int | None
) -> Values:
    """The values with those of one save; a test that it has not is noted as not measured.

    Args:
        values: Those so far.
        branch: The branch of the save.
        number: Its number.
        measured: Test → metric → value.
        following: The number of the branch's next save, whose values stay.
    """
    nothing: Mapping[Metric, Runs] = {}
    new = dict(values)
    for test in values.keys() | measured.keys():
        branches, found = values.get(test, {}), measured.get(test, {})
        metrics = branches.get(branch, nothing)
        changed = {
            metric: _changed(metrics.get(metric, ()), number, found.get(metric), following)
            for metric in METRICS
            if metric in metrics or metric in found
        }
        if changed != metrics:
            new[test] = {**branches, branch: changed}
    return new


def take(values: Values, branch: str, number: int, following: int | None) -> Values:
    """The values without those of one save; see `put`."""
    new = {}
    for test, branches in values.items():
        left = dict(branches)
        metrics = left.pop(branch, {})
        changed = {
            metric: _changed(runs, number, value_at(runs, number - 1), following)
            for metric, runs in metrics.items()
        }
        if measured := _measured(changed):
            left[branch] = measured
        if left:
            new[test] = left
    return new


def moved_up(values: Values, number: int) -> Values:
    """The values when the saves from `number` on get the next higher number each."""
    return {
        test: {
            branch: {
                metric: tuple((at + (at >= number), value) for at, value in runs)
                for metric, runs in metrics.items()
            }
            for branch, metrics in branches.items()
        }
        for test, branches in values.items()
    }


def since(values: Values, oldest: Mapping[str, int]) -> Values:
    """The values without those that no save has any more.

    A run that reaches to a branch's oldest save stays as it is, so that git finds the line unchanged.

    Args:
        values: Those so far.
        oldest: Branch → the number of its oldest save.
    """
    new = {}
    for test, branches in values.items():
        left = {
            branch: cut
            for branch, metrics in branches.items()
            if branch in oldest and (cut := _cut(metrics, oldest[branch]))
        }
        if left:
            new[test] = left
    return new


def disordered(values: Values) -> str | None:
    """A test whose values are not in the order of their saves, if there is one."""
    for test, branches in values.items():
        for metrics in branches.values():
            for runs in metrics.values():
                if any(one[0] >= other[0] for one, other in pairwise(runs)):
                    return test
    return None


def _cut(metrics: Mapping[Metric, Runs], oldest: int) -> Mapping[Metric, Runs]:
    left = {}
    for metric, runs in metrics.items():
        at = bisect_right(runs, oldest, key=lambda run: run[0])
        left[metric] = runs[max(at - 1, 0) :]
    return _measured(left)


def _measured(metrics: Mapping[Metric, Runs]) -> Mapping[Metric, Runs]:
    """Those that were measured at all."""
    return {metric: runs for metric, runs in metrics.items() if any(value is not None for _, value in runs)}


def _changed(runs: Runs, number: int, value: int | None, following: int | None) -> Runs:
    """The runs with another value at one save alone."""
    if following is None and runs and runs[-1][0] < number and runs[-1][1] == value:
        return runs  # much the most frequent
    at = bisect_left(runs, number, key=lambda run: run[0])
    left = runs[:at]
    if value != (left[-1][1] if left else None):
        left = (*left, (number, value))
    if following is None:
        return left
    after = value_at(runs, following)
    if after != (left[-1][1] if left else None):
        left = (*left, (following, after))
    return (*left, *(run for run in runs[at:] if run[0] > following))
