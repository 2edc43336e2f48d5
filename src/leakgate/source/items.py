"""Line → the function around it, by the name that symbols have for it.

Closures, async blocks and the constants inside a function are part of the function. What a macro writes is not
known from the source: lines inside `macro_rules!`, and in a macro that stands where an item may stand, have none.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from leakgate.source.grammar import find, text_of
from leakgate.source.paths import Imports, imported, of_type

_HIDDEN = frozenset({"macro_definition", "macro_invocation"})
_CODE = frozenset({"function_item", "const_item", "static_item"})
_ABOVE = frozenset({"attribute_item", "line_comment", "block_comment"})
_PARTS = _HIDDEN | _CODE | _ABOVE | {"mod_item", "impl_item", "trait_item", "use_declaration"}


@dataclass(frozen=True, slots=True)
class Item:
    """A function, or a constant or static outside of one.

    Attributes:
        name: Its path from the crate's name: `s3::store::Store::put`, `<s3::Store as Drop>::drop`.
        simple: The last part of it.
        first: Its first line, its attributes' and doc comments' included; 1-based.
        last: Its last line.
        test: Whether an attribute makes a test of it.
        node: Where it is in the tree.
    """

    name: str
    simple: str
    first: int
    last: int
    test: bool
    node: Node


@dataclass(frozen=True, slots=True)
class _Scope:
    """Something with a body, while the parts inside it are read.

    Attributes:
        end: The byte at which it ends.
        path: What a name inside it stands behind.
        module: The path of the module or function that types inside it are looked up in.
        code: Whether it is a function, a constant or a static.
    """

    end: int
    path: str
    module: str
    code: bool


@dataclass(frozen=True, slots=True)
class _Hidden:
    """Lines of which the source does not tell what they are part of."""

    first: int
    last: int


class Items:
    """The items of one file.

    Args:
        root: The file's tree.
        module: The path of the module that the file is, from the crate's name; empty where that is not known.
    """

    def __init__(self, root: Node, module: str) -> None:
        self._inner: set[str] = set()
        self._regions = list(_regions(root, module, self._inner))
        self._starts = [region.first for region in self._regions]
        self._outer = _enclosing(self._regions)
        self._edges: defaultdict[int, list[Item]] = defaultdict(list)
        for region in self._regions:
            if isinstance(region, Item):
                for line in {region.first, region.last}:
                    self._edges[line].append(region)
        self._names = {region.simple for region in self._regions if isinstance(region, Item)} | self._inner

    def declares(self, simple: str) -> bool:
        """Whether any item of the file has this name, or a constant or static inside of a function."""
        return simple in self._names

    def at(self, line: int, simple: str = "") -> Item | None:
        """The innermost item around a line; None where there is none, or where the source does not tell.

        Args:
            line: 1-based.
            simple: The name of the function that is looked for: where one ends and another starts on the line, or
                several are on it, this decides.
        """
        named = next((item for item in self._edges.get(line, ()) if item.simple == simple), None)
        if named is not None:
            return named
        # Regions are in the order of their starts: the last one around the line is inside the others.
        index = bisect_right(self._starts, line) - 1
        while index >= 0 and self._regions[index].last < line:
            index = self._outer[index]
        found = self._regions[index] if index >= 0 else None
        return found if isinstance(found, Item) else None


def _enclosing(regions: Sequence[Item | _Hidden]) -> list[int]:
    """Of each region the last one before it that reaches as far as to its first line; -1 where none does."""
    outer: list[int] = []
    open_ones: list[int] = []
    for index, region in enumerate(regions):
        while open_ones and regions[open_ones[-1]].last < region.first:
            open_ones.pop()
        outer.append(open_ones[-1] if open_ones else -1)
        open_ones.append(index)
    return outer


def _regions(root: Node, module: str, inner: set[str]) -> Iterator[Item | _Hidden]:
    """The items of a file, in the order of their starts; to `inner` go the names of what has none of its own."""
    parts = list(find(_PARTS, root))
    imports = _imports(parts, module)
    scopes = [_Scope(root.end_byte, module, module, code=False)]
    for part, above in _with_above(parts, root.text or b""):
        while len(scopes) > 1 and scopes[-1].end <= part.start_byte:
            scopes.pop()
        scope = scopes[-1]
        in_code = any(outer.code for outer in scopes)
        if part.type in _HIDDEN:
            if part.type == "macro_definition" or not in_code:
                yield _Hidden(part.start_point.row + 1, _last_line(part))
        elif part.type in _CODE:
            simple = _name(part)
            path = scope.path if simple == "_" else f"{scope.path}::{simple}"
            if part.type == "function_item" or not in_code:
                yield _item(part, path, simple, above)
                scopes.append(_Scope(part.end_byte, path, path, code=True))
            else:
                inner.add(simple)
        elif part.type == "impl_item":
            path = _implementation(part, scope.module, imports.get(scope.module, {}))
            scopes.append(_Scope(part.end_byte, path, scope.module, code=False))
        elif part.type != "use_declaration":
            path = f"{scope.path}::{_name(part)}"
            inside = path if part.type == "mod_item" else scope.module
            scopes.append(_Scope(part.end_byte, path, inside, code=False))


def _imports(parts: Sequence[Node], module: str) -> dict[str, Imports]:
    """Module → what it imports. A name means the same above and below its `use`."""
    found: dict[str, dict[str, str]] = {}
    scopes: list[tuple[int, str]] = []
    for part in parts:
        while scopes and scopes[-1][0] <= part.start_byte:
            scopes.pop()
        around = scopes[-1][1] if scopes else module
        if part.type in {"mod_item", "function_item"}:
            scopes.append((part.end_byte, f"{around}::{_name(part)}"))
        elif part.type == "use_declaration":
            found.setdefault(around, {}).update(imported(part))
    return dict(found)


def _implementation(part: Node, module: str, imports: Imports) -> str:
    """`module::Type`, or `<module::Type as Trait>`: what stands before the names of an `impl`'s functions."""
    parameters = part.child_by_field_name("type_parameters")
    generic = [
        text_of(parameter.child_by_field_name("name") or parameter)
        for parameter in (parameters.named_children if parameters else ())
    ]
    trait = part.child_by_field_name("trait")
    implementor = of_type(part.child_by_field_name("type"), module, imports, generic, own=trait is None)
    if trait is not None:
        return f"<{implementor} as {of_type(trait, module, imports, generic, own=False)}>"
    return implementor if implementor.replace("::", "").isidentifier() else f"<{implementor}>"


