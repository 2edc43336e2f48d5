"""What `leakgate calibrate` prints: how far every test moved, and the lines for leakgate.yml."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from tabulate import tabulate

from leakgate.comparison.calibration import Calibration, Movement
from leakgate.comparison.limits import describe
from leakgate.comparison.result import METRIC_NAMES
from leakgate.config import Limit
from leakgate.dhat.profile import Metric
from leakgate.reports.untrusted import plain
from leakgate.reports.words import plural
from leakgate.reports.yaml_text import exactly, key, quoted
from leakgate.sizes import format_count, format_size

_LISTED = 10


def render(calibration: Calibration) -> str:
    """The report for a person at a terminal, with the YAML in it."""
    return "\n".join(_blocks(calibration)) + "\n"


def render_yaml(calibration: Calibration) -> str:
    """The proposal alone, for leakgate.yml: limits for tests that need more room, or tighter ones for all."""
    if calibration.tighter:
        limits = [f"  {key(metric)}: {_limit(metric, limit)}\n" for metric, limit in calibration.tighter.items()]
        return f"limits: # {plural(calibration.runs, 'run')}, in which nothing moved\n{''.join(limits)}"
    wanting = [movement for movement in calibration.movements if movement.min_delta is not None]
    if not wanting:
        return "tests: [] # no test needs a limit of its own\n"
    return "tests:\n" + "".join(_rule(test, list(group), calibration.runs) for test, group in _by_test(wanting))


def _blocks(calibration: Calibration) -> Iterator[str]:
    runs = plural(calibration.runs, "run")
    moved = len({movement.test for movement in calibration.movements})
    of = plural(calibration.steady + moved, "test")
    yield f"{calibration.steady:,} of {of} were the same to the byte in {runs}."
    if moved:
        yield ""
        yield from _table(calibration.movements)
    for movement in calibration.movements:
        if movement.near_maximum:
            most = format_count(movement.limit.maximum or 0, plain(movement.unit))
            name = METRIC_NAMES[movement.metric]
            yield f"note: {plain(movement.test)}: {name} may go over its max of {most} by chance."
    if calibration.partly:
        names = ", ".join(plain(name) for name in calibration.partly[:_LISTED])
        more = f" and {len(calibration.partly) - _LISTED} more" if len(calibration.partly) > _LISTED else ""
        yield f"note: not measured in every run, so left out: {names}{more}"
    yield ""
    if calibration.tighter:
        yield "Nothing moved, so the limits of all tests may be tighter than they are, for example:"
    elif any(movement.min_delta is not None for movement in calibration.movements):
        yield "For leakgate.yml, after what is below `tests:` there; min-delta is twice the spread, rounded up:"
    else:
        yield "The limits leave room for all of it: there is nothing to change."
        return
    yield ""
    yield render_yaml(calibration).rstrip()


def _table(movements: Sequence[Movement]) -> Iterator[str]:
    """A line with each test's name, and under it a row for each metric that moved."""
    headers = ("", "lowest", "highest", "spread", "ratio", "limit", "min-delta")
    align = ("left", "right", "right", "right", "right", "left", "left")
    cells = [_cells(movement) for movement in movements]
    table = tabulate(cells, headers, tablefmt="plain", colalign=align, disable_numparse=True)
    header, *lines = table.split("\n")
    yield f"  {header}".rstrip()
    numbered = iter(lines)
    for test, group in _by_test(movements):
        yield plain(test)
        for _ in group:
            yield f"  {next(numbered)}".rstrip()


def _cells(movement: Movement) -> tuple[str, ...]:
    unit = plain(movement.unit)
    values = (movement.lowest, movement.highest, movement.highest - movement.lowest)
    return (
        METRIC_NAMES[movement.metric],
        *(format_count(value, unit) for value in values),
        f"{movement.highest / movement.lowest:.2f}×" if movement.lowest else "–",
        describe(movement.limit, unit) or "–",
        "enough room" if movement.min_delta is None else f"→ {format_count(movement.min_delta, unit)}",
    )


def _by_test(movements: Sequence[Movement]) -> Iterator[tuple[str, Iterator[Movement]]]:
    return groupby(movements, key=lambda movement: movement.test)


def _rule(test: str, movements: Sequence[Movement], runs: int) -> str:
    limits = ", ".join(
        f"{key(each.metric)}: {{min-delta: {_size(each.min_delta or 0, each)}}}" for each in movements
    )
    seen = ", ".join(
        f"{METRIC_NAMES[each.metric]} {_size(each.lowest, each)} to {_size(each.highest, each)}"
        for each in movements
    )
    return f"  - match: {quoted(exactly(test))} # {seen} in {plural(runs, 'run')}\n    limits: {{{limits}}}\n"


def _limit(metric: Metric, limit: Limit) -> str:
    """What is proposed of a limit for every test."""
    least = format_size(limit.min_delta) if metric.endswith("-bytes") else limit.min_delta
    return f"{{ratio: {limit.ratio:g}, min-delta: {least}}}"


def _size(value: int, movement: Movement) -> str:
    """A count as leakgate.yml has it: only bytes have a unit there."""
    return format_size(value) if movement.unit == "bytes" else str(value)
