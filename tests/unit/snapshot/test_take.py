import pytest

from factories import dhat
from leakgate.dhat import reader
from leakgate.dhat.frames import Workspace
from leakgate.dhat.profile import Metric
from leakgate.errors import InputError
from leakgate.snapshot.model import Snapshot, Spread
from leakgate.snapshot.take import Movement, TestedProfile, take

PUT = ("s3::put (s3/src/lib.rs:2:3)",)


def taken(*tests: str, data: bytes = dhat((PUT, {"tb": 5})), **about: object) -> Snapshot:
    profiles = (TestedProfile(test, reader.parse(data, f"{test}.json")) for test in tests)
    return take(profiles, Workspace({}, ()), **about)  # type: ignore[arg-type]  # as given


def test_tests_are_sorted_whatever_the_order_they_ran_in() -> None:
    snapshot = taken("s3 b", "s3 a", "s3::api c", unmeasured=["s3 z", "s3 y"])

    assert [test.test for test in snapshot.tests] == ["s3 a", "s3 b", "s3::api c"]
    assert snapshot.unmeasured == ("s3 y", "s3 z")


def test_two_profiles_of_one_test_are_an_error_that_names_the_second() -> None:
    with pytest.raises(InputError) as caught:
        taken("s3 a", "s3 b", "s3 a")

    assert str(caught.value) == "s3 a.json: a second profile for the test `s3 a`"


def test_without_a_fingerprint_the_profiles_tell_who_wrote_them() -> None:
    assert taken("s3 a").fingerprint == {"dhat": "dhat-rs"}
    assert taken("s3 a", data=dhat(mode="heap")).fingerprint == {"dhat": "valgrind"}
    assert taken("s3 a", fingerprint={"rustc": "1.95.0"}).fingerprint == {"rustc": "1.95.0"}


def test_an_ad_hoc_profile_counts_in_its_own_units_and_has_no_peak() -> None:
    data = dhat((PUT, {"tb": 7, "tbk": 3}), mode="ad-hoc", bsu="pages", bksu="reads")

    (test,) = taken("s3 a", data=data).tests

    assert test.units == ("pages", "reads")
    assert test.metrics == {Metric.TOTAL_BYTES: 7, Metric.TOTAL_BLOCKS: 3}
    assert test.sites[0].counts == test.metrics


def test_how_far_a_peak_moves_is_kept_and_holds_the_peak_itself() -> None:
    moved = {
        "s3 a": Movement(Spread(runs=5, lowest=7, highest=9)),
        "s3 gone": Movement(Spread(runs=5, lowest=1, highest=1)),
    }

    (test, other) = taken("s3 a", "s3 b", data=dhat((PUT, {"tb": 5, "gb": 5})), movements=moved).tests

    assert test.spread == {Metric.T_GMAX_BYTES: Spread(runs=5, lowest=5, highest=9)}
    assert other.spread == {}


def test_what_later_rounds_leave_is_the_least_that_it_leaves() -> None:
    moved = {"s3 a": Movement(Spread(runs=17, lowest=5, highest=5), left=0)}

    (test,) = taken("s3 a", data=dhat((PUT, {"tb": 5, "gb": 5, "eb": 3})), movements=moved).tests

    assert test.metrics[Metric.T_END_BYTES] == 3
    assert test.spread[Metric.T_END_BYTES] == Spread(runs=17, lowest=0, highest=3)


def test_a_total_that_no_snapshot_can_hold_is_refused() -> None:
    frames = [(f"s3::f{n} (s3/src/lib.rs:{n}:1)",) for n in (1, 2)]
    data = dhat(*((frame, {"tb": 2**63 - 1, "gb": 0, "eb": 0}) for frame in frames))

    with pytest.raises(InputError) as caught:
        taken("s3 a", data=data)

    assert str(caught.value) == (
        "s3 a.json: $.pps: is absurdly large: total-bytes adds up to 18,446,744,073,709,551,614\n"
        "  help: profile the program again"
    )
