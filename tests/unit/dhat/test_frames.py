import re
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.dhat.frames import Classifier, Frame, Origin, Workspace, classify, parse_frame
from leakgate.dhat.reader import read

FILES = Path(__file__).parent / "files"
NO_WORKSPACE = Workspace({}, ())
STORE = Workspace(
    {"s3_store": PurePosixPath(), "heap": PurePosixPath()}, ("src/lib.rs", "src/heap.rs", "src/adhoc.rs")
)
SERVER = Workspace(
    {"s3_server": PurePosixPath("s3-server"), "api": PurePosixPath("s3-server")},
    ("s3-server/src/store.rs", "s3-server/src/main.rs", "s3-server/tests/api.rs", "s3-server/core/src/option.rs"),
)

FRAMES = {
    # dhat-rs
    "0x5643: s3_server::put::{{closure}} (s3-server/src/store.rs:10:149)": Frame(
        "s3_server::put::{{closure}}", "s3-server/src/store.rs", 10, 149, 0x5643
    ),
    "0x5643: main (???:0:0)": Frame("main", address=0x5643),
    "0x5643: ??? (???:0:0)": Frame("???", address=0x5643),
    "0x5643: f (a/src/lib.rs:0:0)": Frame("f", "a/src/lib.rs", address=0x5643),
    "0x7ff6a0: app::f (app\\src\\lib.rs:3:5)": Frame("app::f", "app/src/lib.rs", 3, 5, 0x7FF6A0),
    "0x7ff6a0: app::f (C:\\app\\src\\lib.rs:3:5)": Frame("app::f", "C:/app/src/lib.rs", 3, 5, 0x7FF6A0),
    # Valgrind
    "0x48417B4: malloc (in /usr/libexec/valgrind/vgpreload_dhat-amd64-linux.so)": Frame(
        "malloc", address=0x48417B4, module="/usr/libexec/valgrind/vgpreload_dhat-amd64-linux.so"
    ),
    "0x49BB7EA: ??? (in /usr/lib/libc.so.6)": Frame("???", address=0x49BB7EA, module="/usr/lib/libc.so.6"),
    "0x12676C: <main::H as main::Handler>::handle (/repo/src/main.rs:11)": Frame(
        "<main::H as main::Handler>::handle", "/repo/src/main.rs", 11, None, 0x12676C
    ),
    "0x12676C: clone<(u8, fn(u8) -> u8), A> (/repo/src/main.rs:11)": Frame(
        "clone<(u8, fn(u8) -> u8), A>", "/repo/src/main.rs", 11, None, 0x12676C
    ),
    "0x401040: (below main) (libc-start.c:360)": Frame("(below main)", "libc-start.c", 360, None, 0x401040),
    "0x401040: (below main)": Frame("(below main)", address=0x401040),
    "0x401040: ???": Frame("???", address=0x401040),
    "0x401040: f(int (*)(char)) (a b (c)/x.cpp:7)": Frame("f(int (*)(char))", "a b (c)/x.cpp", 7, None, 0x401040),
    "0x401040: f(int)": Frame("f(int)", address=0x401040),
    # others
    "0x2c1f0 (/path/prog+0x2c1f0)": Frame("0x2c1f0", module="/path/prog"),
    "0x5583c8: (/path/prog+0x2c1f0)": Frame("???", address=0x5583C8, module="/path/prog"),
    "(/path/prog+0x2c1f0)": Frame("???", module="/path/prog"),
    "[root]": Frame("[root]"),
    "": Frame("???"),
    "0x1: ": Frame("???", address=1),
    "f (": Frame("f ("),
    "f )(": Frame("f )("),
    "f ())": Frame("f ())"),
    "f (:1:2)": Frame("f"),
    "f (0:0)": Frame("f", "0"),
    "f (x:99999999999999999999)": Frame("f", "x:99999999999999999999"),
}


@pytest.mark.parametrize(("text", "expected"), FRAMES.items())
def test_takes_a_frame_apart(text: str, expected: Frame) -> None:
    assert parse_frame(text) == expected


def frame_texts() -> st.SearchStrategy[str]:
    return st.text() | st.from_regex(
        r"(0x[0-9a-f]{1,20}: ?)?.{0,20} ?\(.{0,20}:?[0-9]{0,3}:?[0-9]{0,3}\)\)?", fullmatch=True
    )


@given(st.lists(frame_texts()), st.sampled_from([NO_WORKSPACE, STORE, SERVER]))
def test_any_text_is_a_frame_and_is_read_the_same_alone_and_in_a_table(
    texts: list[str], workspace: Workspace
) -> None:
    classified = classify(texts, workspace)

    assert [(f.path, f.line) for f in classified] == [(f.path, f.line) for f in map(parse_frame, texts)]


