"""Rust's grammar: bytes → a syntax tree, and the nodes in it.

The one module that knows tree-sitter's ways. It takes any bytes: what is no Rust becomes nodes of kind `ERROR`.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import cache

import tree_sitter_rust
from tree_sitter import Language, Node, Parser

from leakgate.source import LARGEST

_LONGEST_LINE = 32 * 1024
"""Bytes. What is longer was generated, a table; the functions beside it are then called as their symbols are. Of
31,272 files in a registry's cache none has a line of more than 13,000."""


def parse(data: bytes) -> Node | None:
    """The root of the file's tree; None of a file that is not worth its time, or is not UTF-8.

    That is one that is too large, or has a line that no one wrote. What the parser cannot make sense of, such as a
    megabyte of quotes, takes it up to a minute.
    """
    if len(data) > LARGEST or max(map(len, data.split(b"\n"))) > _LONGEST_LINE:
        return None
    try:
        data.decode()
    except UnicodeDecodeError:
        return None
    return Parser(_language()).parse(data).root_node


def find(kinds: AbstractSet[str], node: Node) -> Iterator[Node]:
    """The nodes of these kinds below `node`, itself included, in the order of the text, outer ones first.

    In time linear in the tree's size, whatever its shape. Queries of tree-sitter's are not, in a broken file.
    """
    cursor = node.walk()
    while (found := cursor.node) is not None:
        if found.type in kinds:
            yield found
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def text_of(node: Node | None) -> str:
    """The node's source; empty where there is no node."""
    return (node.text or b"").decode(errors="replace") if node else ""


@cache
def _language() -> Language:
    return Language(tree_sitter_rust.language())
