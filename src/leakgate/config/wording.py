"""What a schema's keyword found, in words for whoever wrote the config."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from leakgate.config.document import Document, Path
from leakgate.config.problems import SHOWN, Problem, quoted
from leakgate.errors import UsageError

_TYPES = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "array": "a list",
    "object": "a mapping",
}
_FORMATS = {
    "size": "a size",
    "count": "a count of blocks",
    "share": "a share",
    "duration": "a time",
    "command": "text or a list of texts",
}
_LONGEST_TYPO = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """A value that does not fit its schema.

    Attributes:
        keyword: The keyword of the schema that says so.
        path: Where the value is.
        value: What it is.
        schema: What it should fit, the part that `keyword` is in.
        cause: Why it does not, where a reader of its `format` said so.
    """

    keyword: str
    path: Path
    value: Any
    schema: Mapping[str, Any]
    cause: UsageError | None

    @property
    def name(self) -> str:
        """The last key on the way to the value, with the indices that follow it: `ignore[1]`."""
        keys = [index for index, step in enumerate(self.path) if isinstance(step, str)]
        if not keys:
            return "the file" if "$id" in self.schema else "the limits"
        indices = "".join(f"[{step}]" for step in self.path[keys[-1] + 1 :])
        return f"`{self.path[keys[-1]]}{indices}`"

    @property
    def example(self) -> str:
        """A value that fits, for a remedy; empty where the schema has none."""
        if not self.path:
            return "write one `key: value` a line"
        if not self.schema.get("examples"):
            return ""
        key = next((f"{step}: " for step in self.path[-1:] if isinstance(step, str)), "")
        return f"for example `{key}{_as_yaml(self.schema['examples'][0])}`"


def describe(finding: Finding, document: Document) -> Iterator[Problem]:
    """The problems that `finding` stands for; one but for keys, of which several may be unknown or missing."""
    return _DESCRIBERS.get(finding.keyword, _empty)(finding, document)


def _format(finding: Finding, document: Document) -> Iterator[Problem]:
    if finding.cause is not None:
        what = f"{finding.name}: {finding.cause.what}"
        yield Problem(document.places[finding.path], what, finding.cause.remedy or "")


def _type(finding: Finding, document: Document) -> Iterator[Problem]:
    wanted = finding.schema["type"]
    names = [wanted] if isinstance(wanted, str) else wanted
    expected = _FORMATS.get(finding.schema.get("format", "")) or " or ".join(_TYPES[name] for name in names)
    remedy = finding.example
    if wanted == "string" and isinstance(finding.value, (bool, int, float)):
        remedy = f'write it in quotes: "{quoted(finding.value)[1:-1]}"'
    elif wanted == "integer" and isinstance(finding.value, str) and finding.value.strip().isdecimal():
        remedy = "write it without quotes"
    what = f"{finding.name} must be {expected}, not {_kind(finding.value)}"
    yield Problem(document.places[finding.path], what, remedy)


def _choice(finding: Finding, document: Document) -> Iterator[Problem]:
    allowed = [str(value) for value in finding.schema.get("enum", [finding.schema.get("const")])]
    choices = " or ".join(f"`{value}`" for value in allowed)
    what = f"{finding.name} must be {choices}, not {_kind(finding.value)}"
    yield Problem(document.places[finding.path], what, _meant(finding.value, allowed))


def _unknown_keys(finding: Finding, document: Document) -> Iterator[Problem]:
    known = list(finding.schema["properties"])
    for number, key in enumerate(key for key in finding.value if key not in known):
        # Looking for what was meant is slow, and only the first problems of a file are shown.
        remedy = _meant(key, known) if number < SHOWN else ""
        place = document.keys[(*finding.path, key)]
        yield Problem(place, f"unknown key {quoted(key)}", remedy or f"the keys here are {', '.join(known)}")


def _missing_keys(finding: Finding, document: Document) -> Iterator[Problem]:
    for key in finding.schema["required"]:
        if key not in finding.value:
            about: str = finding.schema["properties"][key]["description"]
            remedy = f"add `{key}`: {about[0].lower()}{about[1:].partition('. ')[0].rstrip('.')}"
            yield Problem(document.places[finding.path], f"{finding.name} has no `{key}`", remedy)


def _one_of_two_keys(finding: Finding, document: Document) -> Iterator[Problem]:
    one, other = (branch["required"][0] for branch in finding.schema["oneOf"])
    both = one in finding.value and other in finding.value
    what = f"has both `{one}` and `{other}`" if both else f"has neither `{one}` nor `{other}`"
    remedy = "write a rule for each" if both else "add one of the two"
    yield Problem(document.places[finding.path], f"{finding.name} {what}", remedy)


def _same_metric(finding: Finding, document: Document) -> Iterator[Problem]:
    short, long = finding.schema["not"]["required"]
    place = max(document.keys[(*finding.path, key)] for key in (short, long))
    yield Problem(
        place, f"`{short}` and `{long}` are one metric", f"`{short}` is short for `{long}`: keep one of them"
    )


def _too_small(finding: Finding, document: Document) -> Iterator[Problem]:
    what = f"{finding.name} must be at least {finding.schema['minimum']}, not {quoted(finding.value)}"
    yield Problem(document.places[finding.path], what, finding.example)


def _too_large(finding: Finding, document: Document) -> Iterator[Problem]:
    what = f"{finding.name} must be at most {finding.schema['maximum']}, not {quoted(finding.value)}"
    yield Problem(document.places[finding.path], what, finding.example)


def _too_long(finding: Finding, document: Document) -> Iterator[Problem]:
    what = f"{finding.name} must have at most {finding.schema['maxLength']} characters, not {len(finding.value)}"
    yield Problem(document.places[finding.path], what)


def _empty(finding: Finding, document: Document) -> Iterator[Problem]:
    """For minLength, minItems, minProperties and pattern: each asks for something where there is nothing."""
    yield Problem(document.places[finding.path], f"{finding.name} must not be empty", finding.example)


_DESCRIBERS: Mapping[str, Callable[[Finding, Document], Iterator[Problem]]] = {
    "format": _format,
    "type": _type,
    "enum": _choice,
    "const": _choice,
    "additionalProperties": _unknown_keys,
    "required": _missing_keys,
    "oneOf": _one_of_two_keys,
    "not": _same_metric,
    "minimum": _too_small,
    "maximum": _too_large,
    "maxLength": _too_long,
}


def _meant(wrong: object, known: Sequence[str]) -> str:
    text = str(wrong)
    if len(text) > _LONGEST_TYPO:
        return ""
    close = get_close_matches(text.lower().replace("_", "-"), known, n=1)
    return f"did you mean `{close[0]}`?" if close else ""


def _kind(value: object) -> str:
    match value:
        case None:
            return "empty"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return quoted(value)


def _as_yaml(value: object) -> str:
    """A schema's example on one line, as people write it."""
    match value:
        case dict():
            return "{" + ", ".join(f"{key}: {_as_yaml(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(_as_yaml(item) for item in value) + "]"
        case str():
            return json.dumps(value) if "*" in value else value
        case _:
            return str(value)
