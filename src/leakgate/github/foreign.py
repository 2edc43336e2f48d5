"""What a result that somebody else's code wrote may say on a pull request.

The code of a fork makes its own result, so it can put anything there that the schema allows. Its figures and names
are shown, as its own claims. What a reader could take for ours, or could act on, is not: which commit it is, who
accepted what, a command to type, endless text. The reports escape every text, whoever wrote it.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence

import msgspec

from leakgate.comparison.accepting import LabelAcceptance
from leakgate.comparison.result import (
    AcceptedGrowth,
    Evidence,
    FailedTest,
    IgnoredGrowth,
    MetricResult,
    MetricSpread,
    Place,
    Result,
    Side,
    SiteResult,
    Status,
    TestResult,
    Verdict,
)
from leakgate.dhat.profile import Metric
from leakgate.errors import InputError

BY_LABEL = "label"
"""The `source` of growth that was accepted by a label."""

_NO_LABEL = (
    "The result calls growth accepted by a label, but this pull request does not have the label that does so: "
    "it is shown as a failure."
)
_LARGEST = 2**63 - 1
_LAST_LINE = 999_999_999
_SENTENCES = 20
_SENTENCE = 500
_ROWS = 50
_ABSENT = 1000
_SITES = 50
_WORDS = 100
_NAME = 2000
_FIELDS = 40
_LONGEST_AGE = 100 * 366 * 86_400
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_COUNTS = range(_LARGEST + 1)


def admit(result: Result, *, head: str, label: LabelAcceptance | None, source: str) -> Result:
    """The part of a foreign result that may be shown.

    Args:
        result: Of the right types, and no more than that.
        head: The commit that it was made for, as GitHub says.
        label: The label that accepts growth, with who put it there, as GitHub says; None where the pull request
            does not have it.
        source: What to call it in errors.

    Raises:
        InputError: Its figures or its verdict contradict each other.
    """
    _check(result, source)
    result = _only_with_label(result, label)
    return msgspec.structs.replace(
        result,
        problems=_sentences(result.problems),
        warnings=_sentences(result.warnings),
        notes=_sentences(result.notes),
        base=_base(result.base) if result.base else None,
        base_missing=_maybe(result.base_missing, _SENTENCE),
        head=Side(commit=head, fingerprint=_fingerprint(result.head), absent=_absent(result.head)),
        command=None,
        tests=tuple(_test(test) for test in result.tests),
        unmeasured=tuple(_name(test) for test in result.unmeasured),
        failed=tuple(_failed(test) for test in result.failed),
        ignored=tuple(_ignored(rule) for rule in result.ignored[:_ROWS]),
        accepted=tuple(_accepted(growth) for growth in result.accepted[:_ROWS]),
    )


def _check(result: Result, source: str) -> None:
    """What the schema cannot say, and what is always so in a result of ours."""
    if len({test.name for test in result.tests}) < len(result.tests):
        raise InputError("names a test twice", where=f"{source}: $.tests")
    agreed = {(growth.test, growth.metric) for growth in result.accepted}
    for number, test in enumerate(result.tests):
        where = f"{source}: $.tests[{number}]"
        if not all(_adds_up(row) for row in test.metrics.values()):
            raise InputError("has figures that contradict each other", where=f"{where}.metrics")
        if not all(_is_possible(site) for site in test.sites):
            raise InputError("has figures that cannot be", where=f"{where}.sites")
        accepted = {(test.name, metric) for metric, row in test.metrics.items() if row.status is Status.ACCEPTED}
        if not accepted <= agreed:
            raise InputError("is called accepted, and by nobody", where=f"{where}.metrics")
    if not all(value in _COUNTS for growth in result.accepted for value in (growth.value, growth.up_to or 0)):
        raise InputError("has figures that cannot be", where=f"{source}: $.accepted")
    if not _is_consistent(result):
        raise InputError("is not what its tests and problems make it", where=f"{source}: $.verdict")


def _is_consistent(result: Result) -> bool:
    if result.verdict is Verdict.ERROR or result.problems:
        return result.verdict is Verdict.ERROR and bool(result.problems)
    failing = any(test.status is Status.FAIL for test in result.tests)
    return failing == (result.verdict is Verdict.FAIL)


def _only_with_label(result: Result, label: LabelAcceptance | None) -> Result:
    """The result with nothing accepted by another label, or by one that is not there: that fails."""
    accepted: list[AcceptedGrowth] = []
    unproven: dict[str, set[Metric]] = {}
    for growth in result.accepted:
        if growth.source != BY_LABEL:
            accepted.append(growth)
        elif label is not None and growth.label is not None and growth.label.casefold() == label.label.casefold():
            accepted.append(msgspec.structs.replace(growth, label=label.label, by=label.by))
        else:
            unproven.setdefault(growth.test, set()).add(growth.metric)
    if not unproven:
        return msgspec.structs.replace(result, accepted=tuple(accepted))
    tests = tuple(_refuse(test, unproven.get(test.name, set())) for test in result.tests)
    failing = any(test.status is Status.FAIL for test in tests) and result.verdict is not Verdict.ERROR
    return msgspec.structs.replace(
        result,
        verdict=Verdict.FAIL if failing else result.verdict,
        notes=(_NO_LABEL, *result.notes),
        tests=tests,
        accepted=tuple(accepted),
    )


def _refuse(test: TestResult, metrics: Collection[Metric]) -> TestResult:
    """The test with these metrics failing that somebody is said to have accepted."""
    if not any(test.metrics[metric].status is Status.ACCEPTED for metric in metrics if metric in test.metrics):
        return test
    rows = {
        metric: msgspec.structs.replace(row, status=Status.FAIL)
        if metric in metrics and row.status is Status.ACCEPTED
        else row
        for metric, row in test.metrics.items()
    }
    return msgspec.structs.replace(test, status=Status.FAIL, metrics=rows)


def _adds_up(row: MetricResult) -> bool:
    if row.spread is not None and not _is_spread_of(row.head, row.spread):
        return False
    crept = () if row.creep is None else (row.creep.lowest, row.creep.commits)
    if not all(value is None or value in _COUNTS for value in (row.base, row.head, *row.trend, *crept)):
        return False
    if row.base is None or row.head is None:
        return row.delta is None and row.ratio is None
    if row.delta != row.head - row.base:
        return False
    if row.ratio is None or row.base == 0:
        return row.ratio is None and row.base == 0
    return math.isclose(row.ratio, row.head / row.base)


def _is_spread_of(value: int | None, spread: MetricSpread) -> bool:
    within = value is None or spread.lowest <= value <= spread.highest
    ordered = 0 <= spread.lowest <= spread.highest <= _LARGEST
    return within and ordered and 0 <= (spread.crossed or 0) <= spread.runs <= _LARGEST


def _is_possible(site: SiteResult) -> bool:
    counts = (*site.base.values(), *site.head.values(), *site.delta.values())
    return all(abs(count) <= _LARGEST for count in counts) and (site.line is None or 0 < site.line <= _LAST_LINE)


def _sentences(texts: Sequence[str]) -> tuple[str, ...]:
    kept = tuple(_cut(text, _SENTENCE) for text in texts[:_SENTENCES])
    return (*kept, f"… and {len(texts) - len(kept)} more.") if len(kept) < len(texts) else kept


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _name(text: str) -> str:
    """A name that is no slower to report than a real one. The reports show both of its ends, which stay."""
    return text if len(text) <= _NAME else f"{text[: _NAME // 2]}…{text[-_NAME // 2 :]}"


def _maybe(text: str | None, most: int = _WORDS) -> str | None:
    return None if text is None else _cut(text, most)


def _base(side: Side) -> Side:
    distance, age = side.distance, side.age_seconds
    return Side(
        commit=_commit(side.commit),
        requested=_commit(side.requested),
        distance=distance if distance is not None and distance in _COUNTS else None,
        age_seconds=age if age is not None and age in range(_LONGEST_AGE) else None,
        store=_maybe(side.store),
        source=_maybe(side.source, _SENTENCE),
        fingerprint=_fingerprint(side),
    )


def _commit(text: str | None) -> str | None:
    return text if text and _COMMIT.fullmatch(text) else None


def _fingerprint(side: Side) -> Mapping[str, str]:
    fields = list(side.fingerprint.items())[:_FIELDS]
    return {_cut(name, _WORDS): _cut(value, _SENTENCE) for name, value in fields}


def _absent(side: Side) -> tuple[str, ...]:
    """Files that get no link, which is all that they are good for."""
    return tuple(_name(file) for file in side.absent[:_ABSENT])


def _test(test: TestResult) -> TestResult:
    metrics = {
        metric: msgspec.structs.replace(row, limit=_maybe(row.limit), trend=row.trend[-_ROWS:])
        for metric, row in test.metrics.items()
    }
    units = (_cut(test.units[0], _WORDS), _cut(test.units[1], _WORDS))
    return TestResult(
        name=_name(test.name),
        status=test.status,
        units=units,
        metrics=metrics,
        sites=tuple(_site(site) for site in test.sites[:_SITES]),
    )


def _site(site: SiteResult) -> SiteResult:
    return msgspec.structs.replace(
        site,
        function=None if site.function is None else _name(site.function),
        file=None if site.file is None else _name(site.file),
        renamed_from=None if site.renamed_from is None else _name(site.renamed_from),
        evidence=None if site.evidence is None else _evidence(site.evidence),
        forgets=None if site.forgets is None else _name(site.forgets),
        stack=tuple(_name(frame) for frame in site.stack),
    )


def _evidence(evidence: Evidence) -> Evidence:
    return msgspec.structs.replace(
        evidence,
        alive=evidence.alive if evidence.alive in _COUNTS else 0,
        allocated=evidence.allocated if evidence.allocated in _COUNTS else 0,
        at=None if evidence.at is None else _place(evidence.at),
        through=None if evidence.through is None else _name(evidence.through),
    )


def _place(place: Place) -> Place:
    return Place(
        function=_name(place.function),
        file=None if place.file is None else _name(place.file),
        line=place.line if place.line in range(1, _LAST_LINE + 1) else None,
    )


def _failed(test: FailedTest) -> FailedTest:
    return FailedTest(name=_name(test.name), reason=_cut(test.reason, _WORDS))


def _ignored(rule: IgnoredGrowth) -> IgnoredGrowth:
    return IgnoredGrowth(
        rule=_cut(rule.rule, _SENTENCE),
        reason=_cut(rule.reason, _SENTENCE),
        expires=_maybe(rule.expires),
        tests=rule.tests if rule.tests in _COUNTS else 0,
        t_end_bytes=rule.t_end_bytes if rule.t_end_bytes in _COUNTS else 0,
    )


def _accepted(growth: AcceptedGrowth) -> AcceptedGrowth:
    return msgspec.structs.replace(
        growth,
        test=_name(growth.test),
        source=_cut(growth.source, _WORDS),
        reason=_maybe(growth.reason, _SENTENCE),
        expires=_maybe(growth.expires),
        **({} if growth.source == BY_LABEL else {"label": None, "by": None}),
    )
