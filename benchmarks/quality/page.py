"""docs/quality.md, and the same for a terminal."""

import re
from collections.abc import Iterable, Iterator

from leakgate.comparison.result import METRIC_NAMES
from leakgate.reports.markup import cell
from leakgate.sizes import format_size
from quality.outcome import CAUSES, Alarm, Figures, Found, Outcome, Quality, Repeats, Share

_REGRESSIONS = (
    "| case | covers | test | metric | growth stated | measured | detected | names first | cause | said |\n"
    "|:--|:--|:--|:--|--:|--:|:--|:--|:--|:--|"
)
_UNCHANGED = (
    "| case | covers | false alarms | warned | repeats | with a false alarm | that warned | static left out |\n"
    "|:--|:--|--:|--:|--:|--:|--:|:--|"
)


def render(quality: Quality) -> str:
    """The figures, a table of what regresses, one of what does not, the confusion, and each miss."""
    regressions = [(outcome, one) for outcome in quality.outcomes for one in outcome.found]
    unchanged = [outcome for outcome in quality.outcomes if not outcome.found]
    parts = [
        quality.circumstances,
        figures(quality.figures),
        f"### Regressions\n\n{_REGRESSIONS}",
        f"### Nothing has grown\n\n{_UNCHANGED}",
        f"### Causes: said, against the truth\n\n{_confusion(quality)}",
        "\n".join(["### Misses", "", *(list(_misses(quality.outcomes)) or ["None."])]),
    ]
    parts[2] = "\n".join([parts[2], *(_regression(*pair) for pair in regressions)])
    parts[3] = "\n".join([parts[3], *map(_silence, unchanged)])
    return "\n\n".join(parts) + "\n"


def figures(found: Figures) -> str:
    """The figures, each with its goal."""
    rows = [
        ("detected", found.detected, "100 %", _reaches(found.detected, 100)),
        ("false alarms", found.false_alarms, "0", not found.false_alarms.got),
        ("attributed", found.attributed, "≥ 95 %", _reaches(found.attributed, 95)),
        ("cause right", found.cause_right, "≥ 85 %", _reaches(found.cause_right, 85)),
        ("cause wrong", found.cause_wrong, "≤ 2 %", found.cause_wrong.got * 100 <= found.cause_wrong.of * 2),
    ]
    lines = [
        f"| {name} | {share} | {goal} | {'met' if met else '**missed**'} |" for name, share, goal, met in rows
    ]
    return "\n".join(["| figure | measured | goal | |", "|:--|--:|--:|:--|", *lines])


def _reaches(share: Share, percent: int) -> bool:
    return share.got * 100 >= share.of * percent


def _regression(outcome: Outcome, found: Found) -> str:
    growth = (
        "–" if found.growth is None else f"{_signed(found.growth)}{'' if found.as_stated else ' **figure off**'}"
    )
    return _row(
        cell(outcome.case),
        _text(outcome.covers),
        cell(found.test),
        METRIC_NAMES[found.metric],
        f"{format_size(found.least)} to {format_size(found.most)}",
        growth,
        "yes" if found.detected else "**no**",
        _named(found),
        found.cause,
        f"**{found.said}**" if found.cause_wrong else found.said,
    )


def _named(found: Found) -> str:
    if found.named is None:
        return "–"
    at = f" {found.named.file}:{found.named.line}" if found.named.file and found.named.line else ""
    return cell(f"{found.named.function}{at}") + ("" if found.attributed else " **not it**")


def _silence(outcome: Outcome) -> str:
    repeats = outcome.repeats or Repeats(runs=0, failed=0, warned=0)
    return _row(
        cell(outcome.case),
        _text(outcome.covers),
        _tests(outcome.alarms),
        _tests(outcome.warned),
        repeats.runs,
        repeats.failed,
        repeats.warned,
        {None: "", True: "yes", False: "not said"}[outcome.excused],
    )


def _tests(alarms: Iterable[Alarm]) -> int:
    return len({alarm.test for alarm in alarms})


def _confusion(quality: Quality) -> str:
    true = [cause for cause in CAUSES if any(cause in row for row in quality.confusion.values())]
    lines = [
        _row(said, *(quality.confusion[said].get(cause, 0) or "" for cause in true))
        for said in CAUSES
        if said in quality.confusion
    ]
    return "\n".join([_row("said \\ true", *true), f"|:--|{'--:|' * len(true)}", *lines])


def _misses(outcomes: Iterable[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        if missed := list(_missed(outcome)):
            reason = outcome.miss or "**Reason not known.**"
            yield f"- {cell(outcome.case)}: {'; '.join(missed)}. {reason}"


def _missed(outcome: Outcome) -> Iterator[str]:
    for found in outcome.found:
        if not found.detected:
            yield f"{cell(found.test)} is not detected"
        elif not found.attributed:
            yield f"{cell(found.test)} names {_named(found).removesuffix(' **not it**')} first"
        if found.cause_wrong:
            yield f"{cell(found.test)} is said to be {found.said}, and is {found.cause}"
        elif found.detected and not found.cause_right:
            yield f"{cell(found.test)} gets no cause, and is {found.cause}"
    for alarm in outcome.alarms:
        yield f"false alarm: {_crossing(alarm)}"
    if outcome.repeats:
        for alarm in outcome.repeats.alarms:
            yield f"false alarm in {outcome.repeats.failed} of {outcome.repeats.runs} repeats: {_crossing(alarm)}"


def _crossing(alarm: Alarm) -> str:
    sizes = " → ".join("–" if size is None else format_size(size) for size in (alarm.base, alarm.head))
    return f"{cell(alarm.test)}, {METRIC_NAMES[alarm.metric]} {sizes}"


def _text(text: str) -> str:
    """Words of the zoo, which is our own, as they are."""
    return re.sub(r"[\\`*_<>\[\]|]", r"\\\g<0>", text)


def _signed(size: int) -> str:
    return f"+{format_size(size)}" if size >= 0 else f"−{format_size(-size)}"


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"
