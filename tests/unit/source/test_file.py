"""What one source file says of its lines and functions."""

from time import process_time

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
fn line() {
    let kept = make();
    let other = make();
    wrap(Box::leak(make()));
    let raw = make().into_raw();
    mem::forget((1, Wrapper { kept }));
    list.push(Arc::new(1));
    mem::forget(guard);
    let built = Builder::new()
        .build();
    self.runtime = ManuallyDrop::new(built);
    let all = (0..9)
        .map(|number| {
            log();
            Box::new(number)
        })
        .collect();
    all.push(1);
    ignore(Vec::leak(all), other);
    let a = make(); let b = make(); mem::forget(b);
    mem::forget(&third);
    let third = make();
}
"""


def forgotten(source: bytes, line: int) -> str | None:
    file = SourceFile(source, "app")
    function = file.function_at(line)
    assert function is not None
    return file.forgotten_at(function, line)


@pytest.mark.parametrize(
    ("line", "call"),
    [
        (2, "mem::forget"),  # the variable is in what is given
        (3, None),  # given to something else
        (4, "Box::leak"),  # the statement does it itself
        (5, "into_raw"),
        (7, None),  # something else is forgotten in the same function
        (9, "ManuallyDrop::new"),
        (10, "ManuallyDrop::new"),
        (14, None),
        (15, "Vec::leak"),  # the closure's value is what the statement around it collects
        (18, "Vec::leak"),  # what is pushed into a variable is kept with it
        (20, "mem::forget"),
        (22, None),  # a reference keeps nothing
    ],
)
def test_what_keeps_memory_for_ever_takes_over_what_the_line_makes(line: int, call: str | None) -> None:
    assert forgotten(FORGETTING, line) == call


@pytest.mark.parametrize(
    "call",
    [
        "Box::leak(x)", "Vec::leak(x)", "String::leak(x)", "x.leak()", "std::mem::forget(x)", "forget(x)",
        "ManuallyDrop::new(x)", "Arc::into_raw(x)", "x.into_raw()", "Arc::increment_strong_count(x)",
    ],
)  # fmt: skip
def test_each_way_to_keep_memory_for_ever_is_known(call: str) -> None:
    source = f"fn f() {{\n    let mut x = make();\n    {call};\n}}".encode()

    assert forgotten(source, 2) == forgotten(source, 3) == (call.partition("(")[0].removeprefix("x."))


@pytest.mark.parametrize(
    "call",
    ["permit.forget()", "leak(x)", "Pipe::leak(x)", "x.leak(1)", "Rc::new(x)", 'log("Box::leak(x)") // forget(x)'],
)
def test_other_calls_keep_nothing(call: str) -> None:
    source = f"fn f() {{\n    let x = make();\n    {call};\n}}".encode()

    assert (forgotten(source, 2), forgotten(source, 3)) == (None, None)


@pytest.mark.parametrize(
    ("keeps", "takes_back"),
    [
        ("Box::into_raw(x)", "drop(Box::from_raw(p))"),
        ("std::mem::forget(x)", "Vec::from_raw_parts(p, 1, 1)"),
        ("mem::ManuallyDrop::new(x)", "unsafe { mem::ManuallyDrop::drop(&mut p) }"),
    ],
)
def test_a_function_that_takes_memory_back_keeps_none(keeps: str, takes_back: str) -> None:
    source = f"fn f() {{\n    let x = make();\n    let p = {keeps};\n    {takes_back};\n}}".encode()

    assert (forgotten(source, 2), forgotten(source, 3)) == (None, None)


def test_a_large_function_is_worked_through_once() -> None:
    lines = [f"    list.push(make({number})); mem::forget(make({number}));" for number in range(2000)]
    block = [f"    work({number});" for number in range(2000)]
    source = "\n".join(["fn f() {", *lines, *block, "}"]).encode()
    file = SourceFile(source, "app")
    function = file.function_at(2)
    assert function is not None

    started = process_time()
    for line in range(1, 4003):
        file.calls_at(line)
        file.forgotten_at(function, line)

    assert process_time() - started < 5


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe fn f() {}", b"fn f() {}" + b" " * LARGEST, b""],
    ids=["not UTF-8", "huge", "empty"],
)
def test_a_file_that_is_not_parsed_has_no_functions(data: bytes) -> None:
    file = SourceFile(data, "app")

    assert (file.function_at(1), file.calls_at(1)) == (None, ())


@pytest.mark.parametrize("piece", [b'"', b'r#"'])
def test_a_line_that_no_one_wrote_is_not_parsed(piece: bytes) -> None:
    started = process_time()
    file = SourceFile(b"fn f() {}\n" + piece * (1_000_000 // len(piece)), "app")

    assert (file.function_at(1), file.calls_at(1)) == (None, ())
    assert process_time() - started < 1


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
