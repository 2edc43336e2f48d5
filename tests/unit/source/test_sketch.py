"""Functions found again by their text."""

from hypothesis import given
from hypothesis import strategies as st

from leakgate.source.file import SourceFile


def sketch(text: str) -> tuple[int, ...]:
    file = SourceFile(text.encode(), "app")
    function = file.function_at(1)
    assert function is not None
    return file.sketch(function)


PUT = "fn put(&mut self, key: u64) -> bool {{ let old = self.map.insert(key, vec![0; 64]); {} old.is_none() }}"


SKETCH = (137855072, 1230355396, 4067347871)


def test_a_sketch_is_the_same_in_every_process() -> None:
    assert sketch("fn f() {}") == SKETCH


def test_a_name_a_comment_and_the_layout_are_no_part_of_it() -> None:
    once = sketch("fn walk(n: Node) { for child in n.children() { walk(child); } }")
    again = sketch("fn visit(n: Node) { // deep\n    for child in n.children() {\n        visit(child);\n    }\n}")

    assert once == again


def test_functions_that_share_most_of_their_text_share_most_numbers() -> None:
    before, after = set(sketch(PUT.format(""))), set(sketch(PUT.format("self.count += 1;")))
    other = set(sketch("fn fmt(&self, f: &mut Formatter) -> Result { f.write_str(&self.name)?; f.finish() }"))

    assert len(before & after) > len(before) / 2
    assert len(before & other) < len(before) / 4


@given(st.lists(st.sampled_from(["a();", "b(1);", "let x = 2;", "if y {}"]), max_size=60))
def test_a_sketch_is_small_and_ascending(body: list[str]) -> None:
    found = sketch(f"fn f() {{ {' '.join(body)} }}")

    assert 1 <= len(found) <= 24
    assert list(found) == sorted(set(found))
    assert all(0 <= number < 2**32 for number in found)
