import json
import math
import os
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leakgate.dhat import reader
from leakgate.dhat.profile import Metric, Profile
from leakgate.dhat.reader import parse, read
from leakgate.errors import InputError

FILES = Path(__file__).parent / "files"
RECORDED = sorted(FILES.glob("*.json"))
HEAP = (FILES / "dhat-rs-heap.json").read_bytes()

Json = dict[str, Any]


def summary(profile: Profile) -> str:
    units = f"{profile.units.bytes}/{profile.units.blocks}"
    totals = " ".join(f"{metric}={total}" for metric, total in profile.totals.items())
    sizes = f"{len(profile.points)} points {len(profile.frames)} frames"
    return f"{profile.producer} {profile.mode} {units} {sizes} {totals}"


# Of dhat-rs-heap, dhat-rs printed: 38,062 bytes in 337 blocks; 32,142 in 322; 14,101 in 160. Where a metric is not
# listed, the file does not have it: it is unknown, not 0.
SUMMARIES = {
    "dhat-rs-heap": """
        dhat-rs heap bytes/blocks 26 points 261 frames
        total-bytes=38062 total-blocks=337
        t-gmax-bytes=32142 t-gmax-blocks=322 t-end-bytes=14101 t-end-blocks=160""",
    "dhat-rs-ad-hoc": """
        dhat-rs ad-hoc units/events 17 points 59 frames
        total-bytes=148 total-blocks=17""",
    "valgrind-heap": """
        valgrind heap bytes/blocks 43 points 347 frames
        total-bytes=41378 total-blocks=355
        t-gmax-bytes=33090 t-gmax-blocks=328 t-end-bytes=13637 t-end-blocks=160""",
    "valgrind-copy": """
        valgrind copy bytes/blocks 27 points 157 frames
        total-bytes=13209 total-blocks=401""",
    "valgrind-ad-hoc": """
        valgrind ad-hoc units/events 2 points 4 frames
        total-bytes=106 total-blocks=4""",
    "mod-alloc": """
        dhat-rs heap bytes/blocks 2 points 5 frames
        total-bytes=4196 total-blocks=6 t-end-bytes=1024 t-end-blocks=1""",
}


@pytest.mark.parametrize(("name", "expected"), SUMMARIES.items())
def test_reads_every_producer_and_mode(name: str, expected: str) -> None:
    assert summary(read(FILES / f"{name}.json")).split() == expected.split()


def test_reads_a_program_point_with_its_stack() -> None:
    profile = read(FILES / "valgrind-ad-hoc.json")

    assert profile.source == str(FILES / "valgrind-ad-hoc.json")
    assert profile.command == "target/debug/adhoc"
    assert [(p.tb, p.tbk, p.gb, [profile.frames[i] for i in p.stack]) for p in profile.points] == [
        (6, 3, None, ["0x1093CF: event (/repo/adhoc.c:4)", "0x1093F7: main (/repo/adhoc.c:6)"]),
        (100, 1, None, ["0x1093CF: event (/repo/adhoc.c:4)", "0x10940B: main (/repo/adhoc.c:7)"]),
    ]


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_totals_agree_with_a_plain_sum_over_the_json(path: Path) -> None:
    points = json.loads(path.read_bytes())["pps"]
    fields = {Metric.TOTAL_BYTES: "tb", Metric.T_GMAX_BYTES: "gb", Metric.T_END_BLOCKS: "ebk"}

    totals = read(path).totals

    assert {m: totals.get(m) for m in fields} == {
        m: sum(point[field] for point in points) if field in points[0] else None for m, field in fields.items()
    }


def test_an_empty_profile_has_totals_of_0_for_what_its_mode_tracks() -> None:
    heap = parse(encode(profile(points=[])), "p")
    ad_hoc = parse(encode({**profile(points=[]), "mode": "rust-ad-hoc", "bklt": False}), "p")

    assert heap.totals == dict.fromkeys(Metric, 0)
    assert ad_hoc.totals == {Metric.TOTAL_BYTES: 0, Metric.TOTAL_BLOCKS: 0}


def test_points_with_the_same_stack_are_added_up() -> None:
    first, second, third = point(fs=[1, 2]), point(tb=5, gb=2, fs=[2, 1]), point(tb=30, gb=20, eb=7, fs=[1, 2])

    merged = parse(encode(profile(points=[first, second, third])), "p").points

    assert [(p.stack, p.tb, p.tbk, p.gb, p.eb) for p in merged] == [([1, 2], 40, 2, 25, 8), ([2, 1], 5, 1, 2, 1)]


