"""Who may agree to growth, to how much of it, and what is said when an agreement is of no use any more."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from factories import FINGERPRINT, snapshot
from leakgate.comparison.accepting import LabelAcceptance
from leakgate.comparison.compare import compare
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.result import AcceptedGrowth, FailedTest, Result, Side, Status, Verdict
from leakgate.config import DEFAULT, AcceptRule, Config, Limit
from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Snapshot

GMAX, END = Metric.T_GMAX_BYTES, Metric.T_END_BYTES
ALICE = LabelAcceptance("leakgate: accept", "alice")
BASE = snapshot("s3 put: gmax=100000 end=0", "s3 list: gmax=100000 end=0")
GROWN = snapshot(
    "s3 put: gmax=200000 end=0", "  s3::put src/put.rs:9: gmax=150000 end=0", "s3 list: gmax=100000 end=0"
)


def entry(test: str = "s3 put", up_to: Mapping[Metric, int] | None = None, *, expired: bool = False) -> AcceptRule:
    expires = date(2026, 1, 1) if expired else date(2027, 1, 1)
    return AcceptRule(test, up_to or {GMAX: 200_000}, "the new index", expires, expired)


def accepting(*rules: AcceptRule, **more: object) -> Config:
    return replace(DEFAULT, accept=rules, source=".github/leakgate.yml", **more)  # type: ignore[arg-type]  # as given


def judged(
    head: Snapshot,
    config: Config = DEFAULT,
    label: LabelAcceptance | None = None,
    *,
    base: Snapshot | None = BASE,
    failed: tuple[FailedTest, ...] = (),
) -> Result:
    side = Side(fingerprint=base.fingerprint) if base else None
    origin = Provenance(base=side, head=Side(fingerprint=head.fingerprint), accepted_by=label, failed=failed)
    return judge(compare(base, head), config, origin)


def test_an_entry_accepts_up_to_its_value() -> None:
    result = judged(GROWN, accepting(entry()))
    assert (result.verdict, result.notes) == (Verdict.PASS, ())
    test = result.tests[0]
    assert (test.name, test.status, test.metrics[GMAX].status) == ("s3 put", Status.ACCEPTED, Status.ACCEPTED)
    assert test.sites[0].function == "s3::put"  # accepted, and still shown
    assert result.accepted == (
        AcceptedGrowth(
            test="s3 put",
            metric=GMAX,
            value=200_000,
            source=".github/leakgate.yml",
            up_to=200_000,
            reason="the new index",
            expires="2027-01-01",
        ),
    )


def test_more_than_an_entry_accepts_fails_and_says_what_was_accepted() -> None:
    result = judged(GROWN, accepting(entry(up_to={GMAX: 199_999}), entry(up_to={GMAX: 153_600})))
    assert (result.verdict, result.accepted, result.notes) == (Verdict.FAIL, (), ())
    assert result.tests[0].metrics[GMAX].limit == "1.5× and +4 KiB, accepted up to 195.31 KiB"


def test_an_entry_is_for_its_metrics_alone() -> None:
    head = snapshot("s3 put: gmax=200000 end=5000", "s3 list: gmax=100000 end=0")
    result = judged(head, accepting(entry()))
    assert result.verdict == Verdict.FAIL
    metrics = result.tests[0].metrics
    assert (result.tests[0].status, metrics[GMAX].status, metrics[END].status) == (
        Status.FAIL,
        Status.ACCEPTED,
        Status.FAIL,
    )


def test_an_entry_covers_a_max_too_also_without_a_baseline() -> None:
    config = accepting(entry(), limits={GMAX: Limit(maximum=150_000)})
    for base in (BASE, None):
        result = judged(GROWN, config, base=base)
        assert result.tests[0].status == Status.ACCEPTED
        assert [growth.test for growth in result.accepted] == ["s3 put"]


def test_an_expired_entry_has_no_effect_and_is_named() -> None:
    result = judged(GROWN, accepting(entry(expired=True)))
    assert result.verdict == Verdict.FAIL
    assert result.tests[0].metrics[GMAX].limit == "1.5× and +4 KiB"
    (note,) = result.notes
    assert note == (
        "The entry for `s3 put` under `accept` expired on 2026-01-01 and has no effect: remove it, or give it a "
        "new date."
    )


def test_an_entry_that_the_baseline_has_absorbed_can_be_removed() -> None:
    result = judged(GROWN, accepting(entry("s3 *")), base=GROWN)
    assert (result.verdict, result.accepted) == (Verdict.PASS, ())
    (note,) = result.notes
    assert note == (
        "The entry for `s3 *` under `accept` accepted nothing: what it is for is within its ordinary limits. "
        "It can be removed."
    )


def test_where_growth_was_not_judged_no_entry_is_called_superfluous() -> None:
    other = snapshot("s3 put: gmax=1 end=0", fingerprint=FINGERPRINT | {"rustc": "1.80.0"})
    assert judged(GROWN, accepting(entry()), base=None).notes == ()
    assert judged(GROWN, accepting(entry()), base=other).notes == ()


def test_an_entry_for_no_test_is_named_unless_that_test_failed() -> None:
    rule = accepting(entry("s3 delete"))
    (note,) = judged(BASE, rule).notes
    assert note == (
        "The entry for `s3 delete` under `accept` matched no test of this run. If there is no such test any more, "
        "it can be removed."
    )
    failed = (FailedTest(name="s3 delete", reason="failed"),)
    assert "matched no test" not in "".join(judged(BASE, rule, failed=failed).notes)


def test_the_label_accepts_every_growth_and_says_who_put_it_there() -> None:
    head = snapshot("s3 put: gmax=200000 end=5000", "s3 list: gmax=300000 end=0")
    result = judged(head, label=ALICE)
    assert (result.verdict, result.notes) == (Verdict.PASS, ())
    assert {test.status for test in result.tests} == {Status.ACCEPTED}
    assert result.accepted == tuple(
        AcceptedGrowth(test=test, metric=metric, value=value, source="label", label="leakgate: accept", by="alice")
        for test, metric, value in (("s3 list", GMAX, 300_000), ("s3 put", GMAX, 200_000), ("s3 put", END, 5_000))
    )


def test_the_label_never_accepts_what_is_over_a_max() -> None:
    config = replace(DEFAULT, limits={GMAX: Limit(ratio=1.5, maximum=150_000)})
    head = snapshot("s3 put: gmax=200000 end=0", "s3 list: gmax=100000 end=0")
    result = judged(head, config, ALICE)
    assert (result.verdict, result.accepted) == (Verdict.FAIL, ())
    (note,) = result.notes
    assert note == (
        "The label `leakgate: accept` accepts growth, but nothing that is over a `max`: `s3 put`. Raise the "
        "`max`, or add an entry under `accept`."
    )


def test_what_an_entry_accepts_is_not_put_down_to_the_label() -> None:
    result = judged(GROWN, accepting(entry()), ALICE)
    assert [growth.source for growth in result.accepted] == [".github/leakgate.yml"]


def test_a_warning_can_be_accepted_too() -> None:
    limits = {GMAX: Limit(ratio=3, warn_ratio=1.5)}
    assert judged(GROWN, replace(DEFAULT, limits=limits), ALICE).tests[0].status == Status.ACCEPTED
    assert judged(GROWN, accepting(entry(), limits=limits)).tests[0].status == Status.ACCEPTED


values = st.integers(0, 10**6)


@given(base=values, head=values, maximum=st.none() | values, up_to=values, labelled=st.booleans())
def test_accepting_only_ever_turns_a_crossed_limit_into_an_accepted_one(
    base: int, head: int, maximum: int | None, up_to: int, *, labelled: bool
) -> None:
    config = replace(DEFAULT, limits={GMAX: Limit(ratio=1.5, min_delta=64, maximum=maximum)})
    before, after = snapshot(f"s3 put: gmax={base}"), snapshot(f"s3 put: gmax={head}")
    plainly = judged(after, config, base=before)
    accepted = judged(
        after, replace(config, accept=(entry(up_to={GMAX: up_to}),)), ALICE if labelled else None, base=before
    )
    (plain_test,), (test,) = plainly.tests, accepted.tests
    over_max = maximum is not None and head > maximum
    covered = head <= up_to or (labelled and not over_max)
    expected = Status.ACCEPTED if plain_test.status is Status.FAIL and covered else plain_test.status
    assert test.status is expected
    assert bool(accepted.accepted) is (expected is Status.ACCEPTED)
    assert (accepted.verdict is Verdict.PASS) is (expected is not Status.FAIL)
