"""Line → the function around it."""

from textwrap import dedent
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.source.grammar import parse
from leakgate.source.items import Items


def items(text: str | bytes, module: str = "app") -> Items:
    root = parse(text if isinstance(text, bytes) else dedent(text).encode())
    assert root is not None
    return Items(root, module)


def table(text: str, module: str = "app") -> list[str]:
    """`line name`, or `line -`, of each line that is not blank."""
    found = items(text, module)
    lines = dedent(text).splitlines()
    return [
        f"{number} {item.name if (item := found.at(number)) else '-'}"
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]


def test_every_line_of_a_function_is_the_functions() -> None:
    source = """\
    use std::fmt;

    /// Says how.
    #[inline]
    pub fn outer(x: u8) -> u8 {
        const TABLE: [u8; 2] = [1, 2];
        let later = async move {
            spawn(|| {
                x
            });
        };
        fn inner() {
            work();
        }
        vec![
            x,
        ]
    }
    struct Plain {
        field: u8,
    }
    static READY: Lazy<u8> = Lazy::new(|| {
        make()
    });
    """

    assert table(source) == [
        "1 -",
        "3 app::outer",
        "4 app::outer",
        "5 app::outer",
        "6 app::outer",
        "7 app::outer",
        "8 app::outer",
        "9 app::outer",
        "10 app::outer",
        "11 app::outer",
        "12 app::outer::inner",
        "13 app::outer::inner",
        "14 app::outer::inner",
        "15 app::outer",
        "16 app::outer",
        "17 app::outer",
        "18 app::outer",
        "19 -",
        "20 -",
        "21 -",
        "22 app::READY",
        "23 app::READY",
        "24 app::READY",
    ]


def test_methods_are_called_by_their_type_and_trait() -> None:
    source = """\
    use crate::wire::{Frame, Codec as Wire};
    use std::fmt::{self, Display};
    impl<T: Clone> Store<T> { fn put(&self) {} }
    impl<'a, T> Display for Store<'a, T> where T: Clone { fn fmt(&self) {} }
    impl fmt::Debug for Frame<u8> { fn fmt(&self) {} }
    impl Wire for super::Other { fn go() {} }
    impl<T> From<T> for T { fn from(t: T) {} }
    impl Drop for self::Deep { fn drop(&mut self) {} }
    impl Drop for u8 { fn drop(&mut self) {} }
    impl Size for [Frame] { fn size(&self) {} }
    impl dyn Size { fn twice(&self) {} }
    impl crate::a::B { const N: u8 = f(); }
    trait Fill { fn fill(&self) { grow() } }
    mod tests { use super::*; mod deep { impl Fill for Mine { fn fill(&self) {} } } }
    extern "C" fn raw() {}
    const _: () = { impl Fill for Anonymous { fn fill(&self) {} } };
    """

    assert table(source, "app::io") == [
        "1 -",
        "2 -",
        "3 app::io::Store::put",
        "4 <app::io::Store as core::fmt::Display>::fmt",
        "5 <app::wire::Frame as core::fmt::Debug>::fmt",
        "6 <app::Other as app::wire::Codec>::go",
        "7 <T as core::convert::From>::from",
        "8 <app::io::Deep as core::ops::drop::Drop>::drop",
        "9 <u8 as core::ops::drop::Drop>::drop",
        "10 <[Frame] as app::io::Size>::size",
        "11 <dyn Size>::twice",
        "12 app::a::B::N",
        "13 app::io::Fill::fill",
        "14 <app::io::tests::deep::Mine as app::io::tests::deep::Fill>::fill",
        "15 app::io::raw",
        "16 <app::io::Anonymous as app::io::Fill>::fill",
    ]


def test_what_a_macro_writes_is_not_known_from_the_source() -> None:
    source = """\
    macro_rules! make {
        ($name:ident) => { fn $name() { work() } };
    }
    make!(made);
    proptest! {
        fn holds(x in 0..3) { work() }
    }
    fn plain() {
        macro_rules! local { () => { work() } }
        select! {
            _ = work() => {},
        }
    }
    """

    assert table(source) == [
        "1 -",
        "2 -",
        "3 -",
        "4 -",
        "5 -",
        "6 -",
        "7 -",
        "8 app::plain",
        "9 -",
        "10 app::plain",
        "11 app::plain",
        "12 app::plain",
        "13 app::plain",
    ]


def test_a_broken_file_gives_what_it_can() -> None:
    source = """\
    fn before() { work(); }
    fn broken( { let = ;
    }}}
    fn after() {
        work();
    }
    """

    found = items(source)

    assert [(item.name, item.last) for line in (1, 5) if (item := found.at(line))] == [
        ("app::before", 1),
        ("app::after", 6),
    ]


