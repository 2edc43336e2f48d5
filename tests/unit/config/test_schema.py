import json
import re
from datetime import date
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from leakgate import schemas
from leakgate.config import DEFAULT, parse, with_limits
from leakgate.dhat.profile import Metric
from leakgate.sizes import SizeError, parse_size

SCHEMA = schemas.load("config")
TODAY = date(2026, 6, 1)


def parts(schema: dict[str, Any], path: str = "$") -> list[tuple[str, dict[str, Any]]]:
    """Every key that a user can write, and every definition, with its path."""
    found = [(path, schema)]
    for group in ("properties", "$defs"):
        for key, part in schema.get(group, {}).items():
            found += parts(part, f"{path}.{key}")
    return found


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    name = part.get("$ref", "").removeprefix("#/$defs/")
    return {**(SCHEMA["$defs"][name] if name else {}), **part}


def test_it_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_key_is_described_and_exemplified() -> None:
    assert [path for path, part in parts(SCHEMA) if not (part.get("description") or part.get("title"))] == []
    assert [path for path, part in parts(SCHEMA) if not resolved(part).get("examples")] == []


def test_every_mapping_refuses_unknown_keys() -> None:
    mappings = [part for _, part in parts(SCHEMA) if part.get("type") == "object"]
    assert len(mappings) == 10
    assert all(part["additionalProperties"] is False for part in mappings)


def test_its_examples_are_configs() -> None:
    for example in SCHEMA["examples"]:
        parse(json.dumps(example), "example", TODAY)
    for key, part in SCHEMA["properties"].items():
        for example in resolved(part)["examples"]:
            parse(json.dumps({key: example}), key, TODAY)
    for key, part in SCHEMA["$defs"]["limits"]["properties"].items():
        for example in resolved(part)["examples"]:
            with_limits(DEFAULT, json.dumps({key: example}), key)
            for field, of_field in resolved(part)["properties"].items():
                for value in resolved(of_field)["examples"]:
                    parse(json.dumps({"tests": [{"match": "a", "limits": {key: {field: value}}}]}), key, TODAY)


def test_its_defaults_are_the_defaults() -> None:
    defaults = {key: part["default"] for key, part in SCHEMA["properties"].items() if "default" in part}
    of_baseline = SCHEMA["properties"]["baseline"]["properties"]
    defaults["baseline"] = {key: part["default"] for key, part in of_baseline.items() if "default" in part}
    defaults["limits"] = {
        "t-gmax": {"ratio": 1.5, "min-delta": "4 KiB"},
        "t-end": {"ratio": 1.5, "min-delta": "64 B"},
    }
    config = parse(json.dumps(defaults), "defaults", TODAY)
    assert config == parse("", "defaults", TODAY)
    assert all(
        json.dumps(value).replace('"', "") in _limits_description() for value in defaults["limits"].values()
    )


def _limits_description() -> str:
    return str(SCHEMA["properties"]["limits"]["description"])


def test_every_metric_can_be_limited() -> None:
    assert set(SCHEMA["$defs"]["limits"]["properties"]) - {"t-gmax", "t-end", "total"} == set(Metric)


def test_growth_of_every_metric_can_be_accepted() -> None:
    of_limits, of_values = (SCHEMA["$defs"][name] for name in ("limits", "up-to"))
    assert of_values["properties"].keys() == of_limits["properties"].keys()
    assert of_values["allOf"] == of_limits["allOf"]


@given(st.from_regex(r"\A ?[0-9_]{1,3}(\.[0-9])? ?[kKmMgGtT]?[iI]?[bB]?\Z") | st.text(max_size=6))
def test_an_editor_and_leakgate_agree_on_sizes(text: str) -> None:
    is_fraction_of_a_byte = re.fullmatch(r"[^a-zA-Z]*\.[^a-zA-Z]*B?\s*", text)  # the pattern cannot tell
    assume(not is_fraction_of_a_byte)
    accepted_by_editor = re.search(SCHEMA["$defs"]["size"]["pattern"], text) is not None
    assert accepted_by_editor is is_size(text)


def is_size(text: str) -> bool:
    try:
        parse_size(text)
    except SizeError:
        return False
    return True
