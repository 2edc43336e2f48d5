import json

import pytest

from leakgate.errors import MeasurementError
from leakgate.profilers.cargo.build import Binary, read_nextest_build
from leakgate.profilers.cargo.listing import Plan, read_list


def case(*, ignored: bool = False, left_out: str | None = None) -> dict[str, object]:
    match = {"status": "mismatch", "reason": left_out} if left_out else {"status": "matches"}
    return {"kind": "test", "ignored": ignored, "filter-match": match}


def suite(path: str, **tests: dict[str, object]) -> dict[str, object]:
    return {"binary-path": path, "status": "listed", "testcases": tests}


LIST = json.dumps(
    {
        "rust-build-meta": {"target-directory": "/t"},
        "test-count": 6,
        "rust-suites": {
            "store": suite(
                "/t/store-1",
                a=case(),
                b=case(ignored=True, left_out="ignored"),
                c=case(left_out="string"),
                d=case(ignored=True),
            ),
            "store::api": suite("/t/api-2", e=case(left_out="partition"), f=case(left_out="ignored")),
        },
    },
    separators=(",", ":"),
)


def test_the_binaries_and_what_will_run_of_their_tests() -> None:
    binaries, plan = read_list(["a build script's line", LIST])

    assert binaries == {"/t/store-1": "store", "/t/api-2": "store::api"}
    assert plan == Plan({"store": ("a", "d")}, ignored=1, filtered=3)
    assert plan.tests == ("store a", "store d")
    assert plan.only(["store", "store::api"], ["store d", "store x"]).tests_of == {"store": ("d",)}
    assert plan.only(["store::api"]) == Plan({}, ignored=1, filtered=3)


def test_a_build_for_nextest_is_a_build_with_a_plan() -> None:
    build = read_nextest_build([LIST])

    assert build.binaries == {
        "/t/store-1": Binary("store", test=True),
        "/t/api-2": Binary("store::api", test=True),
    }
    assert build.plan == read_list([LIST])[1]


@pytest.mark.parametrize("lines", [[], ["nothing"], ['{"rust-build-meta":1}'], ['{"rust-build-meta":{}']])
def test_no_list_is_said(lines: list[str]) -> None:
    with pytest.raises(MeasurementError, match="`cargo nextest list` wrote something unexpected") as caught:
        read_list(lines)
    assert caught.value.remedy == "use cargo-nextest 0.9.148 or newer"
