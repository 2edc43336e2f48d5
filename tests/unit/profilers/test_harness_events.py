import json
from pathlib import Path

import pytest

from leakgate.profilers import events
from leakgate.profilers.harness_events import Deaths, Recorded, Recorder, remarks
from leakgate.profilers.suite import Movement

LEFT = "left 1 thread running"


def line(event: str, binary: str = "/t/store-1", **fields: object) -> bytes:
    return json.dumps({"event": event, "binary": binary, **fields}).encode()


def round_(number: int, *notes: str) -> dict[str, object]:
    return {"file": f"raw/9-{number}.raw", "round": number, "notes": notes}


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path, {"/t/store-1": "store", "/t/api-2": "store::api"}, lambda _: None)


def test_paths_become_binary_ids_and_the_last_round_is_judged(recorder: Recorder) -> None:
    told = [
        line("binary", tests=2, ignored=1, filtered=3),
        line("start", test='a::ü "b"'),
        line("end", test='a::ü "b"', reason=None, seconds=0.5, profiles=[round_(1), round_(2, LEFT)]),
        line("start", test="c"),
        line("end", test="c", reason="panicked: no", seconds=1, profiles=[round_(1)]),
        line("start", "/t/api-2", test="d"),
        line("end", "/t/api-2", test="d", reason=None, seconds=2, profiles=[]),
        line("note", text="something"),
        line("note", "/t/unknown-3", text="else"),
    ]  # fmt: skip
    assert [recorder.decode(entry) for entry in told] == [
        events.Binary("store", 2, 1, 3),
        events.Start('store a::ü "b"'),
        events.End('store a::ü "b"', None, 0.5, (('store a::ü "b"', "profiles/00001.json"),), again=1),
        events.Start("store c"),
        events.End("store c", "panicked: no", 1, ()),
        events.Start("store::api d"),
        events.End("store::api d", None, 2, ()),
        events.Remark("store: something"),
        events.Remark("unknown-3: else"),
    ]
    raw = recorder.run_dir / "raw/9-2.raw"
    assert recorder.recorded == [Recorded('store a::ü "b"', raw, "profiles/00001.json", (LEFT,))]
    assert list(recorder.cut_short()) == []


def test_how_far_figures_move_is_told_for_each_process(recorder: Recorder) -> None:
    told = line("moved", test="races", runs=17, lowest=100, highest=300, left=0)
    assert recorder.decode(told) == events.Moved("store races", Movement(17, 100, 300, 0))


@pytest.mark.parametrize(
    ("repeat", "warm_up", "rounds", "judged"),
    [
        (1, 0, 1, [1]),
        (1, 0, 2, [2]),
        (1, 2, 3, [3]),
        (3, 1, 4, [2, 3, 4]),
        (3, 0, 3, [1, 2, 3]),
        (3, 1, 3, [2, 3]),
        (3, 1, 1, [1]),
    ],
)
def test_the_last_rounds_are_judged_or_those_that_there_are(
    tmp_path: Path, repeat: int, warm_up: int, rounds: int, judged: list[int]
) -> None:
    told: list[Recorded] = []
    recorder = Recorder(tmp_path, {}, told.append, repeat, warm_up)
    profiles = [round_(number) for number in range(1, rounds + 1)]
    recorder.decode(line("end", test="a", reason=None, seconds=0, profiles=profiles))
    assert [recorded.raw.name for recorded in recorder.recorded] == [f"9-{number}.raw" for number in judged]
    assert recorder.recorded == told
    assert len({recorded.target for recorded in told}) == len(judged)


def test_tests_that_never_started_are_missed(recorder: Recorder) -> None:
    for entry in (
        line("binary", tests=5, ignored=0, filtered=0),
        line("start", test="a"),
        line("end", test="a", reason=None, seconds=0, profiles=[round_(1)]),
        line("start", test="b"),
    ):
        recorder.decode(entry)
    assert list(recorder.cut_short()) == [("store", 3)]
    assert recorder.binary_of("store b") == "/t/store-1"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("`/t/store-1 --skip x` (signal: 6, SIGABRT: process abort signal)", "killed by SIGABRT"),
        ("`/t/store-1` (exit status: 7)", "exited with 7"),
        ("`/t/store-1` (signal: 35)", "killed by signal 35"),
        ("`target/debug/deps/store-1 (x)` (exit status: 3)", "exited with 3"),
        ("`/t/store-10` (exit status: 9)", "exited before the test ended"),
        ("`/t/store-1", "exited before the test ended"),
    ],
)
def test_why_a_binary_died_is_read_from_what_cargo_prints(told: str, words: str) -> None:
    deaths = Deaths()
    deaths.read("error: test failed, to rerun pass `--lib`")
    deaths.read(f"  process didn't exit successfully: {told}")
    assert deaths.of("/t/store-1") == words


def test_what_the_harness_remarks_is_a_sentence_a_kind() -> None:
    def recorded(test: str, *notes: str) -> Recorded:
        return Recorded(test, Path("r"), "t", notes)

    assert list(remarks([recorded("store a")])) == []
    threads = [recorded(f"store t{number}", LEFT) for number in range(5)]
    once, left = remarks([recorded("store once", "cannot run twice: panicked"), *threads])
    assert once == "`store once` cannot run twice, so what the first run leaves is judged, be it filled once only"
    assert left == (
        "`store t0`, `store t1`, `store t2` and 2 more left threads running: the tests behind ran in "
        "another process"
    )
