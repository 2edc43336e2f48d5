"""A report has room for so much: whole rows, tests and names are left out, and counted."""

import re
from collections.abc import Mapping
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from gfm import page
from leakgate.comparison.result import (
    AcceptedGrowth,
    FailedTest,
    IgnoredGrowth,
    MetricResult,
    Result,
    Side,
    SiteResult,
    Status,
    TestResult,
    Verdict,
)
from leakgate.dhat.profile import Metric
from leakgate.reports import markdown
from leakgate.reports.fitting import Block, fit
from leakgate.reports.words import CROSSED

WORST_FIRST = [Status.FAIL, Status.WARN, Status.ACCEPTED, *(status for status in Status if status not in CROSSED)]
GMAX = Metric.T_GMAX_BYTES
RUN = "https://github.com/acme/shop/actions/runs/12#summary-3"


def of_status(number: int, status: Status, name: str) -> tuple[TestResult, ...]:
    crossed = status in CROSSED
    row = MetricResult(
        base=1000,
        head=None if status is Status.GONE else 9000,
        delta=8000,
        ratio=9.0,
        status=status if crossed else Status.PASS,
        grown=crossed,
        limit="1.5× and +4 KiB",
        trend=(1000,) * 12,
    )
    figures = {GMAX: 9}
    site = SiteResult(
        function=name,
        file="src/lib.rs",
        line=3,
        cause=None,
        base={},
        head=figures,
        delta=figures,
        stack=(name,) * 9,
    )
    return tuple(
        TestResult(
            name=f"{name}_{n} {status}",
            status=status,
            units=("bytes", "blocks"),
            metrics={GMAX: row},
            sites=(site, site) if crossed else (),
        )
        for n in range(number)
    )


def result(many: Mapping[str, int], name: str = "shop tests::case") -> Result:
    """As many of each kind as `many` says."""

    def number(kind: str) -> range:
        return range(many.get(kind, 0))

    of_tests = [of_status(many.get(status.value, 0), status, name) for status in WORST_FIRST]
    return Result(
        verdict=Verdict.FAIL if many.get("fail") else Verdict.NO_BASELINE if many.get("gone") else Verdict.PASS,
        base_missing=f"There is no `{name}` yet." * many.get("problems", 1),
        problems=tuple(f"Problem {n} with `{name}`." for n in number("problems")),
        notes=tuple(f"Note {n} on `{name}`." for n in number("notes")),
        base=Side(commit="1a2b3c4d5e6f" * 3, fingerprint={f"{name} {n}": "old" for n in number("fields")}),
        head=Side(commit="6f5e4d3c2b1a" * 3, fingerprint={f"{name} {n}": "new" for n in number("fields")}),
        tests=tuple(test for some in of_tests for test in some),
        unmeasured=tuple(f"{name}_{n} unmeasured" for n in number("unmeasured")),
        failed=tuple(FailedTest(name=f"{name}_{n}", reason=name) for n in number("failed")),
        ignored=tuple(
            IgnoredGrowth(rule=f"{name}_{n}", reason=name, expires=None, tests=1, t_end_bytes=1)
            for n in number("ignored")
        ),
        accepted=tuple(
            AcceptedGrowth(test=f"{name}_{n}", metric=GMAX, value=9, source="label", label="ok")
            for n in number("accepted_growth")
        ),
    )


KINDS = [status.value for status in Status]
KINDS += ["problems", "notes", "fields", "unmeasured", "failed", "ignored", "accepted_growth"]
FEW_AND_MANY = st.sampled_from([0, 0, 1, 7, 100])
NAMES = st.sampled_from(["shop tests::case", "a|b `c` <d>", "x" * 2_000, "💩" * 2_000, "\n" * 2_000, "ü" * 199])


def whole(text: str) -> None:
    """Nothing is cut in two: no row, no element, no code."""
    shown = page(text)
    assert shown.unclosed == []
    assert all(len(row) == len(table[0]) for table in shown.tables for row in table)
    assert text.count("```") % 2 == 0
    assert all(line.endswith("|") for line in text.split("\n") if line.startswith("| "))
    assert text.endswith("</sub>\n")  # the footer is always there


@given(
    many=st.fixed_dictionaries(dict.fromkeys(KINDS, FEW_AND_MANY)), name=NAMES, room=st.integers(8_000, 120_000)
)
@settings(max_examples=30, deadline=None)
def test_any_report_fits_and_is_whole(many: dict[str, int], name: str, room: int) -> None:
    for render in (markdown.render, markdown.render_summary):
        text = render(result(many, name), longest=room)
        assert len(text.encode()) <= room
        whole(text)
    comment = markdown.render(result(many, name))
    assert len(comment) <= 59_000
    whole(comment)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["shop tests::case", "💩" * 1_000])
