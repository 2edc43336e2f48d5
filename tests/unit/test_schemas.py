"""The published schemas are what the types say, and are schemas."""

import jsonschema
import pytest

from leakgate import schemas
from leakgate.schemas.generate import generate


@pytest.mark.parametrize("name", ["result", "snapshot", "doctor"])
def test_a_published_schema_is_what_the_types_say(name: str) -> None:
    """If this fails: `make schemas`."""
    assert schemas.text(name) == generate(name)


@pytest.mark.parametrize("name", schemas.NAMES)
def test_a_published_schema_is_valid_and_says_what_it_is(name: str) -> None:
    schema = schemas.load(name)

    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:leakgate:schema:{name}:1"


@pytest.mark.parametrize("name", ["result", "snapshot", "doctor"])
def test_every_property_is_explained(name: str) -> None:
    definitions = schemas.load(name)["$defs"]

    unexplained = [
        f"{title}.{key}"
        for title, definition in definitions.items()
        for key, value in definition.get("properties", {}).items()
        if "description" not in value
    ]

    assert unexplained == []
    assert all("description" in definition for definition in definitions.values())
