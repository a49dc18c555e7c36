"""The whole config file as a JSON Schema, with which editors complete, explain and check it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from tui.config.schema import Config
from tui.core.settings import SecretRef

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import core_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
"""The version of JSON Schema that is written."""

_MODE: JsonSchemaMode = "validation"


def config_schema(models: Mapping[str, type[BaseModel]]) -> dict[str, Any]:
    """The schema of a config file.

    Args:
        models: For each adapter type the model of its connections' tables.
    """
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Config, _MODE), (SecretRef, _MODE)]
    wanted += [(model, _MODE) for model in models.values()]
    references, schema = models_json_schema(wanted, schema_generator=_TomlSchema)
    definitions: dict[str, Any] = schema["$defs"]
    _allow_bare_secret(definitions, _name_of(references[SecretRef, _MODE]))
    top: dict[str, Any] = definitions.pop(_name_of(references[Config, _MODE]))
    connection = []
    for type_name, model in sorted(models.items()):
        reference = references[model, _MODE]
        _fix_type(definitions[_name_of(reference)], type_name)
        connection.append(reference)
    top["properties"]["connections"]["additionalProperties"] = {"type": "object", "oneOf": connection}
    return {"$schema": DIALECT, **top, "title": "nightdeck config", "$defs": definitions}


class _TomlSchema(GenerateJsonSchema):
    """Says what a TOML file can say: there is no null in it. Titles that repeat the key are left out."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        generated = super().default_schema(schema)
        if generated.get("default", ...) is None:
            generated.pop("default")
        return generated

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


def _fix_type(definition: dict[str, Any], type_name: str) -> None:
    """Make the key `type` tell the adapters' tables apart."""
    described = definition["properties"]["type"]
    definition["properties"]["type"] = {**described, "const": type_name}
    definition["required"] = sorted({"type", *definition.get("required", ())})


def _allow_bare_secret(definitions: dict[str, Any], name: str) -> None:
    """A secret may be written out as text; otherwise exactly one key says where it is kept."""
    table = definitions[name]
    description = table.pop("description", "")
    definitions[name] = {
        "description": description,
        "anyOf": [
            {**table, "minProperties": 1, "maxProperties": 1},
            {"type": "string", "description": "The secret itself. `doctor` advises against it."},
        ],
    }


def _name_of(reference: JsonSchemaValue) -> str:
    return str(reference["$ref"]).removeprefix("#/$defs/")
