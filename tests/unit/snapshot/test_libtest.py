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


def test_a_peak_that_is_libtests_own_is_kept_where_the_profile_is_of_a_whole_process() -> None:
    # The harness without its runner. What the test had held was free when its thread told the result.
    reports = (
        "std::sync::mpsc::Sender<test::event::CompletedTest>::send (std/src/sync/mpsc.rs:608)",
        "test::run_test_in_process (test/src/lib.rs:701)",
        "test::run_test::{closure#1} (test/src/lib.rs:637)",
    )

    metrics, _ = measured(dhat((PUT, {"tb": 2000, "gb": 0, "eb": 0}), (reports, {"tb": 9680, "eb": 0, "ebk": 0})))

    assert metrics[Metric.T_GMAX_BYTES] == 9680


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


# As Valgrind 3.19 writes them (rustc 1.95), shortened: a whole process, told by its frames.
RUSTC = "/rustc/59807616e/library"
MALLOC = "0x48: malloc (in /usr/libexec/valgrind/vgpreload_dhat-amd64-linux.so)"
GLOBAL = f"0x1: alloc ({RUSTC}/alloc/src/alloc.rs:95)"
C_MAIN = "0x9: main (in /repo/target/debug/deps/app-5)"
BEGIN_MAIN = f"0x7: std::sys::backtrace::__rust_begin_short_backtrace ({RUSTC}/std/src/sys/backtrace.rs:166)"
LANG_START = (f"0x8: std::rt::lang_start ({RUSTC}/std/src/rt.rs:205)", C_MAIN)
BEGIN_TEST = f"0x6: test::__rust_begin_short_backtrace::<(), fn()> ({RUSTC}/test/src/lib.rs:661)"
RUN_TEST = (f"0x5: test::run_test ({RUSTC}/test/src/lib.rs:607)", "0x4: start_thread (nptl/pthread_create.c:442)")
SEND = (MALLOC, GLOBAL, f"0x3: send ({RUSTC}/std/src/sync/mpsc.rs:608)", *RUN_TEST)
INIT = (MALLOC, GLOBAL, f"0x2: std::sys::init ({RUSTC}/std/src/sys/mod.rs:41)", *LANG_START)
INLINED_INIT = (*INIT[:3], C_MAIN)
OF_A_TEST = (MALLOC, GLOBAL, "0xA: app::tests::put (/repo/src/lib.rs:9)", BEGIN_TEST, *RUN_TEST)
OF_A_NAMELESS_TEST = (MALLOC, GLOBAL, BEGIN_TEST, *RUN_TEST)
OF_A_THREAD = (
    MALLOC,
    GLOBAL,
    "0xB: app::work (/repo/src/lib.rs:7)",
    "0x4: start_thread (nptl/pthread_create.c:442)",
)
OF_MAIN = (MALLOC, GLOBAL, "0xC: app::main (/repo/src/main.rs:2)", BEGIN_MAIN, *LANG_START)
OF_C = (MALLOC, "0xD: build (in /repo/target/debug/deps/app-5)", C_MAIN)


@pytest.mark.parametrize("stack", [SEND, INIT, INLINED_INIT])
def test_libtest_and_std_s_runtime_are_left_out_of_a_whole_process_but_for_its_peak(
    stack: tuple[str, ...],
) -> None:
    metrics, sites = measured(dhat((OF_A_TEST, {"tb": 1000}), (stack, {"tb": 544}), mode="heap"))

    assert metrics == {
        Metric.TOTAL_BYTES: 1000,
        Metric.TOTAL_BLOCKS: 1,
        Metric.T_GMAX_BYTES: 1544,
        Metric.T_GMAX_BLOCKS: 2,
        Metric.T_END_BYTES: 1000,
        Metric.T_END_BLOCKS: 1,
    }
    assert sites == ["app::tests::put"]


@pytest.mark.parametrize("stack", [OF_A_TEST, OF_A_NAMELESS_TEST, OF_A_THREAD, OF_MAIN, OF_C])
def test_what_tests_programs_and_their_threads_hold_in_a_whole_process_stays(stack: tuple[str, ...]) -> None:
    metrics, _ = measured(dhat((stack, {"tb": 1000}), (SEND, {"tb": 9680}), mode="heap"))

    assert metrics[Metric.T_END_BYTES] == 1000
