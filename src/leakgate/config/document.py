"""YAML text → plain values, each with its place.

A config is data: a tree of mappings, lists, texts, numbers, booleans and nulls. What YAML has beyond that
(aliases, tags, keys that are not text, `.nan`) is refused here, so that no text can grow in memory or run
anything. The events of ruamel's parser are composed without recursion, for the same reason.
"""

import math
import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.reader import ReaderError

from leakgate.config.problems import Place, Problem, failure, quoted

Path = tuple[str | int, ...]
"""The way from the root to a value: keys of mappings and indices of lists."""

MAX_SIZE = 256 * 1024
"""Characters a config may have. A real one has a few thousand; the parser takes seconds for more than this."""

MAX_DEPTH = 16

_DIRECTIVE = re.compile(r"(?:\A\ufeff?|[\n\r\x85\u2028\u2029])%")

_QUOTE_GLOB = "a text that starts with `*` needs quotes"


@dataclass(slots=True)
class Document:
    """One YAML document.

    Attributes:
        data: The root; None for an empty document.
        places: Where each value starts.
        keys: Where the key of each value in a mapping starts.
        problems: What was refused.
        refused: The paths of refused values; `data` has None there.
    """

    data: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    refused: set[Path] = field(default_factory=set)


def read_document(text: str, source: str) -> Document:
    """Read one YAML 1.2 document.

    Raises:
        ConfigError: The text is not YAML, or larger or deeper than any config. What is only refused is listed in
            the document's `problems`, so that it can be reported together with others.
    """
    if len(text) > MAX_SIZE:
        raise failure(source, [Problem(Place(1, 1), f"the file has more than {MAX_SIZE // 1024} Ki characters")])
    directive = _DIRECTIVE.search(text)
    if directive:
        # `%YAML 1.1` would change what `no` means, and ruamel has no error of its own for `%YAML 1.3`.
        place = _place_at(text, directive.end() - 1)
        raise failure(
            source, [Problem(place, "a line with `%` is a YAML directive, which has no meaning here", "remove it")]
        )
    composer = _Composer(source)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            composer.take(event)
    except MarkedYAMLError as error:
        raise failure(source, [_syntax_problem(error)]) from error
    except ReaderError as error:
        place = _place_at(text, error.position)
        raise failure(source, [Problem(place, f"not YAML: the character {text[error.position]!a}")]) from error
    except YAMLError as error:
        raise failure(source, [Problem(Place(1, 1), f"not YAML: {quoted(error)}")]) from error
    return composer.document


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being read."""

    container: dict[str, Any] | list[Any]
    path: Path
    step: str | int | None = None
    """In a mapping: the key whose value comes next; for the second value of one key, a number instead, so that
    what lies below it is not taken for the first one's."""


