"""One source file, and all that the name of a site wants to know of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import blake2s
from itertools import accumulate

from tree_sitter import Node

from leakgate.source.calls import (
    Call,
    Forgetting,
    calls_in,
    forgetting_in,
    statement_at,
    values_at,
    variables_of,
)
from leakgate.source.grammar import parse
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
        self._lines = data.split(b"\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in self._lines)]
        self._root = parse(data)
        self._items = None if self._root is None else Items(self._root, module)
        # By the ids of nodes: all that is asked of a large function is worked out once, and not for each line.
        self._names: dict[int, tuple[str, ...]] = {}
        self._forgetting: dict[int, tuple[Forgetting, ...]] = {}

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
        span = self._span(line)
        if self._root is None or span is None:
            return ()
        statement = statement_at(self._root, *span)
        if statement is not None:
            if statement.id not in self._names:
                self._names[statement.id] = _simple_names(calls_in(statement))
            return self._names[statement.id]
        item = self._items.at(line) if self._items else None
        return _simple_names(call for call in self._calls.get(line, ()) if item and _within(call.node, item.node))

    def forgotten_at(self, function: Item, line: int) -> str | None:
        """The call that keeps for ever what the statement around a line makes, as written.

        It is part of the statement, or takes over the variable that has what the statement makes.
        """
        if function.node.id not in self._forgetting:
            self._forgetting[function.node.id] = forgetting_in(function.node)
        forgetting, span = self._forgetting[function.node.id], self._span(line)
        if not forgetting or span is None or self._root is None:
            return None
        made = [(node.start_byte, node.end_byte, variables_of(node)) for node in values_at(self._root, *span)] or [
            (*span, frozenset())
        ]  # several statements
        return next(
            (
                call.written
                for start, end, variables in made
                for call in forgetting
                if start <= call.start < end or call.given & variables
            ),
            None,
        )

    @cached_property
    def _calls(self) -> Mapping[int, list[Call]]:
        """Line → what is called on it."""
        calls = defaultdict(list)
        for call in calls_in(self._root) if self._root else ():
            calls[call.node.start_point.row + 1].append(call)
        return calls

    def _span(self, line: int) -> tuple[int, int] | None:
        """The bytes of a line without the blanks around; None where there is no such line."""
        if not 0 < line <= len(self._lines):
            return None
        text = self._lines[line - 1].rstrip()
        start = self._starts[line - 1]
        return start + len(text) - len(text.lstrip()), start + len(text)

    def sketch(self, function: Item) -> tuple[int, ...]:
        """Of the function's text, by `sketch.sketch`."""
        return sketch(function.node, function.simple)


def _within(node: Node, other: Node) -> bool:
    return other.start_byte <= node.start_byte and node.end_byte <= other.end_byte


def _simple_names(calls: Iterable[Call]) -> tuple[str, ...]:
    return tuple(sorted([*dict.fromkeys(call.simple for call in calls)][:_MOST_CALLS]))