def test_the_same_stack_is_found_whatever_the_white_space() -> None:
    text = encode(profile(points=[point(fs=[1, 2]), point(fs=[1, 2])])).replace(b"[1, 2]", b"[1,\n2]", 1)

    assert [p.tb for p in parse(text, "p").points] == [20]


def test_of_very_many_points_only_those_that_explain_something_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MANY_POINTS", 3)
    monkeypatch.setattr(reader, "NOTABLE_SHARE", 10)
    dead, big, at_peak = (
        point(gb=0, eb=0, fs=[1]),
        point(tb=1000, gb=0, eb=0, fs=[2]),
        point(gb=5, eb=0, fs=[1, 1]),
    )
    at_end = point(gb=0, eb=1, fs=[2, 2])

    kept = parse(encode(profile(points=[dead, big, at_peak, at_end])), "p")

    assert [p.stack for p in kept.points] == [[2], [1, 1], [2, 2]]
    assert kept.totals[Metric.TOTAL_BYTES] == 1030


def test_fields_of_other_writers_are_ignored() -> None:
    odd = profile(points=[{**point(), "acc": [-3, 1], "tag": {"deep": [None]}}])

    assert len(parse(encode({**odd, "tu": 7, "te": "soon"}), "p").points) == 1


def point(**fields: object) -> Json:
    return {"tb": 10, "tbk": 1, "gb": 5, "gbk": 1, "eb": 1, "ebk": 1, "fs": [1]} | fields


def profile(*, points: list[Json]) -> Json:
    return {
        "dhatFileVersion": 2, "mode": "rust-heap", "verb": "Allocated", "bklt": True, "bkacc": False,
        "cmd": "app", "pps": points, "ftbl": ["[root]", "0x1: a::f (src/a.rs:1:2)", "0x2: a::g (src/b.rs:3:4)"],
    }  # fmt: skip


def encode(value: object) -> bytes:
    return json.dumps(value).encode()


def with_point(**fields: object) -> bytes:
    return encode(profile(points=[point(), point(), point(), point(fs=[2]) | fields]))


def without(*fields: str) -> bytes:
    last = point(fs=[2])
    for field in fields:
        del last[field]
    return encode(profile(points=[point(), last]))


AGAIN = "\n  help: profile the program again; if the message stays, its profiler writes what DHAT does not"
INTERRUPTED = "\n  help: the profiler was interrupted, or the disk was full: profile the program again"
WHAT_IS_READ = "\n  help: leakgate reads the JSON that the dhat crate and Valgrind's --tool=dhat write"

