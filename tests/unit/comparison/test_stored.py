"""What `leakgate publish` reads back: the whole result, or one error."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.comparison.result import (
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
from leakgate.comparison.stored import parse
from leakgate.dhat.profile import Metric
from leakgate.errors import InputError
from leakgate.reports import json, markdown

RESULT = Result(
    verdict=Verdict.FAIL,
    notes=("a note",),
    base=Side(commit="a" * 40, distance=3, source="base.json", fingerprint={"rustc": "1.95.0"}),
    head=Side(fingerprint={"rustc": "1.95.0"}),
    command="cargo test",
    tests=(
        TestResult(
            name="s3 put",
            status=Status.FAIL,
            units=("bytes", "blocks"),
            metrics={
                Metric.T_END_BYTES: MetricResult(
                    base=64, head=96, delta=32, ratio=1.5, status=Status.FAIL, limit="max 64 B", grown=True
                )
            },
            sites=(
                SiteResult(
                    function="s3::put",
                    file="src/put.rs",
                    line=9,
                    cause=None,
                    base={},
                    head={Metric.T_END_BYTES: 32},
                    delta={Metric.T_END_BYTES: 32},
                    stack=("s3::put (src/put.rs:9)",),
                ),
            ),
        ),
    ),
    unmeasured=("s3 list",),
    failed=(FailedTest(name="s3 get", reason="killed by SIGSEGV"),),
    ignored=(IgnoredGrowth(rule="cache::*", reason="filled once", expires=None, tests=1, t_end_bytes=9),),
)
STORED = json.render(RESULT).encode()

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
)


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path of every value in a JSON document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in inner for place in places(item, (*path, key)))]


def replaced(value: object, path: tuple[str | int, ...], new: object) -> object:
    if not path:
        return new
    key, *rest = path
    pairs = dict(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    pairs[key] = replaced(pairs[key], tuple(rest), new)
    return pairs if isinstance(value, dict) else [*pairs.values()]


def test_what_a_check_writes_is_read_back() -> None:
    assert parse(STORED, "result.json") == RESULT


def test_a_cut_result_is_one_error() -> None:
    for length in range(len(STORED) - 2):
        with pytest.raises(InputError, match=r"^result\.json(: is empty|:\d+:\d+: damaged result: .*)\n  help: "):
            parse(STORED[:length], "result.json")


@given(place=st.sampled_from(places(msgspec.json.decode(STORED))), value=json_values)
def test_a_forged_result_is_an_error_or_a_comment(place: tuple[str | int, ...], value: object) -> None:
    forged = replaced(msgspec.json.decode(STORED), place, value)
    try:
        result = parse(msgspec.json.encode(forged), "result.json")
    except InputError:
        return
    assert markdown.render(result).startswith("### ")


@given(st.binary())
def test_no_bytes_are_more_than_an_error(data: bytes) -> None:
    with pytest.raises(InputError):
        parse(data, "result.json")