class _Composer:
    """Composes the parser's events into a `Document`."""

    def __init__(self, source: str) -> None:
        self.document = Document()
        self._resolver: Any = YAML(typ="safe", pure=True).resolver
        self._source = source
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, event: events.Event) -> None:
        """Add one event.

        Raises:
            ConfigError: What follows could not be understood.
        """
        place = Place(event.start_mark.line + 1, event.start_mark.column + 1)
        match event:
            case events.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._stop(
                        place, "a second document starts here", "remove the `---`: a config is one document"
                    )
            case events.MappingEndEvent() | events.SequenceEndEvent():
                self._open.pop()
            case events.ScalarEvent() | events.AliasEvent() if self._is_key():
                self._take_key(event, place)
            case events.ScalarEvent():
                path = self._next_path(place)
                if not event.value and event.implicit[0]:
                    # The parser sees a missing value where the next thing starts, maybe lines below.
                    self.document.places[path] = self.document.keys.get(path, place)
                self._add(self._scalar(event, path))
            case events.AliasEvent():
                self._refuse(self._next_path(place), *_alias(event))
                self._add(None)
            case events.MappingStartEvent() | events.SequenceStartEvent():
                self._take_start(event, place)

    def _is_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].container, dict) and self._open[-1].step is None

    def _take_key(self, event: events.ScalarEvent | events.AliasEvent, place: Place) -> None:
        mapping = self._open[-1]
        if isinstance(event, events.AliasEvent):
            self._stop(place, *_alias(event))
        path = (*mapping.path, event.value)
        if path in self.document.keys:
            first = self.document.keys[path]
            self._problem(
                place, f"the key {quoted(event.value)} is given twice", f"the first is in line {first.line}"
            )
            mapping.step = -len(self.document.problems)
        else:
            self.document.keys[path] = place
            mapping.step = event.value

    def _take_start(self, event: events.CollectionStartEvent, place: Place) -> None:
        if self._is_key():
            self._stop(place, "a key must be text", "write `key: value`")
        if len(self._open) == MAX_DEPTH:
            self._stop(place, f"nested more than {MAX_DEPTH} deep")
        path = self._next_path(place)
        container: dict[str, Any] | list[Any] = {} if isinstance(event, events.MappingStartEvent) else []
        self._add(container)
        if event.ctag is not None:
            self._refuse(path, _tag(event), "remove it")
        self._open.append(_Open(container, path))

    def _next_path(self, place: Place) -> Path:
        """The path of the value that starts here."""
        path: Path = ()
        if self._open:
            parent = self._open[-1]
            step = len(parent.container) if isinstance(parent.container, list) else parent.step
            path = (*parent.path, step if step is not None else "")
        self.document.places[path] = place
        return path

    def _add(self, value: object) -> None:
        if not self._open:
            self.document.data = value
            return
        parent = self._open[-1]
        if isinstance(parent.container, list):
            parent.container.append(value)
        else:
            if isinstance(parent.step, str):
                parent.container[parent.step] = value
            parent.step = None

    def _scalar(self, event: events.ScalarEvent, path: Path) -> object:
        text: str = event.value
        if event.ctag is not None:
            self._refuse(path, _tag(event), "remove it")
        elif any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text):
            self._refuse(path, f"{quoted(text)} has a character that no text may have", "remove it")
        elif event.implicit[0]:
            return self._plain(text, path)
        else:
            return text
        return None

    def _plain(self, text: str, path: Path) -> object:
        """The value of a scalar without quotes. A date stays text, as in the schema."""
        match str(self._resolver.resolve(ScalarNode, text, (True, False))).rpartition(":")[2]:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case "int" | "float" as kind:
                try:
                    return _integer(text) if kind == "int" else _finite(text)
                except ValueError:
                    self._refuse(
                        path, f"{quoted(text)} is not a number that can be used", "write a number of ordinary size"
                    )
                    return None
            case _:
                return text

    def _refuse(self, path: Path, what: str, remedy: str) -> None:
        self._problem(self.document.places[path], what, remedy)
        self.document.refused.add(path)

    def _problem(self, place: Place, what: str, remedy: str = "") -> None:
        self.document.problems.append(Problem(place, what, remedy))

    def _stop(self, place: Place, what: str, remedy: str = "") -> NoReturn:
        raise failure(self._source, [*self.document.problems, Problem(place, what, remedy)])


def _alias(event: events.AliasEvent) -> tuple[str, str]:
    return f"{quoted('*' + event.anchor)} is a YAML alias, which has no meaning here", _QUOTE_GLOB


def _tag(event: events.ScalarEvent | events.CollectionStartEvent) -> str:
    name = str(event.ctag).replace("tag:yaml.org,2002:", "!!")
    return f"{quoted(name)} is a YAML tag, which has no meaning here"


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    prefixed = digits.lstrip("+-")[:2].lower() in {"0x", "0o", "0b"}
    number = int(digits, 0 if prefixed else 10)  # YAML 1.2: `012` is twelve
    if abs(number) >= 2**63:
        raise ValueError(text)
    return number


def _finite(text: str) -> float:
    number = float(text.replace("_", ""))  # `.nan` and `.inf` are no numbers to Python
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _syntax_problem(error: Any) -> Problem:  # noqa: ANN401 - ruamel's errors have untyped attributes
    mark = error.problem_mark or error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    problem = str(error.problem or error.context).replace("'\\x00'", "the end of the file")
    if r"'\t'" in problem:
        return Problem(place, "not YAML: a tab where only spaces may be", "indent with spaces")
    context = f"{error.context}: " if error.context and error.problem else ""
    what = "not YAML: " + quoted(context + problem, longest=200)[1:-1]
    if problem.startswith("mapping values are not allowed"):
        return Problem(place, what, "a text with `: ` in it needs quotes; otherwise look at the indentation")
    return Problem(place, what, _QUOTE_GLOB if context.startswith("while scanning an alias") else "")


def _place_at(text: str, position: int) -> Place:
    before = text[:position]
    return Place(before.count("\n") + 1, position - before.rfind("\n"))