def test_thousands_of_anything_fit_and_are_counted(kind: str, name: str) -> None:
    text = markdown.render(result({kind: 5000}, name), more=RUN)
    assert len(text.encode()) <= 59_000
    whole(text)
    if kind != "ignored":  # tests that an ignore rule is for are not named: the rules are
        numbers = re.findall(r"^… (?:call sites of )?([\d,]+) more ", text, re.MULTILINE)
        counted = [int(number.replace(",", "")) for number in numbers]
        assert counted
        assert all(2000 < number < 5000 for number in counted)
        assert text.count(f"see [the run's summary]({RUN}).") == len(counted)


def test_what_is_shown_and_what_is_left_out_are_all() -> None:
    text = markdown.render(result({"fail": 2000}), more=RUN)
    rows, details = text.count("\n| `shop tests::case_"), text.count("<details>")
    assert f"\n\n… {2000 - rows:,} more tests over a limit: see [the run's summary]({RUN}).\n\n" in text
    assert (
        f"\n\n… call sites of {2000 - details:,} more tests over a limit: see [the run's summary]({RUN}).\n\n"
        in text
    )
    assert 30 < details < rows


def test_the_comment_uses_its_room() -> None:
    assert 58_000 < len(markdown.render(result({"fail": 2000})).encode()) <= 59_000


def test_a_crowd_of_one_kind_does_not_push_out_the_others() -> None:
    crowd = dict.fromkeys(KINDS, 3000)
    text = markdown.render(result(crowd, "shop::a_module_with_a_long_name::tests::a_long_name_of_a_test"))
    assert "\n⛔ Problem 0" in text
    assert "_0 fail` | t-gmax |" in text
    assert "<details><summary><code>shop::" in text
    assert "Note 0" in text
    assert "3,000 tests in the baseline, not measured now:" in text


def test_the_summary_shows_what_the_comment_leaves_out() -> None:
    many = result({"fail": 300, "new": 150, "gone": 150, "unmeasured": 150, "pass": 500})
    comment, summary = markdown.render(many), markdown.render_summary(many)
    assert "… " in comment
    assert "… " not in summary
    for status in ("fail", "new", "gone", "unmeasured", "pass"):
        assert f"case_149 {status}`" in summary or f"case_149 {status}</code>" in summary


def test_the_summary_of_a_large_repository_fits() -> None:
    text = markdown.render_summary(result({"pass": 10_000, "fail": 200}))
    assert 890_000 < len(text.encode()) <= 900_000
    assert re.search(r"… [\d,]+ more tests: `leakgate check` leaves all in `result.json`\.", text)


@pytest.mark.parametrize(
    "more", ["javascript:alert(1)", "https://x.example/a b", "https://x.example/)[x](http://y)", ""]
)
def test_only_a_plain_address_is_linked(more: str) -> None:
    text = markdown.render(result({"fail": 2000}), more=more)
    assert "more tests over a limit: `leakgate check` leaves all in `result.json`." in text
    assert "](" not in text


items = st.lists(st.text("aü", min_size=1, max_size=40), max_size=30)


@given(lists=st.lists(items, min_size=1, max_size=6), spare=st.integers(0, 2000), data=st.data())
def test_blocks_fit_whatever_their_size(lists: list[list[str]], spare: int, data: st.DataObject) -> None:
    pick = data.draw
    blocks = [
        Block(
            before="before\n", items=each, noun="item", rank=pick(st.integers(0, 3)), share=pick(st.floats(0, 1))
        )
        for each in lists
    ]
    draw = partial(Block.draw, count=0, pointer="see there")
    least = sum(len(draw(block).encode()) + 2 for block in blocks)
    text = fit(blocks, least + spare, "see there")
    assert len(text.encode()) <= least + spare
    for block in blocks:
        assert any(block.draw(count, "see there") in text for count in range(len(block.items) + 1))


def test_a_head_commit_alone_changes_nothing() -> None:
    """A comment that says the same is not sent again."""
    one = result({"fail": 3, "new": 2, "pass": 5})
    other = structs.replace(one, head=structs.replace(one.head, commit="0" * 40))
    assert markdown.render(one) == markdown.render(other)