def origin_of(text: str, workspace: Workspace) -> tuple[str, str | None, int | None]:
    [frame] = classify([text], workspace)
    return frame.origin.value, frame.file, frame.line


RUSTC = "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library"
USER_TRAIT = "<alloc::vec::Vec<u8> as s3_server::Put>::put"
CALL_ONCE = "<s3_server::f::{closure#0} as core::ops::function::FnOnce<()>>::call_once"
REGISTRY = "/home/runner/.cargo/registry/src/registry-1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the user's, by crate and by path
        ("0x1: s3_server::store::put (s3-server/src/store.rs:10:149)", ("user", "s3-server/src/store.rs", 10)),
        ("0x1: s3_server::store::put (/repo/s3-server/src/store.rs:10)", ("user", "s3-server/src/store.rs", 10)),
        ("0x1: s3_server::main (???:0:0)", ("user", None, None)),
        ("0x1: put<u8> (/repo/s3-server/src/store.rs:10)", ("user", "s3-server/src/store.rs", 10)),
        ("0x1: {closure#0} (s3-server/src/store.rs:10:1)", ("user", "s3-server/src/store.rs", 10)),
        ("0x1: api::upload (s3-server/tests/api.rs:3:1)", ("user", "s3-server/tests/api.rs", 3)),
        ("0x1: s3_bin::main (s3-server/src/main.rs:3:1)", ("user", "s3-server/src/main.rs", 3)),
        (f"0x1: {USER_TRAIT} (s3-server/src/store.rs:1:1)", ("user", "s3-server/src/store.rs", 1)),
        # std, by path and by crate
        (f"0x1: with_capacity<u8> ({RUSTC}/alloc/src/vec/mod.rs:524)", ("std", None, 524)),
        (f"0x1: {CALL_ONCE} ({RUSTC}/core/src/ops/function.rs:250)", ("std", None, 250)),
        (f"0x1: {CALL_ONCE} (src/ops/function.rs:250:5)", ("std", None, 250)),
        ("0x1: alloc::vec::Vec<T>::push (src/vec/mod.rs:1:1)", ("std", None, 1)),
        ("0x1: do_alloc (/rust/deps/hashbrown-0.16.1/src/raw/alloc.rs:19)", ("std", None, 19)),
        ("0x1: unwrap<u8> (alloc/src/boxed.rs:19:1)", ("std", None, 19)),
        ("0x1: __rustc::__rust_alloc (s3-server/src/main.rs:2:15)", ("std", None, 2)),
        ("0x1: __rust_alloc_zeroed (s3-server/src/main.rs:2:15)", ("std", None, 2)),
        # dependencies
        ("0x1: tokio::runtime::task::core::Core<T,S>::poll (runtime/task/core.rs:1:1)", ("dependency", None, 1)),
        (f"0x1: poll ({REGISTRY}/tokio-1.54.1/src/runtime/task/core.rs:1)", ("dependency", None, 1)),
        (f"0x1: <s3_server::A as serde::B>::c ({REGISTRY}/serde-1.0.229/src/ser.rs:1)", ("dependency", None, 1)),
        ("0x1: block_on<s3_server::F> (futures-executor-0.3.34/src/local.rs:315:5)", ("dependency", None, 315)),
        # neither
        ("0x1: main (in /usr/bin/app)", ("unknown", None, None)),
        ("0x1: __libc_start_call_main (sysdeps/nptl/libc_start_call_main.h:58:16)", ("unknown", None, 58)),
        ("0x1: ??? (???:0:0)", ("unknown", None, None)),
        ("[root]", ("unknown", None, None)),
    ],
)  # fmt: skip
def test_tells_whose_code_a_frame_is(text: str, expected: tuple[str, str | None, int | None]) -> None:
    assert origin_of(text, SERVER) == expected


def test_a_user_directory_named_core_is_not_mistaken_for_std() -> None:
    assert origin_of("0x1: take (core/src/option.rs:7:1)", SERVER) == ("user", "s3-server/core/src/option.rs", 7)
    assert origin_of("0x1: take (core/src/option.rs:7:1)", STORE) == ("std", None, 7)


