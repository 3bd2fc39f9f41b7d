"""Manifests of Kubernetes as written, and what judges them: its own schemas, and those of the operators."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema
import kubernetes_validate
import yaml

VERSION: Final = "1.37"
SCHEMAS: Final = Path(__file__).parent / "contract" / "schemas"
OPERATORS: Final = ("postgresql.cnpg.io", "kafka.strimzi.io", "k8s.keycloak.org", "monitoring.coreos.com")

type Manifest = Mapping[str, Any]


def objects_of(text: str) -> list[Any]:
    """Every object of a file."""
    return [each for each in yaml.safe_load_all(text) if each]


def faults(manifest: Manifest) -> Iterator[str]:
    """What Kubernetes, or the operator whose resource it is, would refuse; unknown fields are faults."""
    group, _, version = manifest["apiVersion"].rpartition("/")
    if group in OPERATORS:
        validator = _schema(f"{manifest['kind'].lower()}.{group}.{version}.json")
        yield from (f"{error.json_path}: {error.message}" for error in validator.iter_errors(manifest))
        return
    try:
        kubernetes_validate.validate(manifest, VERSION, strict=True)
    except kubernetes_validate.ValidationError as error:
        yield error.message


@cache
def _schema(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    schema["properties"] |= {"apiVersion": {}, "kind": {}, "metadata": {"type": "object"}}
    return jsonschema.Draft202012Validator(strict(schema, root=True))


def strict(schema: Any, *, root: bool = False) -> Any:
    """The schema as an API server reads it when it refuses unknown fields: an object has its named ones only."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items()}
    named = isinstance(schema.get("properties"), dict) and (root or schema.get("type") == "object")
    if named and "additionalProperties" not in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made["additionalProperties"] = False
    return made
