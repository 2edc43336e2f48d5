"""Paths of types, traits and modules as a file writes them → from the crate's root, as symbols have them."""

from collections.abc import Iterator, Mapping, Sequence

from tree_sitter import Node

from leakgate.source.grammar import text_of
from leakgate.source.standard import PATHS

Imports = Mapping[str, str]
"""Of one module: the name that a `use` brings → the path it stands for."""


def imported(declaration: Node) -> Iterator[tuple[str, str]]:
    """What a `use` declaration brings into its module: name → path as written. Globs bring nothing we know."""
    waiting: list[tuple[str, Node | None]] = [("", declaration.child_by_field_name("argument"))]
    while waiting:
        prefix, node = waiting.pop()
        if node is None:
            continue
        if node.type == "use_list":
            waiting += [(prefix, child) for child in node.named_children]
        elif node.type == "scoped_use_list":
            path = _joined(prefix, text_of(node.child_by_field_name("path")))
            waiting.append((path, node.child_by_field_name("list")))
        elif node.type == "use_as_clause":
            yield (
                text_of(node.child_by_field_name("alias")),
                _joined(prefix, text_of(node.child_by_field_name("path"))),
            )
        elif node.type == "self":
            yield prefix.rpartition("::")[2], prefix
        elif node.type in {"identifier", "scoped_identifier"}:
            path = _joined(prefix, text_of(node))
            yield path.rpartition("::")[2], path


def of_type(node: Node | None, module: str, imports: Imports, generic: Sequence[str], *, own: bool) -> str:
    """The path of the type or trait that an `impl` names, without generic arguments.

    It is as near to the symbol's as one file allows: what a glob imports seems to be the module's own.

    Args:
        node: As written.
        module: The path of the module around it, from the crate's name.
        imports: What that module imports.
        generic: The type parameters of the `impl`, which are no paths.
        own: Whether it must be of this crate, whatever the standard library has of that name.
    """
    while node is not None and node.type == "generic_type":
        node = node.child_by_field_name("type")
    if node is None:
        return ""
    if node.type == "type_identifier":
        name = text_of(node)
        if name in generic:
            return name
        if name in imports:
            return _defined(resolved(imports[name], module))
        return PATHS[name] if name in PATHS and not own else f"{module}::{name}"
    if node.type == "scoped_type_identifier":
        first, separator, rest = "".join(text_of(node).split()).partition("::")
        path = f"{imports.get(first, first)}{separator}{rest}"
        return _defined(resolved(_without_arguments(path), module))
    return " ".join(text_of(node).split())


def resolved(path: str, module: str) -> str:
    """A path from the crate's name on: `crate`, `self` and `super` at its start are settled."""
    first, _, rest = path.partition("::")
    if first == "crate":
        return _joined(module.partition("::")[0], rest)
    while first in {"self", "super"}:
        if first == "super":
            module = module.rpartition("::")[0] or module
        path = rest
        first, _, rest = path.partition("::")
        if first not in {"self", "super"}:
            return _joined(module, path)
    return path


def _defined(path: str) -> str:
    """Where the standard library defines what a path into it names."""
    name = path.rpartition("::")[2]
    return PATHS[name] if name in PATHS and path.startswith(("std::", "core::", "alloc::")) else path


def _joined(prefix: str, path: str) -> str:
    path = "".join(path.split())
    return f"{prefix}::{path}" if prefix and path else prefix or path


def _without_arguments(path: str) -> str:
    kept, depth = [], 0
    for character in path:
        depth += character == "<"
        if not depth:
            kept.append(character)
        depth -= character == ">" and depth > 0
    return "".join(kept).replace("::::", "::")
