"""Which functions a statement calls, and which calls keep memory for ever."""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from leakgate.source.grammar import find, text_of

_CALLS = frozenset({"call_expression"})
_STATEMENT = frozenset({"let_declaration", "expression_statement"})
_VARIABLE = frozenset({"identifier", "self"})
_AROUND = frozenset({"await_expression", "expression_statement", "parenthesized_expression", "try_expression"})
_MADE_OF = frozenset(
    {
        "arguments",
        "array_expression",
        "field_initializer",
        "field_initializer_list",
        "parenthesized_expression",
        "shorthand_field_initializer",
        "tuple_expression",
    }
)
"""Expressions that own what is written in them."""
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
_TAKING_BACK = frozenset({"decrement_strong_count", "from_raw", "from_raw_in", "from_raw_parts"})
_TAKING_OUT = frozenset({"ManuallyDrop::drop", "ManuallyDrop::into_inner", "ManuallyDrop::take"})


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


@dataclass(frozen=True, slots=True)
class Forgetting:
    """A call that keeps memory for ever.

    Attributes:
        written: As `Call.written`.
        start: The byte at which it starts.
        end: The byte at which it ends.
        given: The variables that it takes over.
    """

    written: str
    start: int
    end: int
    given: frozenset[str]


def forgetting_in(function: Node) -> tuple[Forgetting, ...]:
    """The calls in a function that keep memory for ever; none where it takes memory back from a pointer.

    Which of its pointers that is would be a guess.
    """
    calls = [*calls_in(function)]
    if any(_takes_back(call) for call in calls):
        return ()
    return tuple(
        Forgetting(call.written, call.node.start_byte, call.node.end_byte, frozenset(_taken_over(call)))
        for call in calls
        if call.forgets
    )


def statement_at(root: Node, start: int, end: int) -> Node | None:
    """The innermost statement, or last expression of a block, around some bytes of a line.

    None where they are outside of any function, or hold more than one statement.
    """
    return next(iter(values_at(root, start, end)), None)


def values_at(root: Node, start: int, end: int) -> tuple[Node, ...]:
    """The innermost statement around some bytes of a line, and those that it is, or may be, the value of.

    What the last expression of a block makes is what the statement around the block makes. Otherwise as
    `statement_at`.
    """
    cursor = root.walk()
    around: list[Node | None] = [None]
    kind = root.type
    while cursor.goto_first_child_for_byte(start) is not None:
        node = cursor.node
        if node is None or start < node.start_byte or node.end_byte < end:
            break
        if node.type == "function_item":
            around = [None]
        elif node.type in _BODY:
            around.append(None)
        elif node.type in _STATEMENT or kind == "block":
            around[-1] = node
        kind = node.type
    values = []
    for statement in reversed(around):
        if statement is None:
            break
        values.append(statement)
        if statement.type in _STATEMENT:
            break
    return tuple(values)


def variables_of(statement: Node) -> frozenset[str]:
    """The variables that have what a statement makes: it sets them, or calls a method on one, `list.push(…)`."""
    pattern = statement.child_by_field_name("pattern")
    if pattern is not None:
        return frozenset(text_of(node) for node in find(_VARIABLE, pattern))
    value: Node | None = statement
    while value is not None and value.type in _AROUND:
        value = value.named_children[0] if value.named_children else None
    if value is None:
        return frozenset()
    holder = value.child_by_field_name("left")
    function = value.child_by_field_name("function")
    if function is not None and function.type == "field_expression":
        holder = function.child_by_field_name("value")
    return frozenset({text_of(holder)} if holder is not None and holder.type in _VARIABLE else ())


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


def _takes_back(call: Call) -> bool:
    if call.method:
        return False
    return call.simple in _TAKING_BACK or "::".join(call.written.split("::")[-2:]) in _TAKING_OUT


def _taken_over(call: Call) -> Iterator[str]:
    """The variables that a call's arguments, and the value that it is called on, are made of."""
    function = call.node.child_by_field_name("function")
    receiver = function.child_by_field_name("value") if call.method and function is not None else None
    waiting = [receiver, call.node.child_by_field_name("arguments")]
    while waiting:
        node = waiting.pop()
        if node is None:
            continue
        if node.type in _VARIABLE:
            yield text_of(node)
        elif node.type in _MADE_OF:
            waiting += node.named_children
        elif node.type == "call_expression":
            waiting.append(node.child_by_field_name("arguments"))
        elif node.type == "struct_expression":
            waiting.append(node.child_by_field_name("body"))
