"""A function's text in a few numbers: it is found again by them, renamed, moved or changed a little."""

from collections.abc import Iterator
from heapq import nsmallest
from zlib import crc32

from tree_sitter import Node

from leakgate.source.grammar import text_of

_KEPT = 24
_LONG = 3
_MOST_TOKENS = 20_000
"""Of a function. The rest of a longer one, a table that was generated, changes nothing."""
_COMMENTS = frozenset({"line_comment", "block_comment"})


def sketch(node: Node, name: str) -> tuple[int, ...]:
    """The `_KEPT` smallest hashes of all `_LONG` tokens in a row, ascending.

    Comments and layout are no tokens, and the function's own name is left out. Two sketches share the more numbers
    the more of their text two functions share (bottom-k sketches; Broder, 1997).

    Args:
        node: The function, without its attributes.
        name: What it is called.
    """
    tokens = [token for token in _leaves(node) if token != name]
    runs = {" ".join(tokens[start : start + _LONG]) for start in range(max(1, len(tokens) - _LONG + 1))}
    return tuple(nsmallest(_KEPT, {crc32(run.encode()) for run in runs}))


def _leaves(node: Node) -> Iterator[str]:
    cursor = node.walk()
    for _ in range(_MOST_TOKENS):
        found = cursor.node
        if found is not None and found.type not in _COMMENTS:
            if cursor.goto_first_child():
                continue
            yield text_of(found)
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
