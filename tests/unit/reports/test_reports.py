"""Whole reports against expected files that a person can read."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from factories import FINGERPRINT, snapshot
from gfm import page
from leakgate import schemas
from leakgate.comparison.accepting import LabelAcceptance
from leakgate.comparison.compare import compare
from leakgate.comparison.judge import Provenance, judge
from leakgate.comparison.result import FailedTest, IgnoredGrowth, Result, Side
from leakgate.config import DEFAULT, AcceptRule, Config, IgnoreRule, Limit
from leakgate.confirming import Gate, confirm
from leakgate.dhat.frames import Workspace
from leakgate.dhat.profile import Metric
from leakgate.measuring import Measured
from leakgate.profilers.suite import SuiteRun
from leakgate.reports import console, markdown
from leakgate.reports import json as json_report
from leakgate.reports.formats import render
from leakgate.reports.markup import cell
from leakgate.reports.untrusted import plain
from leakgate.snapshot.model import Snapshot, Spread
from results import caused_test

SPREADS = ((2000, 2355), (410_000, 446_828))
EXPECTED = Path(__file__).parent / "expected"
BASE_COMMIT, HEAD_COMMIT = "1a2b3c4d5e6f" + "0" * 28, "6f5e4d3c2b1a" + "0" * 28

BASE = snapshot(
    "s3-server tests::list: gmax=2355 end=0",
    "s3-server tests::put_many: gmax=14685 end=64",
    "  s3_server::store::Store::put src/store.rs:20 via bytes::Bytes::from: gmax=14000 end=0",
    "s3-server tests::slow: gmax=100000 end=0",
    "s3-server tests::removed: gmax=100 end=0",
    commit=BASE_COMMIT,
)
HEAD = snapshot(
    "s3-server tests::list: gmax=2355 end=0",
    "s3-server tests::put_many: gmax=446828 end=436320",
    "  s3_server::store::Store::put src/store.rs:22 via bytes::Bytes::from: gmax=14000 end=0",
    "  s3_server::replica::Replica::send src/replica.rs:42 via bytes::Bytes::copy_from from s3_server::put:"
    " gmax=420000 end=420000",
    "  s3_server::replica::Replica::send src/replica.rs:43 via tokio::spawn from s3_server::put:"
    " gmax=12000 end=12000",
    "s3-server tests::slow: gmax=130000 end=0",
    "s3-server::api added: gmax=700 end=0",
    commit=HEAD_COMMIT,
    unmeasured=("s3-server tests::keys_are_validated",),
)
WITH_WARNING = replace(
    DEFAULT,
    limits={
        Metric.T_GMAX_BYTES: Limit(ratio=1.5, warn_ratio=1.2, min_delta=4096),
        Metric.T_END_BYTES: Limit(ratio=1.5, min_delta=64, maximum=2**20),
    },
    ignore=(
        IgnoreRule(frame="regex::*", test=None, reason="filled once | per process", expires=date(2027, 1, 1)),
    ),
)


def judged(base: Snapshot | None, head: Snapshot, config: Config = DEFAULT, /, **origin: object) -> Result:
    sides = Provenance(
        base=Side(commit=base.commit, source=".leakgate/baseline.json", distance=3, fingerprint=base.fingerprint)
        if base
        else None,
        head=Side(commit=head.commit, fingerprint=head.fingerprint),
        command="cargo test --features dhat-heap",
    )
    return judge(compare(base, head), config, replace(sides, **origin))  # type: ignore[arg-type]  # as given


def failing() -> Result:
    return judged(BASE, HEAD, WITH_WARNING)


def passing() -> Result:
    return judged(BASE, BASE)


def no_baseline() -> Result:
    return judged(None, HEAD)


def incomparable() -> Result:
    other = snapshot("s3-server tests::list: gmax=2 end=0", fingerprint=FINGERPRINT | {"rustc": "1.80.0"})
    return judged(other, HEAD)


def broken() -> Result:
    return judged(
        BASE,
        BASE,
        problems=("1 of the tests failed.",),
        failed=(FailedTest(name="s3-server tests::crash", reason="killed by SIGSEGV"),),
    )


def events() -> Result:
    """An ad hoc profile counts units and events of its own."""
    base, head = snapshot("s3 parses: total=10 total-blocks=2"), snapshot("s3 parses: total=4000 total-blocks=2")
    config = replace(DEFAULT, limits={Metric.TOTAL_BYTES: Limit(ratio=2)})
    counted = tuple(replace_tests(side, units=("units", "events")) for side in (base, head))
    return judged(counted[0], counted[1], config)


def replace_tests(side: Snapshot, *, units: tuple[str, str]) -> Snapshot:
    return structs.replace(side, tests=tuple(structs.replace(test, units=units) for test in side.tests))


def accepted() -> Result:
    """One growth that was agreed to in the config, one by a label."""
    rule = AcceptRule(
        test="s3-server tests::put*",
        up_to={Metric.T_GMAX_BYTES: 2**20, Metric.T_END_BYTES: 2**20},
        reason="the new index is kept in memory",
        expires=date(2027, 1, 1),
    )
    head = snapshot(
        "s3-server tests::list: gmax=7355 end=0",
        "s3-server tests::put_many: gmax=446828 end=436320",
        "  s3_server::store::Index::add src/index.rs:22 via alloc::vec::Vec::push: gmax=432000 end=432000",
        "s3-server tests::slow: gmax=100000 end=0",
        "s3-server tests::removed: gmax=100 end=0",
        commit=HEAD_COMMIT,
    )
    config = replace(DEFAULT, accept=(rule,), source="leakgate.yml")
    return judged(BASE, head, config, accepted_by=LabelAcceptance("leakgate: accept", "alice"))


def trend() -> Result:
    """Past values from a branch that keeps them, and a base that is not the one asked for."""
    past = {
        "s3-server tests::list": {Metric.T_GMAX_BYTES: (2355,) * 12},
        "s3-server tests::put_many": {
            Metric.T_GMAX_BYTES: (14_000, 14_000, 14_300, 14_685, 14_685),
            Metric.T_END_BYTES: (0, 64),
        },
        "s3-server tests::slow": {Metric.T_GMAX_BYTES: (60_000, 70_000, 80_000, 90_000, 100_000)},
    }
    side = Side(
        commit=BASE_COMMIT,
        requested="9f8e7d6c5b4a" + "0" * 28,
        distance=3,
        age_seconds=2 * 24 * 60 * 60 + 5,
        store="branch",
        source="branch leakgate-baselines",
        fingerprint=FINGERPRINT,
    )
    return judged(BASE, HEAD, WITH_WARNING, past=past, base=side)


def confirmed() -> Result:
    """One growth that three runs have seen, one that only the first has."""
    again = snapshot(
        "s3-server tests::put_many: gmax=430000 end=420000",
        "  s3_server::replica::Replica::send src/replica.rs:42 via bytes::Bytes::copy_from from s3_server::put:"
        " gmax=420000 end=420000",
        "s3-server tests::list: gmax=2355 end=0",
    )
    head = snapshot(
        "s3-server tests::list: gmax=90355 end=0",
        "  s3_server::store::Store::list src/store.rs:67 via alloc::vec::Vec::push: gmax=88000 end=0",
        "s3-server tests::put_many: gmax=446828 end=436320",
        "s3-server tests::slow: gmax=100000 end=0",
        "s3-server tests::removed: gmax=100 end=0",
        commit=HEAD_COMMIT,
    )
    sides = Provenance(
        base=Side(commit=BASE_COMMIT, source=".leakgate/baseline.json", distance=3, fingerprint=FINGERPRINT),
        head=Side(commit=HEAD_COMMIT, fingerprint=FINGERPRINT),
        command="cargo test --features dhat-heap",
    )
    run = SuiteRun((), (), (), 0, None, FINGERPRINT, Workspace({}, ()))
    measured = Measured(again, run, problems=(), notes=())
    return confirm(Gate(DEFAULT, BASE, sides), head, lambda _: measured, lambda _: None).result


def repeated() -> Result:
    """Figures that are the statistic of several runs."""
    base, head = (
        structs.replace(side, fingerprint=FINGERPRINT | {"runs": "p99 of 20 runs"}, tests=side.tests[:2])
        for side in (BASE, HEAD)
    )
    spreads = [{Metric.T_GMAX_BYTES: Spread(runs=20, lowest=low, highest=high)} for low, high in SPREADS]
    tests = [structs.replace(test, spread=each) for test, each in zip(head.tests, spreads, strict=True)]
    return judged(base, structs.replace(head, tests=tuple(tests)))


def caused() -> Result:
    """Sites with all that the comparison knows of them."""
    return structs.replace(failing(), tests=(caused_test(),), unmeasured=())


CASES: dict[str, Callable[[], Result]] = {
    function.__name__: function
    for function in (
        failing,
        passing,
        no_baseline,
        incomparable,
        broken,
        events,
        accepted,
        trend,
        confirmed,
        repeated,
        caused,
    )
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("name", "suffix"), [("markdown", "md"), ("console", "txt"), ("json", "json")])
def test_a_whole_report(case: str, name: str, suffix: str) -> None:
    report = render(CASES[case](), name)  # type: ignore[arg-type]  # one of the formats
    assert report == (EXPECTED / f"{case}.{suffix}").read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES)
def test_the_json_report_keeps_to_the_published_schema(case: str) -> None:
    jsonschema.validate(json.loads(json_report.render(CASES[case]())), schemas.load("result"))


def test_the_console_has_colours_only_on_demand() -> None:
    assert "\x1b[" not in console.render(failing())
    assert "\x1b[" in console.render(failing(), color=True)


def test_a_long_comment_drops_whole_tests_and_counts_them() -> None:
    tests = [f"s3 tests::test_{n:04}: gmax={{}} end=0" for n in range(2000)]
    site = "  s3::function_with_a_long_name src/lib.rs:3: gmax={} end=0"
    base = snapshot(*(line.format(1) for test in tests for line in (test, site)))
    head = snapshot(*(line.format(100_000) for test in tests for line in (test, site)))
    comment = markdown.render(judged(base, head))
    assert markdown.MAX_COMMENT * 0.9 < len(comment) <= markdown.MAX_COMMENT
    shown = comment.count("<details><summary><code>s3 tests::test_")
    rows = comment.count("\n| `s3 tests::test_")
    assert f"\n\n… {2000 - rows:,} more tests over a limit: `leakgate check` leaves all" in comment
    assert f"\n\n… call sites of {2000 - shown:,} more tests over a limit: " in comment
    assert 20 < shown < rows < 2000
    assert "2,000 of 2,000 tests crossed a memory limit" in comment


@given(text=st.text())
def test_plain_text_is_one_visible_line(text: str) -> None:
    shown = plain(text)
    assert all(c == " " or c.isprintable() for c in shown)
    assert len(shown) <= 200


@given(text=st.text() | st.text("`| \\"))
def test_a_code_span_has_no_table_break(text: str) -> None:
    (table,) = page(f"| a | b |\n|---|---|\n| {cell(text)} | end |\n").tables
    assert table[1] == [plain(text) or " ", "end"]


def test_what_statics_made_is_no_ignore_rule_of_the_users() -> None:
    statics = IgnoredGrowth(rule="static-init", reason="made once", expires=None, tests=2, t_end_bytes=4096)
    rule = IgnoredGrowth(rule="shop::*", reason="known", expires=None, tests=1, t_end_bytes=10)
    alone, both = (structs.replace(passing(), ignored=ignored) for ignored in ((statics,), (rule, statics)))
    words = "what initialisers of statics made, 4 KiB at t-end in 2 tests"

    for report, said in ((console.render, f"\nleft out: {words}\n"), (markdown.render, f"\nLeft out: {words}.\n")):
        assert said in report(alone)
        assert "ignore rule" not in report(alone)
        assert said in report(both)
        assert "1 ignore rule applied" in report(both)
        assert "static-init" not in report(both)
