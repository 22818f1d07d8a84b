"""Whether a call is one that a published OpenAPI description knows: path, method, query, form, and the answer."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema_rs import Draft202012Validator


def _is_uri(value: str) -> bool:
    return value.startswith("/") or bool(urlsplit(value).netloc)


def _is_moment(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_phone(value: str) -> bool:
    return re.fullmatch(r"\+[1-9]\d{6,14}", value) is not None


Formats = dict[str, Callable[[str], bool]]
FORMATS: Formats = {"uri": _is_uri, "date-time": _is_moment, "phone-number": _is_phone}
# In an answer a sender may also be a short number or a name; the description knows no word for that.
ANSWERED: Formats = {name: check for name, check in FORMATS.items() if name != "phone-number"}


class OpenApi:
    """One description (OpenAPI 3.0)."""

    def __init__(self, path: Path) -> None:
        read = json.loads(path.read_text(encoding="utf-8"))
        self._paths: dict[str, Any] = _inlined(read["paths"], read["components"]["schemas"])

    def faults(self, method: str, path: str, query: Sequence[tuple[str, str]], form: Mapping[str, str]) -> list[str]:
        """What is wrong with a call; values are not repeated."""
        found = self._find(method, path)
        if found is None:
            return [f"{method} is not described for this path"]
        operation, places = found
        given = [*places.items(), *query]
        known = {one["name"]: one for one in operation.get("parameters", [])}
        strange = [f"parameter {name} is not described" for name, _ in given if name not in known]
        missing = [f"parameter {name} is missing" for name in known.keys() - dict(given) if known[name].get("required")]
        wrong = [
            f"parameter {name}: {fault}"
            for name, value in given
            if name in known
            for fault in _faults(known[name]["schema"], _typed(known[name]["schema"], value))
        ]
        return [*strange, *missing, *wrong, *_form_faults(operation, form)]

    def answer_faults(self, method: str, path: str, answer: object) -> list[str]:
        """What is wrong with an answer of success."""
        found = self._find(method, path)
        if found is None:
            return ["not described"]
        good = next(one for status, one in found[0]["responses"].items() if status.startswith("2"))
        content = good.get("content", {}).get("application/json")
        return list(_faults(content["schema"], answer, ANSWERED)) if content else []

    def _find(self, method: str, path: str) -> tuple[dict[str, Any], dict[str, str]] | None:
        for template, operations in self._paths.items():
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template))
            if (match := re.fullmatch(pattern, path)) and method.lower() in operations:
                return operations[method.lower()], match.groupdict()
        return None


def _form_faults(operation: Mapping[str, Any], form: Mapping[str, str]) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded")
    if content is None:
        return ["a form where none is described"] if form else []
    schema = {**content["schema"], "additionalProperties": False}
    properties = schema.get("properties", {})
    typed = {name: _typed(properties.get(name, {}), value) for name, value in form.items()}
    return list(_faults(schema, typed))


def _typed(schema: Mapping[str, Any], written: str) -> object:
    """What a written value stands for, by the type that the description wants."""
    wanted = schema.get("type")
    if wanted == "integer" and re.fullmatch(r"-?\d+", written):
        return int(written)
    if wanted == "boolean" and written in ("true", "false"):
        return written == "true"
    return [written] if wanted == "array" else written


def _faults(schema: dict[str, Any], value: object, formats: Formats | None = None) -> Iterable[str]:
    validator = Draft202012Validator(schema, validate_formats=True, formats=formats or FORMATS)
    for error in validator.iter_errors(value):
        yield f"{'/'.join(map(str, error.instance_path)) or 'it'} breaks {'/'.join(map(str, error.schema_path))}"


def _inlined(part: Any, schemas: Mapping[str, Any]) -> Any:
    """The description with its references filled in and `nullable` said as JSON schema says it."""
    if isinstance(part, list):
        return [_inlined(one, schemas) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _inlined(schemas[part["$ref"].rsplit("/", 1)[1]], schemas)
    filled = {name: _inlined(one, schemas) for name, one in part.items()}
    if filled.get("nullable") is True:
        return {"anyOf": [{"type": "null"}, {name: one for name, one in filled.items() if name != "nullable"}]}
    return filled