def _name(part: Node) -> str:
    """As symbols have it: `type` of `r#type`."""
    return text_of(part.child_by_field_name("name")).removeprefix("r#")


def _item(part: Node, path: str, simple: str, above: Sequence[Node]) -> Item:
    first = above[0] if above else part
    test = any(_makes_test(attribute) for attribute in above)
    return Item(path, simple, first.start_point.row + 1, _last_line(part), test, part)


def _with_above(parts: Iterable[Node], text: bytes) -> Iterator[tuple[Node, Sequence[Node]]]:
    """The parts of the file that matter, each with the attributes and comments that stand above it."""
    above: list[Node] = []
    for part in parts:
        if above and text[above[-1].end_byte : part.start_byte].strip():
            above = []
        if part.type not in _ABOVE:
            yield part, above
            above = []
        elif part.type == "attribute_item" or _starts_line(part, text):
            above.append(part)


def _starts_line(part: Node, text: bytes) -> bool:
    """Whether a comment stands on its own, and is not about what is before it on the line."""
    return not text[text.rfind(b"\n", 0, part.start_byte) + 1 : part.start_byte].strip()


def _makes_test(attribute: Node) -> bool:
    """`#[test]`, `#[tokio::test]`, `#[test_case(…)]`, `#[rstest]`; not `#[cfg(test)]`."""
    if attribute.type != "attribute_item" or not attribute.named_children:
        return False
    path = attribute.named_children[0].named_children
    return bool(path) and "test" in text_of(path[0]).rpartition("::")[2]


def _last_line(node: Node) -> int:
    """1-based. A doc comment's node takes the line break with it."""
    end = node.end_point
    return end.row if end.column == 0 and end.row > node.start_point.row else end.row + 1
