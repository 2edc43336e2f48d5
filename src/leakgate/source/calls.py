"""Which functions a statement calls, and which calls keep memory for ever."""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from leakgate.source.grammar import find, text_of

_CALLS = frozenset({"call_expression"})
_STATEMENT = frozenset({"let_declaration", "expression_statement"})
_BODY = frozenset({"block", "source_file", "declaration_list"})
_FORGETTING = {
    "forget": {"", "mem"},
    "increment_strong_count": {"Arc", "Rc"},
    "into_raw": {"Arc", "Box", "CString", "Rc", "Weak"},
    "leak": {"Box", "String", "Vec"},
    "new": {"ManuallyDrop"},
}
"""What gives memory up, so that nothing frees it any more: the function → the types or module before its name."""
_FORGETTING_METHODS = frozenset({"into_raw", "leak"})
"""Those that are also called on a value, and then take nothing else."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the source writes it.

    Attributes:
        written: The path, or the method's name, without generic arguments: `Box::leak`, `into_raw`.
        simple: The last part of it.
        method: Whether it is called on a value, `value.simple()`.
        node: Where it is in the tree.
    """

    written: str
    simple: str
    method: bool
    node: Node

    @property
    def forgets(self) -> bool:
        """Whether what it is given is never freed, unless other code takes it back from a raw pointer."""
        if self.method:
            arguments = self.node.child_by_field_name("arguments")
            return self.simple in _FORGETTING_METHODS and not (arguments and arguments.named_children)
        before = self.written.rpartition("::")[0].rpartition("::")[2]
        return before in _FORGETTING.get(self.simple, ())


def statement_at(root: Node, line: int) -> Node | None:
    """The innermost statement, or last expression of a block, that spans a line (1-based).

    None where the line is blank, lies outside of any function, or holds more than one statement.
    """
    row = line - 1
    text = (root.text or b"").split(b"\n", row + 1)
    if row >= len(text):
        return None
    before, found = sum(map(len, text[:row])) + row, text[row].rstrip()
    start, end = before + len(found) - len(found.lstrip()), before + len(found)
    cursor = root.walk()
    statement, kind = None, root.type
    while cursor.goto_first_child_for_byte(start) is not None:
        node = cursor.node
        if node is None or start < node.start_byte or node.end_byte < end:
            break
        if node.type in _BODY:
            statement = None
        elif node.type in _STATEMENT or kind == "block":
            statement = node
        kind = node.type
    return statement


def calls_in(node: Node) -> Iterator[Call]:
    """The calls in a part of the tree, in the order of the text. Those in a macro's arguments are not seen."""
    for call in find(_CALLS, node):
        function = call.child_by_field_name("function")
        while function is not None and function.type == "generic_function":
            function = function.child_by_field_name("function")
        if function is None:
            continue
        if function.type == "field_expression":
            name = text_of(function.child_by_field_name("field"))
            yield Call(name, name, method=True, node=call)
        elif function.type in {"identifier", "scoped_identifier"}:
            simple = text_of(function.child_by_field_name("name") or function)
            yield Call("".join(text_of(function).split()), simple, method=False, node=call)
