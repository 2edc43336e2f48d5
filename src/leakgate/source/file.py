"""One source file, and all that the name of a site wants to know of it."""

from hashlib import blake2s

from tree_sitter import Node

from leakgate.source.calls import Call, calls_in, statement_at
from leakgate.source.grammar import parse, text_of
from leakgate.source.items import Item, Items
from leakgate.source.sketch import sketch

_DIGEST = 4
_MOST_CALLS = 12


class SourceFile:
    """A file of the measured commit. Any bytes are taken: what is not understood is not known, and no error.

    Args:
        data: What is in the file.
        module: The path of the module that it is, from the crate's name; empty where that is not known.
    """

    def __init__(self, data: bytes, module: str) -> None:
        self._lines = data.splitlines()
        self._root = parse(data)
        self._items = None if self._root is None else Items(self._root, module)

    def function_at(self, line: int, symbol: str = "") -> Item | None:
        """The function around a line, by `Items.at`.

        None also where the symbol shows that the code comes from elsewhere: nothing in the file has its name.

        Args:
            line: 1-based.
            symbol: The last part of the function's name in the symbol table; empty where that is no name.
        """
        if self._items is None or (symbol and not self._items.declares(symbol)):
            return None
        return self._items.at(line, symbol)

    def digest(self, line: int) -> str:
        """Of the line's text, blanks aside; empty where there is no such line, or nothing on it."""
        text = b" ".join(self._lines[line - 1].split()) if 0 < line <= len(self._lines) else b""
        return blake2s(text, digest_size=_DIGEST).hexdigest() if text else ""

    def calls_at(self, line: int) -> tuple[str, ...]:
        """The simple names of what the innermost statement around a line calls, sorted; not more than a dozen.

        Where the line holds more than a statement: of all that is called on it.
        """
        if self._root is None:
            return ()
        statement = statement_at(self._root, line)
        if statement is not None:
            calls = calls_in(statement)
        else:
            item = self._items.at(line) if self._items else None
            calls = (c for c in (calls_in(item.node) if item else ()) if c.node.start_point.row == line - 1)
        return tuple(sorted([*dict.fromkeys(call.simple for call in calls)][:_MOST_CALLS]))

    def forgotten_in(self, function: Item) -> str | None:
        """The first call in a function that keeps memory for ever, as written."""
        return next((call.written for call in calls_in(function.node) if call.forgets), None)

    def forgotten_at(self, function: Item, line: int) -> str | None:
        """The call that keeps for ever what the statement around a line makes, as written.

        It is part of the statement, or is given the variable that the statement sets.
        """
        statement = None if self._root is None else statement_at(self._root, line)
        if statement is None:
            return None
        variable = statement.child_by_field_name("pattern")
        for call in calls_in(function.node):
            if call.forgets and (_within(call.node, statement) or _is_given(call, text_of(variable))):
                return call.written
        return None

    def sketch(self, function: Item) -> tuple[int, ...]:
        """Of the function's text, by `sketch.sketch`."""
        return sketch(function.node, function.simple)


def _within(node: Node, other: Node) -> bool:
    return other.start_byte <= node.start_byte and node.end_byte <= other.end_byte


def _is_given(call: Call, variable: str) -> bool:
    """Whether the call is made on the variable, or with it as an argument."""
    arguments = call.node.child_by_field_name("arguments")
    given = [*(arguments.named_children if arguments else ())]
    function = call.node.child_by_field_name("function")
    if call.method and function is not None and (value := function.child_by_field_name("value")) is not None:
        given.append(value)
    return any(node.type == "identifier" and text_of(node) == variable for node in given)
