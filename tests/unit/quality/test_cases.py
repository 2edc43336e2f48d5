from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quality.cases import Case, Regression, ZooError, case_of, parse, read_all

from leakgate.comparison.result import Cause
from leakgate.dhat.profile import Metric

ZOO = Path(__file__).parents[2] / "zoo/leaks"

LEAK = """\
title = "Each upload waits for ever"
covers = "forgotten JoinHandle"
[[regression]]
test = "uploads tests::are_stored"
metric = "t-gmax-bytes"
least = "100 KiB"
most = "300 KiB"
function = "uploads::Server::upload"
file = "cases/uploads/src/lib.rs"
also = ["uploads::Replica::send"]
cause = "unfinished-task"
"""

QUIET = """\
title = "A static table comes in"
covers = "LazyLock"
unchanged = true
profile = "release"
rounds = "1"
static-init = ["uploads::api first"]
miss = "A rule is missing."
"""


def test_a_case_that_regresses() -> None:
    assert parse("uploads", LEAK) == Case(
        "uploads",
        "Each upload waits for ever",
        "forgotten JoinHandle",
        (
            Regression(
                "uploads tests::are_stored",
                Metric.T_GMAX_BYTES,
                102_400,
                307_200,
                "uploads::Server::upload",
                "cases/uploads/src/lib.rs",
                ("uploads::Replica::send",),
                Cause.UNFINISHED_TASK,
            ),
        ),
    )


def test_a_case_in_which_nothing_has_grown() -> None:
    case = parse("uploads", QUIET)
    assert case == Case(
        "uploads",
        "A static table comes in",
        "LazyLock",
        profile="release",
        rounds="1",
        static_init=("uploads::api first",),
        miss="A rule is missing.",
    )
    assert case.unchanged


def test_that_no_cause_is_the_truth_can_be_said() -> None:
    [regression] = parse("uploads", LEAK.replace("unfinished-task", "unknown")).regressions
    assert regression.cause is None


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            LEAK.replace('title = "Each upload waits for ever"\n', ""),
            "there is no `title`",
        ),
        (LEAK.replace("also", "alos"), "regression 1: unknown here: `alos`"),
        (
            LEAK.replace("covers", "cover"),
            "there is no `covers`",
        ),
        (f"quick = true\n{LEAK}", "unknown here: `quick`"),
        (
            LEAK.replace("unfinished-task", "unfinished"),
            (
                "regression 1: `cause` is `unfinished`, which is none of: unfinished-task, reference-cycle, "
                "unbounded-queue, growing-collection, detached-thread, leaked-runtime, static-init, unknown"
            ),
        ),
        (
            LEAK.replace("t-gmax-bytes", "total-bytes"),
            ("regression 1: `metric` is `total-bytes`, which is none of: t-gmax-bytes, t-end-bytes"),
        ),
        (
            LEAK.replace("100 KiB", "100 Kb"),
            (
                "regression 1: `least`: `100 Kb` is not a size: its unit is unknown; did you "
                "mean `100 KiB` (1024 bytes each) or `100 kB` (1000 bytes each)?"
            ),
        ),
        (
            LEAK.replace("100 KiB", "400 KiB"),
            "regression 1: `least` is not between 0 B and `most`",
        ),
        (
            LEAK.replace('["uploads::Replica::send"]', '"uploads::Replica::send"'),
            "regression 1: `also` is no list of texts",
        ),
        (
            LEAK.replace("uploads tests::", "downloads tests::"),
            ("`downloads tests::are_stored` is no test of this case; write `uploads <test>` or `uploads::…`"),
        ),
        (
            'title = "t"\ncovers = "c"\n',
            "it states neither a `[[regression]]` nor `unchanged = true`",
        ),
        (f"unchanged = true\n{LEAK}", "unknown here: `regression`"),
        (f"unchanged = false\n{LEAK}", "`unchanged` is `true` or left out"),
        (
            QUIET.replace('"1"', '"2"'),
            "`rounds` is `2`, which is none of: 1",
        ),
        (QUIET.replace('"LazyLock"', "7"), "`covers` is no text"),
        ("title = ", "Invalid value (at end of document)"),
    ],
)
def test_what_is_not_in_the_format_is_refused_with_file_and_key(text: str, error: str) -> None:
    with pytest.raises(ZooError) as caught:
        parse("uploads", text)
    assert str(caught.value) == f"cases/uploads/case.toml: {error}"


@given(st.text(), st.sampled_from(LEAK.splitlines()))
def test_any_text_is_a_case_or_an_error_that_names_the_file(text: str, line: str) -> None:
    try:
        case = parse("uploads", LEAK.replace(line, text))
    except ZooError as error:
        assert str(error).startswith("cases/uploads/case.toml: ")  # noqa: PT017 - a case is as good
    else:
        assert case.name == "uploads"


@pytest.mark.parametrize("missing", ["case.toml", "head.patch", "Cargo.toml"])
def test_a_case_has_all_its_files(tmp_path: Path, missing: str) -> None:
    case = tmp_path / "cases/uploads"
    case.mkdir(parents=True)
    for name in {"case.toml", "head.patch", "Cargo.toml"} - {missing}:
        (case / name).write_text(LEAK)
    with pytest.raises(ZooError, match=rf"^cases/uploads: there is no {missing}$"):
        read_all(tmp_path)


@pytest.mark.parametrize(
    ("test", "case"), [("cup tests::fills", "cup"), ("cup::api pours", "cup"), ("cup::bin/serve runs", "cup")]
)
def test_a_test_belongs_to_the_package_at_its_start(test: str, case: str) -> None:
    assert case_of(test) == case


def test_the_zoo_is_in_the_format() -> None:
    names = [case.name for case in read_all(ZOO)]
    assert names == sorted(path.parent.name for path in ZOO.glob("cases/*/Cargo.toml"))