def test_without_a_workspace_a_package_directory_without_a_version_is_the_users() -> None:
    frames = [
        "0x1: s3_server::put (s3-server/src/store.rs:10:1)",
        "0x2: s3_server::deep::put (src/deep/put.rs:10:1)",
        "0x3: tokio::runtime::task::core::poll (runtime/task/core.rs:1:1)",
        "0x4: bytes::BytesMut::reserve (bytes-1.10.1/src/bytes_mut.rs:1:1)",
        "0x5: bytes::buf::buf_mut::put (src/buf/buf_mut.rs:1:1)",
        "0x6: run (s3-server/src/main.rs:1:1)",
        "0x7: fold<u8> (iter/traits/iterator.rs:1:1)",
        "0x8: std::rt::lang_start (std/src/rt.rs:1:1)",
        "0x9: s3_core::parse (core/src/parse.rs:1:1)",
        "0xa: <tokio::Handle as core::clone::Clone>::clone_from (core/src/clone.rs:1:1)",
        "0xb: clone_from (core/src/clone.rs:1:1)",
    ]

    assert [(frame.origin, frame.file) for frame in classify(frames, NO_WORKSPACE)] == [
        (Origin.USER, "s3-server/src/store.rs"),
        (Origin.USER, "src/deep/put.rs"),
        (Origin.DEPENDENCY, None),
        (Origin.DEPENDENCY, None),
        (Origin.DEPENDENCY, None),
        (Origin.USER, "s3-server/src/main.rs"),
        (Origin.UNKNOWN, None),
        (Origin.STD, None),
        (Origin.USER, "core/src/parse.rs"),
        (Origin.STD, None),
        (Origin.STD, None),
    ]


def test_without_a_workspace_and_without_such_a_directory_all_unversioned_crates_are_the_users() -> None:
    frames = [
        "0x1: app::put (???:0:0)",
        "0x2: bytes::reserve (bytes-1.10.1/src/lib.rs:1:1)",
        "0x3: bytes::f (???:0:0)",
    ]

    assert [frame.origin for frame in classify(frames, NO_WORKSPACE)] == [
        Origin.USER,
        Origin.DEPENDENCY,
        Origin.DEPENDENCY,
    ]


USER_FRAMES = {
    "dhat-rs-heap": """
        <s3_store::store::Store as core::clone::Clone>::clone src/lib.rs:5
        <s3_store::store::Store as s3_store::store::Handler>::handle src/lib.rs:10,11,12
        heap::main src/heap.rs:5
        s3_store::run src/lib.rs:29,30,31,32,33,34,36
        s3_store::store::Store::put src/lib.rs:18,20
        """,
    "valgrind-heap": """
        <s3_store::store::Store as core::clone::Clone>::clone src/lib.rs:5
        <s3_store::store::Store as s3_store::store::Handler>::handle src/lib.rs:10,11,12
        s3_store::run src/lib.rs:29,30,31,32,33,34,36
        s3_store::store::Store::put src/lib.rs:18,20
        """,
    "dhat-rs-ad-hoc": """
        main src/adhoc.rs:4
        work src/adhoc.rs:1
        {closure} src/adhoc.rs:4
        """,
}


@pytest.mark.parametrize(("name", "expected"), USER_FRAMES.items())
def test_finds_the_users_frames_in_recorded_profiles(name: str, expected: str) -> None:
    found: dict[tuple[str, str | None], set[int]] = {}
    for frame in classify(read(FILES / f"{name}.json").frames, STORE):
        if frame.origin is Origin.USER:
            found.setdefault((frame.function, frame.file), set()).add(frame.line or 0)

    lines = [f"{function} {file}:{','.join(map(str, sorted(lines)))}" for (function, file), lines in found.items()]
    assert sorted(lines) == [line.strip() for line in expected.strip().splitlines()]


@pytest.mark.parametrize("path", sorted(FILES.glob("*.json")), ids=lambda path: path.stem)
def test_recorded_profiles_name_no_machine(path: Path) -> None:
    places = re.findall(r"(?:in |\()(/[\w.-]+/[\w.-]+)", path.read_text(encoding="utf-8"))

    assert set(places) <= {
        "/rustc/59807616e1", "/rust/deps", "/home/runner", "/repo/src", "/repo/adhoc.c", "/repo/target",
        "/usr/lib", "/usr/libexec",
    }  # fmt: skip


def test_profiles_classified_together_are_classified_as_each_alone() -> None:
    tables = [
        ["[root]", "0x1: app::put (app/src/lib.rs:3:1)", "0x2: tokio::spawn (tokio-1.54.1/src/task.rs:9:1)"],
        ["[root]", "0x7: app::put (app/src/lib.rs:3:1)", "0x2: other::call (other/src/lib.rs:1:1)"],
    ]
    for workspace in (Workspace({"app": PurePosixPath("app")}, ("app/src/lib.rs",)), Workspace({}, ())):
        together = Classifier(workspace)
        assert [together.classify(table) for table in tables] == [classify(table, workspace) for table in tables]
