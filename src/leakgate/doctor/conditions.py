"""What stands in a `#[cfg(…)]`, decided as far as the features and the target decide it."""

import re
from collections.abc import Callable, Iterable, Sequence

_WORD = re.compile(r'[A-Za-z_]\w*|"[^"]*"|[(),=]')
_DEEPEST = 50

Facts = Callable[[str, str | None], bool | None]
"""Whether `name = "value"`, or `name` alone, is set; None where that is not known."""


def facts(features: Iterable[str], of_target: Iterable[str], *, test: bool) -> Facts:
    """What is known before a crate is compiled.

    Args:
        features: Those that it has in this build.
        of_target: The lines of `rustc --print cfg`: `unix`, `target_os="linux"`.
        test: Whether it is compiled as a test.
    """
    on = frozenset(features)
    lines = frozenset(of_target)

    def is_set(name: str, value: str | None) -> bool | None:
        if name == "feature" and value is not None:
            return value in on
        if name == "test":
            return test
        if name.startswith("target_") or name in {"unix", "windows"}:
            return (name if value is None else f'{name}="{value}"') in lines
        return None  # `debug_assertions` is the cargo profile's, and others come from flags and build scripts

    return is_set


def holds(condition: str, is_set: Facts) -> bool | None:
    """Whether a condition holds; None where that is not known, or it cannot be read.

    Args:
        condition: Such as `all(test, not(feature = "heap"))`.
        is_set: What is known.
    """
    if _WORD.sub("", condition).strip():
        return None
    return _decide(_WORD.findall(condition), is_set, 0)


def _decide(words: Sequence[str], is_set: Facts, depth: int) -> bool | None:
    match words:
        case [name]:
            return is_set(name, None)
        case [name, "=", value]:
            return is_set(name, value.strip('"'))
        case [("all" | "any" | "not") as word, "(", *inner, ")"] if depth < _DEEPEST:
            return _combined(word, [_decide(part, is_set, depth + 1) for part in _parts(inner)])
        case _:
            return None


def _combined(word: str, values: Sequence[bool | None]) -> bool | None:
    if word == "not":
        return None if len(values) != 1 or values[0] is None else not values[0]
    decisive = word == "any"
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _parts(words: Sequence[str]) -> list[list[str]]:
    """The words between the commas that are in no further parentheses."""
    parts: list[list[str]] = [[]]
    depth = 0
    for word in words:
        depth += {"(": 1, ")": -1}.get(word, 0)
        if word == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(word)
    return [part for part in parts if part]
