"""What the initialisers of statics made is left out at t-end, and said."""

from dataclasses import replace

from msgspec import structs

from factories import snapshot
from leakgate.comparison.compare import compare
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.result import Result, Side, Verdict
from leakgate.config import DEFAULT, Config, Limit
from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Snapshot


def with_static(taken: Snapshot, function: str) -> Snapshot:
    """The snapshot, its sites of this function as made by an initialiser."""
    return structs.replace(
        taken,
        tests=tuple(
            structs.replace(
                test,
                sites=tuple(structs.replace(s, once=True) if s.function == function else s for s in test.sites),
            )
            for test in taken.tests
        ),
    )


def judged(base: Snapshot, head: Snapshot, config: Config = DEFAULT, **origin: object) -> Result:
    sides = Provenance(base=Side(fingerprint=base.fingerprint), head=Side(fingerprint=head.fingerprint))
    return judge(compare(base, head), config, replace(sides, **origin))  # type: ignore[arg-type]  # as given


BASE = snapshot("s3 a: gmax=5000 end=0")
HEAD = snapshot(
    "s3 a: gmax=5000 end=5000",
    "  s3::table src/lib.rs:3: gmax=4000 end=4000",
    "  s3::keep src/lib.rs:9: gmax=1000 end=1000",
)


def test_it_is_left_out_of_t_end_and_named_and_what_calls_left_is_judged() -> None:
    result = judged(BASE, with_static(HEAD, "s3::table"))

    (test,) = result.tests
    assert result.verdict == Verdict.FAIL
    assert test.metrics[Metric.T_END_BYTES].head == 1000
    assert {site.function: site.delta[Metric.T_END_BYTES] for site in test.sites} == {"s3::keep": 1000, None: 0}
    (ignored,) = result.ignored
    assert (ignored.rule, ignored.tests, ignored.t_end_bytes, ignored.expires) == ("static-init", 1, 4000, None)


def test_t_gmax_keeps_it_and_fails_by_it_only_above_a_maximum() -> None:
    higher = with_static(
        snapshot("s3 a: gmax=50000 end=0", "  s3::table src/lib.rs:3: gmax=45000 end=0"), "s3::table"
    )
    result = judged(BASE, higher)
    peak = result.tests[0].metrics[Metric.T_GMAX_BYTES]
    assert (result.verdict, peak.head, peak.status) == (Verdict.PASS, 50_000, "pass")
    assert result.ignored == ()  # it held nothing at t-end

    limits = {Metric.T_GMAX_BYTES: Limit(ratio=1.5, maximum=40_000)}
    result = judged(BASE, higher, replace(DEFAULT, limits=limits))
    assert result.verdict == Verdict.FAIL
    assert result.tests[0].sites[0].cause == "static-init"


def test_a_base_that_did_not_know_it_for_a_static_is_held_against_the_same() -> None:
    one = snapshot("s3 a: gmax=5000 end=4000", "  s3::table src/lib.rs:3: gmax=4000 end=4000")
    for base, head in ((one, with_static(one, "s3::table")), (with_static(one, "s3::table"), one)):
        result = judged(base, head)
        end = result.tests[0].metrics[Metric.T_END_BYTES]
        assert (result.verdict, end.delta) == (Verdict.PASS, 0)


def test_past_values_that_have_it_are_not_held_against_what_is_left() -> None:
    past = {"s3 a": {Metric.T_END_BYTES: (4000, 4000), Metric.T_GMAX_BYTES: (5000, 5000)}}
    static = with_static(
        snapshot("s3 a: gmax=5000 end=4000", "  s3::table src/lib.rs:3: gmax=1 end=4000"), "s3::table"
    )
    rows = judged(static, static, past=past).tests[0].metrics
    assert rows[Metric.T_END_BYTES].trend == ()
    assert rows[Metric.T_GMAX_BYTES].trend == (5000, 5000)
