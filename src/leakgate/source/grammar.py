"""Rust's grammar: bytes → a syntax tree, and the nodes of it that a pattern finds.

The one module that knows tree-sitter's ways. It takes any bytes: what is no Rust becomes nodes of kind `ERROR`.
"""

from functools import cache

import tree_sitter_rust
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from leakgate.source import LARGEST


def parse(data: bytes) -> Node | None:
    """The root of the file's tree; None of a file that is too large to be worth it, or is not UTF-8."""
    if len(data) > LARGEST:
        return None
    try:
        data.decode()
    except UnicodeDecodeError:
        return None
    return Parser(_language()).parse(data).root_node


def find(pattern: str, node: Node) -> list[Node]:
    """The nodes below `node`, itself included, that a query captures, in the order of the text, outer ones first.

    A query takes no recursion of ours, however deep the tree is.
    """
    captured = QueryCursor(_query(pattern)).captures(node)
    return sorted((found for group in captured.values() for found in group), key=_outer_first)


def text_of(node: Node | None) -> str:
    """The node's source; empty where there is no node."""
    return (node.text or b"").decode(errors="replace") if node else ""


def _outer_first(node: Node) -> tuple[int, int]:
    return node.start_byte, -node.end_byte


@cache
def _language() -> Language:
    return Language(tree_sitter_rust.language())


@cache
def _query(pattern: str) -> Query:
    return Query(_language(), pattern)