WRONG = {
    "empty": (b"", f"p: is empty{INTERRUPTED}"),
    "white space": (b" \n\n", f"p: is empty{INTERRUPTED}"),
    "not JSON": (
        b'{\n  "dhatFileVersion": 2,\n  mode: 1}',
        f"p:3:3: is not JSON: object keys must be strings{WHAT_IS_READ}",
    ),
    "cut off": (
        b'{\n"dhatFileVersion": 2,\n"mo',
        f"p:3:4: is cut off: the JSON has not ended after 27 bytes{INTERRUPTED}",
    ),
    "cut off after a wrong value": (
        b'{"dhatFileVersion": 2, "mode": 7, "pps": [',
        f"p:1:43: is cut off: the JSON has not ended after 42 bytes{INTERRUPTED}",
    ),
    "cut off inside a character": (
        '{"tu": "µ'.encode()[:-1],
        f"p:1:10: is cut off: the JSON has not ended after 9 bytes{INTERRUPTED}",
    ),
    "trailing garbage": (with_point() + b"\n}", f"p:2:1: is not JSON: trailing characters{WHAT_IS_READ}"),
    "NUL bytes": (b"\0" * 512, f"p:1:1: is not JSON: invalid character{WHAT_IS_READ}"),
    "binary": (b"\x7fELF\x02\xff", f"p:1:6: is not UTF-8: byte 0xff at offset 5{WHAT_IS_READ}"),
    "not UTF-8": (
        encode(profile(points=[])).replace(b"app", b"\xe4pp"),
        f"p:1:104: is not UTF-8: byte 0xe4 at offset 103{WHAT_IS_READ}",
    ),
    "UTF-16": (
        '{"dhatFileVersion": 2}'.encode("utf-16"),
        f"p:1:1: is not UTF-8: byte 0xff at offset 0{WHAT_IS_READ}",
    ),
    "byte order mark": (
        b"\xef\xbb\xbf" + with_point(),
        "p:1:1: starts with a byte order mark\n  help: save it as UTF-8 without one",
    ),
    "deep nesting": (
        b'{"dhatFileVersion": 2, "x": ' + b"[" * 200_000,
        f"p: is not a DHAT profile: its JSON is nested too deeply{WHAT_IS_READ}",
    ),
    "other JSON": (b'{"name": "left-pad"}', f"p: is not a DHAT profile: no dhatFileVersion{WHAT_IS_READ}"),
    "no object": (b"[1, 2]", f"p: is not a DHAT profile: no JSON object{WHAT_IS_READ}"),
    "version 1": (
        b'{"dhatFileVersion": 1, "mode": "heap"}',
        (
            "p: $.dhatFileVersion: is version '1' of the DHAT format, and leakgate reads version 2\n"
            "  help: profile with Valgrind 3.17 or later"
        ),
    ),
    "version 3": (
        encode(profile(points=[]) | {"dhatFileVersion": 3}),
        (
            "p: $.dhatFileVersion: is version '3' of the DHAT format, and leakgate reads version 2\n"
            "  help: use a newer leakgate"
        ),
    ),
    "unknown mode": (
        encode(profile(points=[]) | {"mode": "heap\nmode" + "x" * 99}),
        (
            "p: $.mode: has the unknown mode 'heap\\nmodexxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'\n"
            "  help: leakgate reads the modes heap, copy, ad-hoc, rust-heap, rust-ad-hoc"
        ),
    ),
    "no frame table": (
        b'{"dhatFileVersion": 2, "mode": "heap", "bklt": true, "pps": []}',
        f"p: $: is wrong: object missing required field `ftbl`{AGAIN}",
    ),
    "a frame that is no text": (
        encode(profile(points=[]) | {"ftbl": ["[root]", None]}),
        f"p: $.ftbl[1]: is wrong: expected `str`, got `null`{AGAIN}",
    ),
    "frame index out of range": (
        with_point(fs=[1, 3]),
        f"p: $.pps[3].fs[1]: is not an index of the frame table, which has 3 entries{AGAIN}",
    ),
    "negative frame index": (with_point(fs=[1, -1]), f"p: $.pps[3].fs[1]: is negative{AGAIN}"),
    "absurd frame index": (
        with_point(fs=[10**30]),
        f"p: $.pps[3].fs[0]: is not an index of the frame table, which has 3 entries{AGAIN}",
    ),
    "frame index 1.0": (with_point(fs=[1.0]), f"p: $.pps[3].fs[0]: is wrong: expected `int`, got `float`{AGAIN}"),
    "frame index true": (with_point(fs=[True]), f"p: $.pps[3].fs[0]: is wrong: expected `int`, got `bool`{AGAIN}"),
    "nested stack": (
        with_point(fs=[[1], [2]]),
        f"p: $.pps[3].fs[0]: is wrong: expected `int`, got `array`{AGAIN}",
    ),
    "brackets in a stack": (
        with_point(fs=["]["]),
        f"p: $.pps[3].fs[0]: is wrong: expected `int`, got `str`{AGAIN}",
    ),
    "stack that is a number": (with_point(fs=1), f"p: $.pps[3].fs: is wrong: expected `array`, got `int`{AGAIN}"),
    "stack that is null": (with_point(fs=None), f"p: $.pps[3].fs: is wrong: expected `array`, got `null`{AGAIN}"),
    "negative": (with_point(tb=-1), f"p: $.pps[3].tb: is negative{AGAIN}"),
    "fraction": (with_point(gb=0.5), f"p: $.pps[3].gb: is wrong: expected `int | null`, got `float`{AGAIN}"),
    "text": (with_point(tbk="1"), f"p: $.pps[3].tbk: is wrong: expected `int`, got `str`{AGAIN}"),
    "2^63": (with_point(eb=2**63), f"p: $.pps[3].eb: is absurdly large{AGAIN}"),
    "a number of 400 digits": (with_point(tb=10**400), f"p: $.pps[3].tb: is absurdly large{AGAIN}"),
    "infinite": (
        with_point(tb=math.inf).replace(b"Infinity", b"1e999"),
        f"p: $.pps[3].tb: is absurdly large{AGAIN}",
    ),
    "point that is a list": (
        encode(profile(points=[]) | {"pps": [[]]}),
        f"p: $.pps[0]: is wrong: expected `object`, got `array`{AGAIN}",
    ),
    "no tb": (without("tb"), f"p: $.pps[1]: is wrong: object missing required field `tb`{AGAIN}"),
    "gb on some points only": (without("gb"), f"p: $.pps[1]: has no gb, which other program points have{AGAIN}"),
    "no gb despite bklt": (
        encode(profile(points=[{"tb": 1, "tbk": 1, "fs": [1]}])),
        f"p: $.pps[0]: has no gb, though bklt says that lifetimes were tracked{AGAIN}",
    ),
    "more at the peak than ever": (with_point(gb=11), f"p: $.pps[3]: has gb greater than tb{AGAIN}"),
    "more blocks at the end than ever": (with_point(ebk=2), f"p: $.pps[3]: has ebk greater than tbk{AGAIN}"),
    "more at the end than at the peak": (
        encode(profile(points=[point(gb=1, eb=9)])),
        f"p: $.pps: contradicts itself: more is live at t-end (9) than at the peak, t-gmax (1){AGAIN}",
    ),
}


