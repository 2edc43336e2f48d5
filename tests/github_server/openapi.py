"""Checks what was said against GitHub's own OpenAPI description (npm `@octokit/openapi`)."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT4

from github_server.state import Exchange

_GENERATED = Path(__file__).parents[1] / "node_modules/@octokit/openapi/generated"
"""Put there by `npm ci` in `tests/`."""

DESCRIPTION = _GENERATED / "api.github.com.json"


def oldest_ghes() -> Path:
    """The description of the oldest GitHub Enterprise Server that GitHub still supports."""
    releases = {
        tuple(int(part) for part in found[1].split(".")): path
        for path in _GENERATED.iterdir()
        if (found := re.fullmatch(r"ghes-(\d+\.\d+)\.json", path.name))
    }
    return releases[min(releases)]


Json = Any

_URI = "urn:github:openapi"


class Description:
    """GitHub's REST API as GitHub describes it."""

    def __init__(self, path: Path = DESCRIPTION) -> None:
        self._document: Json = json.loads(path.read_text(encoding="utf-8"))

    def problems(self, said: Exchange) -> list[str]:
        """What in one exchange is not as described; empty when all is well."""
        found = self._operation(said)
        if found is None:
            return [f"{said.method} {said.path}: no such operation"]
        template, operation = found
        where = f"{said.method} {template}"
        return [f"{where}: {text}" for text in self._check(template, operation, said)]

    def _operation(self, said: Exchange) -> tuple[str, Json] | None:
        for template, operations in self._document["paths"].items():
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, said.path) and said.method.lower() in operations:
                return template, operations[said.method.lower()]
        return None

    def _check(self, template: str, operation: Json, said: Exchange) -> Iterator[str]:
        parameters = [self._resolve(parameter) for parameter in operation.get("parameters", [])]
        names = re.findall(r"\{(\w+)\}", template)
        pattern = re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(template))
        values = {
            "path": dict(zip(names, re.fullmatch(pattern, said.path).groups(), strict=True)),  # type: ignore[union-attr] # `_operation` matched it
            "query": said.query,
        }
        for place, given in values.items():
            known = {parameter["name"]: parameter for parameter in parameters if parameter["in"] == place}
            yield from (f"unknown {place} parameter {name}" for name in given.keys() - known.keys())
            for name, parameter in known.items():
                if name in given:
                    yield from self._errors(_typed(given[name]), parameter["schema"], f"{place} {name}")
                elif parameter.get("required"):
                    yield f"missing {place} parameter {name}"
        yield from self._check_bodies(operation, said)

    def _check_bodies(self, operation: Json, said: Exchange) -> Iterator[str]:
        request = self._resolve(operation.get("requestBody", {}))
        if said.body is not None:
            if not request:
                yield "has a body, and should not"
            elif not said.headers.get("content-type", "").startswith("application/json"):
                yield "the body is not announced as JSON"
            else:
                yield from self._errors(said.body, request["content"]["application/json"]["schema"], "request")
        elif request.get("required"):
            yield "has no body"
        answer = operation["responses"].get(str(said.status))
        if answer is None:
            yield f"answered {said.status}, which is not described"
        else:
            content = self._resolve(answer).get("content")
            if content is None:
                yield from [] if said.answer is None else [f"answer {said.status}: has a body, and should not"]
            else:
                schema = content["application/json"]["schema"]
                yield from self._errors(said.answer, schema, f"answer {said.status}")

    def _resolve(self, value: Json) -> Json:
        while "$ref" in value:
            target = self._document
            for part in value["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            value = target
        return value

    def _errors(self, value: Json, schema: Json, what: str) -> Iterator[str]:
        absolute = json.loads(json.dumps(schema).replace('"$ref": "#', f'"$ref": "{_URI}#'))
        validator: Validator = _OpenApi30(absolute, registry=self._registry, format_checker=FormatChecker())
        for error in validator.iter_errors(value):
            yield f"{what}: {error.json_path}: {error.message}"

    @cached_property
    def _registry(self) -> Registry[Json]:
        registry: Registry[Json] = Registry().with_resource(_URI, DRAFT4.create_resource(self._document))
        return registry


def _typed(text: str) -> int | str:
    return int(text) if text.isdecimal() else text


def _unless_null(keyword: str) -> Any:  # noqa: ANN401 - jsonschema does not name the type of its keyword functions
    """OpenAPI 3.0's `nullable`, which JSON Schema does not have."""
    check = Draft4Validator.VALIDATORS[keyword]

    def checked(validator: Validator, expected: Json, value: Json, schema: Mapping[str, Json]) -> Iterator[Json]:
        if value is None and schema.get("nullable"):
            return
        yield from check(validator, expected, value, schema) or ()

    return checked


_OpenApi30 = extend(  # type: ignore[no-untyped-call] # the stubs leave it untyped
    Draft4Validator, {keyword: _unless_null(keyword) for keyword in ("type", "enum")}
)
