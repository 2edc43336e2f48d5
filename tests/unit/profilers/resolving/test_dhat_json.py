import json
import re

from leakgate.dhat import reader
from leakgate.dhat.profile import Metric
from leakgate.profilers.resolving.dhat_json import dhat_json
from leakgate.profilers.resolving.raw import RawProfile, Site
from leakgate.profilers.resolving.symbols import Frame, Stack, unknown

START = "std::sys::backtrace::__rust_begin_short_backtrace::<leakgate_harness::runner::run, ()>"
NAMES: dict[int, tuple[str, ...]] = {
    0x10: ("std::thread::spawn_unchecked::{closure#0}", START),
    0x20: ("<leakgate_harness::runner::Session>::round::{closure#0}",),
    0x30: ("store::tests::put", "core::ops::function::FnOnce::call_once"),
    0x40: ("alloc::alloc::alloc", "alloc::vec::Vec<T>::push"),
    0x50: ("__rustc::__rust_alloc", "<leakgate_harness::alloc::Allocator as core::alloc::GlobalAlloc>::alloc"),
    0x60: ("__rustc::__rust_realloc",),
    0x70: ("store::worker",),
    0x80: (START, "std::thread::start"),
    0xA0: (
        "std::sys::backtrace::__rust_begin_short_backtrace::<store::worker, ()>",
        "std::thread::lifecycle::spawn_unchecked::<store::worker, ()>::{closure#1}",
        "std::sys::thread::unix::Thread::new::thread_start",
    ),
}
FRAMES: dict[int, Stack] = {
    address: tuple(Frame(name, f"0x{address:X}: {name} (/repo/a.rs:{address})") for name in names)
    for address, names in NAMES.items()
}
GUNGRAUN = re.compile(r"^(?P<root>\[root\])|(?P<addr>0x[0-9a-fA-F]+):\s*(?P<func>.*)\s\((?P<place>.*)\)$")
"""How gungraun (iai-callgrind) reads a frame: its `dhat/model.rs`."""


def profile(*sites: tuple[tuple[int, ...], tuple[int, ...]]) -> RawProfile:
    return RawProfile(
        pid=7,
        modules=(),
        peak=3,
        duration=9,
        sites=tuple(Site(counts, stack) for counts, stack in sites),
        totals=(),
        stacks=0,
        cut=0,
        limited=0,
        survivors=0,
        lost=0,
    )


ONE = (100, 2, 50, 60, 1, 60, 1, 40, 1)
TWO = (10, 1, 5, 10, 1, 0, 0, 0, 0)


def written(*sites: tuple[tuple[int, ...], tuple[int, ...]]) -> dict[str, object]:
    parsed: dict[str, object] = json.loads(dhat_json(profile(*sites), FRAMES | {0x90: unknown(0x90)}, "store put"))
    return parsed


def test_the_whole_file() -> None:
    file = written((ONE, (0x10, 0x20, 0x30, 0x40, 0x50)))
    assert file == {
        "dhatFileVersion": 2,
        "mode": "rust-heap",
        "verb": "Allocated",
        "bklt": True,
        "bkacc": False,
        "tu": "µs",
        "Mtu": "s",
        "tuth": 10,
        "cmd": "store put",
        "pid": 7,
        "tg": 3,
        "te": 9,
        "pps": [
            {
                "tb": 100, "tbk": 2, "tl": 50, "mb": 60, "mbk": 1, "gb": 60, "gbk": 1, "eb": 40, "ebk": 1,
                "fs": [1, 2, 3, 4],
            }
        ],
        "ftbl": [
            "[root]",
            "0x40: alloc::alloc::alloc (/repo/a.rs:64)",
            "0x40: alloc::vec::Vec<T>::push (/repo/a.rs:64)",
            "0x30: store::tests::put (/repo/a.rs:48)",
            "0x30: core::ops::function::FnOnce::call_once (/repo/a.rs:48)",
        ],
    }  # fmt: skip


def functions(*stack: int) -> list[str]:
    file = written((ONE, stack))
    table, points = file["ftbl"], file["pps"]
    assert isinstance(table, list)
    assert isinstance(points, list)
    return [table[index].split(" ")[1] for index in points[0]["fs"]]


def test_the_allocator_and_what_starts_threads_and_tests_are_left_out() -> None:
    assert functions(0x80, 0x70, 0x60) == ["store::worker"]
    assert functions(0x70, 0x40) == ["alloc::alloc::alloc", "alloc::vec::Vec<T>::push", "store::worker"]


def test_a_stack_of_nothing_else_stays_and_none_is_empty() -> None:
    assert functions(0x80, 0x50)
    assert functions() == ["???"]
    assert functions(0x90) == ["???"]


def test_program_points_with_one_stack_are_added_up() -> None:
    """The viewer of dhat refuses a file in which a stack occurs twice."""
    outer = (0x10, 0x20, 0x30)
    file = written((ONE, (*outer, 0x40, 0x50)), (TWO, (*outer, 0x40, 0x60)))
    points = file["pps"]
    assert isinstance(points, list)
    assert [point["tb"] for point in points] == [110]
    assert points[0]["tl"] == 55


def test_readers_accept_it() -> None:
    data = dhat_json(profile((ONE, (0x10, 0x30, 0x50)), (TWO, ())), FRAMES, "store put")
    read = reader.parse(data, "a.json")
    assert read.totals == {
        Metric.TOTAL_BYTES: 110,
        Metric.TOTAL_BLOCKS: 3,
        Metric.T_GMAX_BYTES: 60,
        Metric.T_GMAX_BLOCKS: 1,
        Metric.T_END_BYTES: 40,
        Metric.T_END_BLOCKS: 1,
    }
    assert all(GUNGRAUN.match(frame) for frame in json.loads(data)["ftbl"])
    assert reader.parse(dhat_json(profile(), {}, ""), "empty.json").points == []


def test_of_what_starts_a_thread_of_the_tests_one_function_is_kept() -> None:
    file = written((ONE, (0xA0, 0x70, 0x40)), (TWO, (0x10, 0x20, 0x30, 0x40)))
    table = file["ftbl"]
    assert isinstance(table, list)
    assert [text.split(" ")[1] for text in table[1:]] == [
        "alloc::alloc::alloc",
        "alloc::vec::Vec<T>::push",
        "store::worker",
        "std::thread::lifecycle::spawn_unchecked::<store::worker,",
        "store::tests::put",
        "core::ops::function::FnOnce::call_once",
    ]
