"""The published JSON Schemas: what leakgate reads and writes, in a form that other tools can check.

A schema NAME is the file `NAME.schema.json` beside this module: `config`, `snapshot`, `result`,
`doctor`.
"""

from typing import Any

NAMES = ("config", "snapshot", "result", "doctor")


def text(name: str) -> str:
    """The schema as it is published.

    Raises:
        FileNotFoundError: There is no schema of this name; callers offer names of their own.
    """
    from importlib import resources  # noqa: PLC0415 - start-up time: few commands need a schema

    return resources.files(__name__).joinpath(f"{name}.schema.json").read_text(encoding="utf-8")


def load(name: str) -> dict[str, Any]:
    """The schema as a JSON object.

    Raises:
        FileNotFoundError: There is no schema of this name.
    """
    import json  # noqa: PLC0415 - start-up time: few commands need a schema

    schema: dict[str, Any] = json.loads(text(name))
    return schema
