"""What one source file says of its lines and functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.source import LARGEST
from leakgate.source.file import SourceFile

SERVER = b"""\
impl Server {
    pub fn accept(&self, socket: Socket) {
        let copy = socket.to_vec();
        tokio::spawn(serve::<u8>(copy));
        let done = 1; finish(done);
        tokio::spawn(async move {
            self.handle(
                next(),
            ).await;
        });
    }
}
"""


def server() -> SourceFile:
    return SourceFile(SERVER, "app")


@pytest.mark.parametrize(
    ("line", "calls"),
    [
        (1, ()),
        (2, ()),
        (3, ("to_vec",)),
        (4, ("serve", "spawn")),
        (5, ("finish",)),
        (6, ("handle", "next", "spawn")),
        (7, ("handle", "next")),
        (8, ("handle", "next")),
        (10, ("handle", "next", "spawn")),
        (12, ()),
        (13, ()),
        (99, ()),
    ],
)
def test_the_calls_of_a_line_are_those_of_its_innermost_statement(line: int, calls: tuple[str, ...]) -> None:
    assert server().calls_at(line) == calls


def test_a_symbol_that_nothing_in_the_file_is_called_shows_that_other_code_was_compiled() -> None:
    found = [server().function_at(4, symbol) for symbol in ("accept", "", "clone")]

    assert [item and item.name for item in found] == ["app::Server::accept", "app::Server::accept", None]


def test_a_lines_digest_changes_with_its_text_and_not_with_its_indentation() -> None:
    file = SourceFile(b"a(b);\n\t a(b);  \na(c);\n\n", "app")

    assert file.digest(1) == file.digest(2) != file.digest(3)
    assert [len(file.digest(line)) for line in (0, 1, 4, 5)] == [0, 8, 0, 0]


FORGETTING = b"""\
fn whole(a: A) {
    grow();
    std::mem::forget::<A>(a);
}
fn line() {
    let kept = make();
    let other = make();
    wrap(Box::leak(make()));
    let raw = make().into_raw();
    mem::forget(kept);
}
fn innocent(permit: Permit) {
    permit.forget();
    leak(1); Pipe::leak(1); word.leak(1); Rc::new(word);
    let word = "Box::leak(x)"; // mem::forget(x)
    work(ManuallyDrop::take(word));
}
"""


def test_what_keeps_memory_for_ever_is_found_in_a_function() -> None:
    file = SourceFile(FORGETTING, "app")

    found = {item.simple: file.forgotten_in(item) for line in (1, 5, 12) if (item := file.function_at(line))}

    assert found == {"whole": "std::mem::forget", "line": "Box::leak", "innocent": None}


def test_what_keeps_the_memory_of_one_line_for_ever_is_given_what_the_line_makes() -> None:
    file = SourceFile(FORGETTING, "app")
    function = file.function_at(5)
    assert function is not None

    found = [file.forgotten_at(function, line) for line in (6, 7, 8, 9)]

    assert found == ["mem::forget", None, "Box::leak", "into_raw"]


@pytest.mark.parametrize(
    "call",
    [
        "Box::leak(x)", "Vec::leak(x)", "x.leak()", "std::mem::forget(x)", "forget(x)", "ManuallyDrop::new(x)",
        "Arc::into_raw(x)", "x.into_raw()", "Arc::increment_strong_count(x)",
    ],
)  # fmt: skip
def test_each_way_to_keep_memory_for_ever_is_known(call: str) -> None:
    file = SourceFile(f"fn f() {{ {call}; }}".encode(), "app")
    function = file.function_at(1)
    assert function is not None

    assert file.forgotten_in(function) == (call.partition("(")[0].removeprefix("x."))


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe fn f() {}", b"fn f() {}" + b" " * LARGEST, b""],
    ids=["not UTF-8", "huge", "empty"],
)
def test_a_file_that_is_not_parsed_has_no_functions(data: bytes) -> None:
    file = SourceFile(data, "app")

    assert (file.function_at(1), file.calls_at(1)) == (None, ())


def test_deep_nesting_is_no_trouble() -> None:
    file = SourceFile(b"fn f() {\n" + b"(" * 20_000 + b"\n" + b")" * 20_000 + b"\n}\n", "app")

    assert [(item := file.function_at(line)) and item.name for line in (1, 2, 3)] == ["app::f"] * 3
    assert file.calls_at(2) == ()


@given(st.binary(), st.integers(0, 9))
def test_any_bytes_are_read(data: bytes, line: int) -> None:
    file = SourceFile(data, "app")

    file.function_at(line, "f")
    file.calls_at(line)
    file.digest(line)
