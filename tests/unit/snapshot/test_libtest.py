"""What libtest's own thread allocates never counts as a test's."""

import pytest

from factories import dhat
from leakgate.dhat import reader
from leakgate.dhat.frames import Workspace, classify
from leakgate.dhat.profile import Metric, Profile
from leakgate.snapshot.libtest import without_libtest
from leakgate.snapshot.take import TestedProfile, take

# As dhat-rs 0.3.3 writes what libtest's main thread does while it waits for a test's result (rustc 1.95, debug).
WAITING = (
    "<alloc::alloc::Global>::alloc_impl_runtime (src/alloc/mod.rs:185:73)",
    "std::sync::mpmc::context::Context::new (sync/mpmc/context.rs:66:20)",
    "std::sync::mpmc::list::Channel<T>::recv (sync/mpmc/list.rs:411:13)",
    "test::run_tests::<test::console::run_tests_console::{closure#2}> (test/src/lib.rs:422:41)",
    "test::console::run_tests_console (test/src/console.rs:322:5)",
    "test::test_main_static (test/src/lib.rs:172:5)",
    "s3_server::main (s3-server/src/lib.rs:1:0)",
    "std::rt::lang_start_internal (std/src/rt.rs:175:24)",
)
PUT = (
    "alloc::vec::Vec<T,A>::push (src/vec/mod.rs:2580:22)",
    "s3_server::store::put (s3-server/src/store.rs:20:14)",
)


def measured(data: bytes) -> tuple[dict[Metric, int], list[str]]:
    snapshot = take([TestedProfile("s3 put", reader.parse(data, "p"))], Workspace({}, ()))
    (test,) = snapshot.tests
    return dict(test.metrics), [site.function for site in test.sites]


def test_the_144_bytes_of_libtests_channel_are_left_out() -> None:
    with_libtest = dhat((PUT, {"tb": 1000, "eb": 0, "ebk": 0}), (WAITING, {"tb": 144, "tbk": 2}))
    without = dhat((PUT, {"tb": 1000, "eb": 0, "ebk": 0}))

    assert measured(with_libtest) == measured(without)
    assert measured(with_libtest)[0][Metric.T_END_BYTES] == 0


def test_a_release_build_that_has_inlined_most_of_it_is_recognised() -> None:
    inlined = (WAITING[1], "test::console::run_tests_console (test/src/console.rs:322:5)", *WAITING[5:])

    assert measured(dhat((inlined, {"tb": 144})))[0] == dict.fromkeys(Metric, 0)


def test_a_test_that_old_toolchains_run_on_libtests_main_thread_stays() -> None:
    on_main_thread = (*PUT, "s3_server::tests::put (s3-server/src/lib.rs:9:5)", *WAITING[3:])

    assert measured(dhat((on_main_thread, {"tb": 1000})))[0][Metric.T_END_BYTES] == 1000


def test_a_program_without_libtest_is_left_as_it_is() -> None:
    profile = parsed(dhat(((*PUT, "s3_server::main (s3-server/src/main.rs:3:1)"), {"tb": 1000})))

    assert without_libtest(profile, classify(profile.frames, Workspace({}, ()))) is profile


def test_the_totals_of_a_very_large_profile_keep_what_its_small_points_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reader, "MANY_POINTS", 2)
    dead = ((PUT[1],), {"tb": 1, "gb": 0, "gbk": 0, "eb": 0, "ebk": 0})

    metrics, _ = measured(dhat((PUT, {"tb": 100_000}), dead, (WAITING, {"tb": 144})))

    assert metrics[Metric.TOTAL_BYTES] == 100_001


def parsed(data: bytes) -> Profile:
    return reader.parse(data, "p")
