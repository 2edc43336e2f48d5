"""A document against the published schema."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from leakgate import schemas
from leakgate.config import formats
from leakgate.config.document import Document, Path
from leakgate.config.problems import Problem
from leakgate.config.wording import Finding, describe
from leakgate.errors import UsageError


def validate(document: Document, *, definition: str | None = None) -> list[Problem]:
    """What is wrong in `document` by the schema, besides what the document knows itself.

    Args:
        document: Not empty.
        definition: The part of the schema that it must fit (`limits`); None: all of it.
    """
    schema = schemas.load("config")
    if definition is not None:
        schema = {"$ref": f"#/$defs/{definition}", "$defs": schema["$defs"]}
    checker = FormatChecker(formats=())
    for name, (reader, types) in formats.READERS.items():
        checker.checks(name, raises=UsageError)(_accepts(reader, types))
    errors = Draft202012Validator(schema, format_checker=checker).iter_errors(document.data)
    return [
        problem for error in _worth_telling(errors, document) for problem in describe(_finding(error), document)
    ]


def _accepts(reader: Callable[[Any], object], types: tuple[type, ...]) -> Callable[[object], bool]:
    def accepts(value: object) -> bool:
        # Other types are the business of the schema's `type`. To Python, but not to JSON, a boolean is an integer.
        if isinstance(value, types) and not isinstance(value, bool):
            reader(value)
        return True

    return accepts


def _worth_telling(errors: Iterable[ValidationError], document: Document) -> Iterator[ValidationError]:
    """At most one kind of error a value: a `format` knows best what is wrong, then its `type`, then the rest."""
    by_path: dict[Path, list[ValidationError]] = {}
    for error in errors:
        path = tuple(error.absolute_path)
        if path not in document.refused:
            by_path.setdefault(path, []).append(error)
    for found in by_path.values():
        for keyword in ("format", "type"):
            best = [error for error in found if error.validator == keyword]
            if best:
                yield best[0]
                break
        else:
            yield from found


def _finding(error: ValidationError) -> Finding:
    return Finding(
        keyword=str(error.validator),
        path=tuple(error.absolute_path),
        value=error.instance,
        schema=error.schema if isinstance(error.schema, dict) else {},
        cause=error.cause if isinstance(error.cause, UsageError) else None,
    )