def test_the_name_decides_between_functions_that_share_a_line() -> None:
    found = items("fn one() { a() } fn two() { b() }\nfn three() {\n} fn four() {\n}\n")

    names = [(line, name, (item := found.at(line, name)) and item.simple) for line, name in SHARED]

    assert names == [
        (1, "one", "one"),
        (1, "two", "two"),
        (3, "three", "three"),
        (3, "four", "four"),
        (3, "x", "four"),
    ]


SHARED = [(1, "one"), (1, "two"), (3, "three"), (3, "four"), (3, "x")]


def test_tests_are_known_by_their_attributes() -> None:
    source = """\
    #[test]
    fn plain() {}
    #[tokio::test(flavor = "multi_thread")]
    // with a word
    #[ignore]
    async fn asynchronous() {}
    #[rstest]
    fn table() {}
    #[cfg(test)]
    fn helper() {}
    #[inline] fn production() {} // #[test]
    """

    found = items(source)
    around = [item for line in range(1, len(source.splitlines())) if (item := found.at(line))]
    assert {item.simple: item.test for item in around} == {
        "plain": True,
        "asynchronous": True,
        "table": True,
        "helper": False,
        "production": False,
    }


def test_a_comment_behind_code_is_not_the_next_functions() -> None:
    found = items("fn one() {\n    a();\n} // done\nfn two() {}\n")

    assert [item.first for line in (3, 4) if (item := found.at(line))] == [1, 4]


def test_a_constant_inside_a_function_is_known_by_its_name_and_part_of_the_function() -> None:
    found = items("fn f() -> u8 {\n    static T: L = L::new(|| {\n        make()\n    });\n    T.get()\n}\n")

    assert (found.declares("T"), found.declares("U")) == (True, False)
    item = found.at(3, "T")
    assert item is not None
    assert item.name == "app::f"


def test_a_raw_name_is_the_symbols() -> None:
    found = items("mod r#gen {\n    fn r#type() {}\n}\n")

    item = found.at(2, "type")
    assert item is not None
    assert (item.name, item.simple, found.declares("type")) == ("app::gen::type", "type", True)


@pytest.mark.parametrize("shape", ["fn f{0}() {{ a(); }}\n", "fn f{0}() {{\n a();\n}}\n", "fn f{0}() {{\n"])
def test_each_line_of_a_large_file_is_found_at_once(shape: str) -> None:
    text = "".join(shape.format(number) for number in range(20_000))
    found = items(text.encode())

    started = process_time()
    for line in range(text.count("\n") + 1):
        found.at(line, "f7")

    assert process_time() - started < 2


PIECES = (
    "fn a() {", "}", "impl T for X<'a, {", "mod m {", "#[test]", "// c", "/*", "*/", '"', 'r#"',
    "macro_rules! m {", "m! {", "use a::{b, c as d, e::{f}};", "use super::*;", "trait T {", "static S: u8 = f();",
    "const _: () = {", "async move {", "|x|", ";", "<", ">", "\n", "é", "\x00", "fn", "impl", "self::", "crate::",
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map(" ".join)))
def test_any_text_is_read(text: str) -> None:
    found = items(text.encode(errors="replace"))

    for line in range(text.count("\n") + 3):
        found.at(line, "a")


BODY = st.lists(st.sampled_from(["work();", "let x = |y| y + 1;", "if a { b() }", "vec![1, 2];"]), max_size=5)


@st.composite
def functions(draw: st.DrawFn) -> list[list[str]]:
    """The lines of functions called `f0`, `f1`, and so on."""
    bodies = draw(st.lists(BODY, min_size=1, max_size=5))
    return [[f"fn f{n}() {{", *body, "}"] for n, body in enumerate(bodies)]


def names(lines: list[str]) -> list[str]:
    found = items("\n".join(lines).encode())
    return [item.name if (item := found.at(number)) else "" for number in range(1, len(lines) + 1)]


@given(functions(), st.integers(1, 40))
def test_lines_inserted_above_shift_and_nothing_else_changes(written: list[list[str]], more: int) -> None:
    lines = [line for function in written for line in function]

    assert (
        names(["// new"] * more + lines)[more:]
        == names(lines)
        == [f"app::f{n}" for n, function in enumerate(written) for _ in function]
    )


@given(functions(), BODY)
def test_another_functions_body_changes_no_name(written: list[list[str]], body: list[str]) -> None:
    rest = [line for function in written for line in function]

    assert names(["fn first() {", *body, "}", *rest])[len(body) + 2 :] == names(rest)
