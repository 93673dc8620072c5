"""The OpenAPI document of the Auco dialect: bodies from the endpoints' schemas, answers from ``auco_calls``."""

from functools import cache
from typing import Any

from django.conf import settings

from rubrica.api.auco.endpoints import api
from rubrica.api.openapi.auco_answers import CODE, PACKAGE, SCHEMAS
from rubrica.api.openapi.auco_calls import BYTES, CALLS
from rubrica.api.openapi.shapes import LINK, Call, Parameter, Schema, many, merged, text, thing, word
from rubrica.api.openapi.words import WORDS

BASE = "/v1.5/ext"
IDEMPOTENCY = Parameter(
    "Idempotency-Key",
    "The same key with the same call replays the first answer for 24 hours, with Idempotency-Replayed: true",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "header",
)
CROWDED = {429: ["TOO_MANY_REQUESTS"], 503: ["OVERLOADED"]}
ALL = {401: ["UNAUTHORIZED"], 405: ["METHOD_NOT_ALLOWED"], **CROWDED, 500: ["INTERNAL_ERROR"]}
PRIVATE_READS = {"/{resource}/edit", "/processes/{package}/evidence", "/processes/{package}/hold"}
READS = {400: ["VALIDATION_ERROR"]}
WRITES = {
    408: ["REQUEST_TIMEOUT"],
    400: ["VALIDATION_ERROR", "JSON_INVALID", "BODY_INCOMPLETE", "IDEMPOTENCY_KEY_INVALID"],
    409: ["IDEMPOTENCY_KEY_IN_USE", "IDEMPOTENCY_ANSWER_LOST"],
    413: ["PAYLOAD_TOO_LARGE"],
    422: ["IDEMPOTENCY_KEY_REUSED"],
}
ERROR = thing(
    {"message": text("A code word, which never changes")},
    {
        "errors": many(
            thing(
                {
                    "field": text("Its path, as in signProfile[0].email"),
                    "code": text("What is wrong with it; stable"),
                    "message": text("The same for people, in the language of Accept-Language: es, en or pt"),
                }
            )
        ),
        "detail": text(),
    },
)
PACKAGE_MADE = thing(
    {
        "id": PACKAGE,
        "documents": many(
            thing(
                {
                    "name": text(),
                    "code": CODE,
                    "signProfile": many(
                        thing({"name": text(), "email": text()}, {"id": text(), "url": text("Their page")})
                    ),
                },
                {"url": LINK},
            )
        ),
    }
)
TOKEN = Parameter("token", "as it stands in the address that an answer gave", place="path")
UPLOAD = Call(
    "Upload a PDF, or the HTML of a template",
    BYTES,
    "To the address that an answer gave: once, and at once. No key. A `Content-Length` is required.",
    answer=thing({"message": word("OK")}, {"removed": many(text("What was taken out of the HTML"))}),
    body={"type": "string", "contentMediaType": "application/octet-stream"},
    media="application/octet-stream",
    parameters=[TOKEN],
    words={
        400: ["FILE_EMPTY", "UPLOAD_INCOMPLETE", "PDF_INVALID", "PDF_ENCRYPTED", "PDF_TOO_LARGE", "PDF_SIGNED",
              "PDF_EMPTY", "PDF_ACTIVE", "HTML_INVALID", "TAG_MISSING", "VALIDATION_ERROR"],
        403: ["UPLOAD_URL_EXPIRED"],
        405: ["METHOD_NOT_ALLOWED"],
        408: ["REQUEST_TIMEOUT"],
        **CROWDED,
        409: ["UPLOAD_URL_USED", "DOCUMENT_RECEIVED", "PROCESS_CLOSED", "PROCESS_SEALING",
              "SIGNING_KEY_UNUSABLE"],
        411: ["LENGTH_REQUIRED"],
        413: ["FILE_TOO_LARGE"],
        500: ["INTERNAL_ERROR"],
    },
)  # fmt: skip


@cache
def document() -> Schema:
    """Made once, and not changed by anybody who reads it."""
    made: Schema = _in_json_schema(api.get_openapi_schema(path_prefix=BASE))
    components = made["components"]
    components["schemas"] |= SCHEMAS | {"Error": ERROR, "PackageMade": PACKAGE_MADE}
    components["securitySchemes"] = {
        "public": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "puk_…, bare: it reads"},
        "private": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "prk_…, bare: it writes"},
    }
    paths = {
        path: {method: _operation(method, path.removeprefix(BASE), operation) for method, operation in methods.items()}
        for path, methods in made["paths"].items()
    }
    paths["/uploads/{token}"] = {"put": UPLOAD.document({}, "Error", WORDS)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rubrica: the creator's API (Auco dialect)",
            "version": "1.5",
            "description": "Send processes, watch them, review what comes in. Bodies are JSON in UTF-8.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": settings.PUBLIC_URL}],
        "tags": [{"name": name} for name in dict.fromkeys([*(call.chapter for call in CALLS.values()), BYTES])],
        "paths": dict(sorted(paths.items())),
        "components": components,
    }


def _operation(method: str, path: str, made: Schema) -> Schema:
    call = CALLS[method, path]
    common = merged(ALL, READS if method == "get" else WRITES)
    operation = call.document(common, "Error", WORDS)
    parameters = [*made.get("parameters", ()), *operation.pop("parameters", ())]
    if method != "get":
        parameters.append(IDEMPOTENCY.document())
    asked = made.get("requestBody")
    if asked:
        content = asked["content"]["application/json"]
        content |= {name: value for name, value in _given(operation).items() if name == "examples"}
        operation["requestBody"] = asked
    scheme = "public" if method == "get" and path not in PRIVATE_READS else "private"
    return {
        **operation,
        "operationId": f"{method}{path.title().translate({ord(letter): None for letter in '/{}'})}",
        **({"parameters": parameters} if parameters else {}),
        "security": [{scheme: []}],
    }


def _given(operation: Schema) -> dict[str, Any]:
    content: dict[str, Any] = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return content


# Pydantic leaves limits that stand behind a validator under its own names.
LIMITS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}


def _in_json_schema(node: Any) -> Any:
    if isinstance(node, dict):
        return {LIMITS.get(name, name): _in_json_schema(value) for name, value in node.items()}
    return [_in_json_schema(value) for value in node] if isinstance(node, list) else node
