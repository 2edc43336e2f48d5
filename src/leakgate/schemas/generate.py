"""Write the published schemas of what leakgate writes, from the types that write it: `make schemas`.

The types are the one source: a test fails when the published files say something else.
"""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import msgspec

from leakgate.comparison import result
from leakgate.doctor import report
from leakgate.snapshot import model

_ROOTS: dict[str, type[msgspec.Struct]] = {
    "result": result.Result,
    "snapshot": model.Snapshot,
    "doctor": report.Report,
}
_TYPES = {name: value for module in (result, model, report) for name, value in vars(module).items()}


def generate(name: str) -> str:
    """The schema `result`, `snapshot` or `doctor` as it is to be published."""
    root = _ROOTS[name]
    (reference,), definitions = msgspec.json.schema_components([root])
    for title, definition in definitions.items():
        _describe(definition, _TYPES.get(title))
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:leakgate:schema:{name}:1",
        "title": f"leakgate {name}",
        **reference,
        "$defs": dict(sorted(definitions.items())),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _describe(definition: dict[str, Any], type_: object) -> None:
    """Put what the docstring says of each attribute beside the property."""
    summary, _, attributes = (inspect.getdoc(type_) or "").partition("\n\nAttributes:\n")
    definition["description"] = " ".join(summary.split())
    for match in re.finditer(r"^    (\w+): (.+(?:\n {8}.+)*)", attributes, re.MULTILINE):
        if match[1] in definition.get("properties", {}):
            definition["properties"][match[1]]["description"] = " ".join(match[2].split())


if __name__ == "__main__":
    for schema_name in _ROOTS:
        Path(__file__).with_name(f"{schema_name}.schema.json").write_text(generate(schema_name), encoding="utf-8")
