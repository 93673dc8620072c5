"""The OpenAPI document of the aero dialect."""

import re
from functools import cache
from typing import Any

from django.conf import settings

from rubrica.api.openapi.aero_answers import ERRORS, SCHEMAS
from rubrica.api.openapi.aero_calls import (
    ATTACHMENTS,
    CALLS,
    DEFINITIONS,
    DOCUMENTS,
    FILE_BODIES,
    LOGIN,
    OLD,
    V1,
)
from rubrica.api.openapi.shapes import Parameter, Schema, part

ENVIRONMENT = Parameter(
    "environment-id", "needed where the token opens several; or environmentId in the query", place="header"
)
IN_PATH = {
    "dd": Parameter("dd", "the definition, by id or name", place="path"),
    "doc": Parameter("doc", "the document, by _id or externalId", place="path"),
    "key": Parameter("key", "the attachment's id", place="path"),
}


@cache
def document() -> Schema:
    """Made once, and not changed by anybody who reads it."""
    paths: dict[str, Any] = {}
    for (method, path), _call in sorted(CALLS.items()):
        paths.setdefault(path, {})[method] = _operation(method, path)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rubrica: the record store (aero dialect)",
            "version": "2",
            "description": "Typed documents with files, and the attachments of v1.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": settings.PUBLIC_URL}],
        "tags": [{"name": name} for name in (LOGIN, DEFINITIONS, DOCUMENTS, ATTACHMENTS, OLD)],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "user": {"type": "apiKey", "in": "header", "name": "X-User-Id"},
                "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
            },
        },
    }


def _operation(method: str, path: str) -> Schema:
    call, is_v1 = CALLS[method, path], path.startswith(V1)
    operation = call.document({}, "", {})
    known = [IN_PATH[name].document() for name in re.findall(r"{(\w+)}", path)]
    known += [] if is_v1 else [ENVIRONMENT.document()]
    operation["parameters"] = [*known, *operation.get("parameters", ())]
    if call.media == "multipart/form-data":
        operation["requestBody"]["content"] |= FILE_BODIES
    if path.endswith("/documents/new") or path.endswith("/documents"):
        operation.get("requestBody", {})["required"] = False
    operation["responses"] |= {str(status): _error(status, is_v1) for status in ERRORS}
    operation["operationId"] = method + path.title().translate({ord(letter): None for letter in "/{}-"})
    if call.chapter != LOGIN:
        operation["security"] = [{"user": [], "token": []}] if is_v1 else [{"bearer": []}]
    return operation


def _error(status: int, is_v1: bool) -> Schema:
    code, meaning = ERRORS[status]
    if is_v1:
        schema: Schema = part("AeroErrorOfV1")
    else:
        schema = {"allOf": [part("AeroError"), {"type": "object", "properties": {"error": {"enum": [code]}}}]}
    return {"description": f"`{code}`: {meaning}", "content": {"application/json": {"schema": schema}}}
