"""An ignore rule takes a site out on both sides or on neither, and never more than it says."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from leakgate.comparison.compare import compare
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.result import IgnoredGrowth, Result, Side, Verdict
from leakgate.config import DEFAULT, IgnoreRule
from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import Measurement, Site, Sketch, Snapshot

END = Metric.T_END_BYTES
BODY: Sketch = tuple(range(24))


def holding(function: str, count: int, *, called: str = "push", names: tuple[str, ...] = ()) -> Site:
    """A site of `function`, called by the test."""
    return Site(chain=(called, function, "tests::a"), names=names, function=function, counts={END: count})


def judged(glob: str, base: Iterable[Site], head: Iterable[Site]) -> Result:
    """The word on a test in which `*::fill` has the same body on both sides, under whatever name."""

    def side(sites: Iterable[Site]) -> Snapshot:
        found = tuple(sites)
        total = sum(site.counts[END] for site in found)
        bodies = {name: BODY if "fill" in name else () for site in found for name in site.chain[1:]}
        measured = Measurement(test="s3 a", metrics={END: total}, sites=found)
        return Snapshot(fingerprint={}, tests=(measured,), functions=bodies)

    rule = IgnoreRule(frame=glob, test=None, reason="filled once", expires=date(2030, 1, 1))
    sides = Provenance(base=Side(fingerprint={}), head=Side(fingerprint={}))
    return judge(compare(side(base), side(head)), replace(DEFAULT, ignore=(rule,)), sides)


def judged_bytes(result: Result) -> tuple[int | None, int | None]:
    (test,) = result.tests
    return test.metrics[END].base, test.metrics[END].head


@pytest.mark.parametrize("glob", ["cache::fill", "tests::*", "once_cell::*", "<Cache as Fill>::*"])
def test_a_rule_is_about_any_function_of_the_chain_the_called_one_and_the_names_of_symbols(glob: str) -> None:
    names = ("push", "<Cache as Fill>::fill", "tests::a")
    head = [
        holding("cache::fill", 5000, called="once_cell::get", names=names),
        Site(chain=("push", "s3::put"), function="s3::put", counts={END: 7}),
    ]
    result = judged(glob, [], head)
    assert (result.verdict, judged_bytes(result)) == (Verdict.PASS, (0, 7))
    assert result.ignored == (
        IgnoredGrowth(rule=glob, reason="filled once", expires="2030-01-01", tests=1, t_end_bytes=5000),
    )


def test_a_function_that_got_a_name_that_is_ignored_is_left_out_on_both_sides() -> None:
    result = judged("cache::*", [holding("store::fill", 1000)], [holding("cache::fill", 9000)])
    assert (result.verdict, judged_bytes(result)) == (Verdict.PASS, (0, 0))


def test_a_function_that_lost_the_name_that_is_ignored_counts_on_both_sides() -> None:
    """The rule that comes with the head does not know it, and would not match it from then on."""
    same = judged("cache::*", [holding("cache::fill", 9000)], [holding("store::fill", 9000)])
    assert (same.verdict, judged_bytes(same)) == (Verdict.PASS, (9000, 9000))
    assert same.warnings == ("The ignore rule `cache::*` matched nothing in this run; it may be out of date.",)
    grown = judged("cache::*", [holding("cache::fill", 1000)], [holding("store::fill", 9000)])
    assert (grown.verdict, judged_bytes(grown)) == (Verdict.FAIL, (1000, 9000))
    assert [(site.function, site.renamed_from) for site in grown.tests[0].sites] == [
        ("store::fill", "cache::fill")
    ]


def test_what_is_gone_is_known_by_its_former_name() -> None:
    result = judged("cache::*", [holding("cache::fill", 9000), holding("s3::put", 5)], [holding("s3::put", 5)])
    assert (judged_bytes(result), result.ignored[0].t_end_bytes) == ((5, 5), 0)


def test_a_rule_does_not_hide_what_was_only_counted_together_with_what_it_is_about() -> None:
    """Both calls are all that is left of one function, and the rule is about one of them."""
    base = [holding("s3::put", 1000, called="once")]
    head = [holding("s3::put", 700, called="lazy"), holding("s3::put", 9000, called="push")]
    result = judged("lazy", base, head)
    assert (result.verdict, judged_bytes(result)) == (Verdict.FAIL, (1000, 9700))