@pytest.mark.parametrize(("data", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_told_with_its_place(data: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(data, "p")

    assert str(caught.value) == message
    assert caught.value.exit_code == 2


def test_the_wrong_point_is_named_also_where_dead_points_were_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MANY_POINTS", 1)
    dead = point(tb=0, gb=0, eb=0)

    with pytest.raises(InputError, match=r"^p: \$\.pps\[2\]\.fs\[0\]: is not an index"):
        parse(encode(profile(points=[dead, dead, point(fs=[9])])), "p")


def a_directory(at: Path) -> None:
    at.mkdir()


def a_pipe(at: Path) -> None:
    os.mkfifo(at)


def nothing(at: Path) -> None:
    assert not at.exists()


def too_long(at: Path) -> None:
    at.write_bytes(b"x" * 101)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (a_directory, "is a directory, not a DHAT file"),
        (a_pipe, "is not a regular file\n  help: write the profile to a file first"),
        (nothing, "cannot be read: No such file or directory"),
        (
            too_long,
            (
                "is 101 bytes long, and leakgate reads at most 100\n"
                "  help: profile a shorter run, or record fewer frames a stack"
            ),
        ),
    ],
)
def test_what_cannot_be_read_is_refused_before_it_is_opened(
    tmp_path: Path, make: Callable[[Path], None], message: str
) -> None:
    path = tmp_path / "profile.json"
    make(path)

    with pytest.raises(InputError) as caught:
        read(path, max_bytes=100)

    assert str(caught.value) == f"{path}: {message}"


def test_an_unreadable_path_is_an_input_error() -> None:
    with pytest.raises(InputError, match="cannot be read: embedded null"):
        read(Path("a\0b"))
    with pytest.raises(InputError, match="cannot be read: File name too long"):
        read(Path("a" * 5000))


def test_two_gigabytes_are_refused_without_reading_them(tmp_path: Path) -> None:
    path = tmp_path / "one-line.json"
    with path.open("wb") as file:
        file.truncate(2 << 30)  # sparse: takes no room

    with pytest.raises(InputError, match="is 2,147,483,648 bytes long, and leakgate reads at most 1,073,741,824"):
        read(path)


@st.composite
def damaged_profiles(draw: st.DrawFn) -> bytes:
    """A recorded file, in which some bytes were flipped, cut out or put in."""
    data = bytearray(draw(st.sampled_from(RECORDED)).read_bytes())
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        piece = draw(st.sampled_from([b"", b'"', b"-", b"]", b"9" * 25, b"1.5", b"null", b"\xff", b"\0", b"["]))
        data[start : start + draw(st.integers(0, 3) | st.just(len(data)))] = piece
    return bytes(data)


@given(damaged_profiles() | st.binary())
@example(HEAP)
@example(HEAP.replace(b"\n", b"\r\n"))
def test_any_bytes_are_a_profile_or_an_input_error(data: bytes) -> None:
    with suppress(InputError):
        profile = parse(data, "p")
        assert all(0 <= index < len(profile.frames) for point in profile.points for index in point.stack)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"tb": st.integers(), "fs": st.lists(st.integers(-1, 3) | st.just([1]) | st.just("]["))}
        ),
        max_size=5,
    )
)
def test_valid_exactly_if_each_count_and_index_is_in_range(points: list[Json]) -> None:
    valid = all(0 <= p["tb"] < 2**63 and all(isinstance(i, int) and 0 <= i < 3 for i in p["fs"]) for p in points)
    data = encode(profile(points=[{"tbk": 1, **p} for p in points]) | {"bklt": False})

    with nullcontext() if valid else pytest.raises(InputError):
        parse(data, "p")
