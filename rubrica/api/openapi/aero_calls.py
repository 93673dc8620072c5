"""The calls of the aero dialect, as OpenAPI describes them."""

from typing import Any

from rubrica.api.openapi.aero_answers import (
    DD_ID,
    DEFINITION_BODY,
    DEFINITION_CHANGE,
    OK,
    SUCCESS,
    USER,
)
from rubrica.api.openapi.shapes import Call, Parameter, Schema, many, one_of, part, text, thing, truth, whole

LOGIN, DEFINITIONS, DOCUMENTS, ATTACHMENTS, OLD = "Log in", "Document definitions", "Documents", "Attachments", "v1"
JSON = {"type": "string", "contentMediaType": "application/json"}
WHOLE = {"type": "integer"}
VALUE_PATH = Parameter(
    "valuePath", "picture, group.field, or lines.<_id, externalId or place of the line>.photo", required=True
)
ACTION = Parameter("actionType", "append (also upload, add), which is the default, or replace; in any case of letters")
UPDATE = Parameter(
    "shouldUpdateDocument",
    "false: the files are kept for a day, until a change of the document names their _id",
    {"type": "boolean"},
)
SWAP = Parameter("attachmentId", "with PUT and one file: the attachment whose bytes are exchanged; its _id stays")
GONE = Parameter("attachmentId", "one id, or several with commas between them: all go or none", required=True)
QUERY = Parameter(
    "query",
    "as of MongoDB: $eq $ne $gt $gte $lt $lte $in $nin $exists $and $or $nor $not $regex $options; 3 seconds long",
    JSON,
)
LIST = [
    QUERY,
    Parameter("sort", 'as JSON, {"amount": -1}, or -amount,title'),
    Parameter("skip", "how many to leave out first", WHOLE),
    Parameter("limit", "1 to 800; 100 without it", WHOLE),
    Parameter("fields", 'as JSON, {"title": 1}, or {"title": 0} to leave out; -1 is 0; or title,-amount'),
    Parameter("options", "sort, skip, limit and fields as one JSON object", JSON),
]
BINARY = {"type": "string", "contentMediaType": "application/octet-stream"}
ONE_FILE = thing(
    {},
    {
        "fileName": text("Needed with content"),
        "content": text("Base64, or data:image/png;base64,…"),
        "url": text("In place of content: https, fetched by the server"),
    },
)
FILES_AS_JSON = one_of(ONE_FILE, many(ONE_FILE), thing({"files": many(ONE_FILE)}))
FILES_AS_PARTS: Schema = {"type": "object", "additionalProperties": BINARY}
PLACE = {
    "ddName": text("The definition, by name or id"),
    "_id": text("The document; or externalId"),
    "externalId": text(),
    "environmentId": text("Another environment of the same token"),
}
NAMED = {"fileNames": many(text()), "fileIds": many(text()), "fieldIds": many(text(), "The same as fileIds")}
V2_PLACE = {**PLACE, "valuePath": text()}
V1_PLACE = {**PLACE, "fieldName": text(), "lineName": text(), "lineId": text(), "lineExternalId": text()}
APPEND = {"actionType": text("append, which is the default, or replace")}
MOVE = {"move": truth("What was copied is then deleted at the source")}


def _operations(place: dict[str, Schema]) -> Schema:
    one = thing({"source": thing({}, {**place, **NAMED}), "target": thing({}, {**place, **APPEND})}, MOVE)
    return one_of(many(one), one)


FILES = many(part("AeroAttachment"))
ONE_DOCUMENT = thing({**OK, "document": part("AeroDocument")})
ONE_DEFINITION = thing({**OK, "documentDefinition": part("AeroDefinition")})
DONE = thing(OK)
COPIED = {
    "attachments": FILES,
    "results": many(
        thing({"target": thing({"ddName": text(), "_id": text(), "valuePath": text()}), "attachments": FILES})
    ),
}
COPY = [
    {
        "source": {"ddName": "Invoices", "externalId": "bdr:200¡adm:05", "valuePath": "picture",
                   "fileNames": ["report.pdf"]},
        "target": {"ddName": "Archive", "_id": "9fQ2bLmXr7TzK1vN4cYd", "valuePath": "attachments.invoiceFiles"},
    }
]  # fmt: skip
SHAPE_EXAMPLE = {
    "name": "Invoices",
    "label": "Invoices of suppliers",
    "fields": [
        {"name": "title", "label": "Title", "type": "text", "required": True},
        {"name": "amount", "type": "number"},
        {"name": "picture", "type": "attachment", "maxAttachments": 3, "acceptedTypes": ["image/*"]},
    ],
    "lineBlocks": [{"name": "lines", "fields": [{"name": "sku", "type": "text"}]}],
    "statuses": ["draft", {"name": "done", "label": "Done"}],
}
DOCUMENT_EXAMPLE = {"title": "First", "amount": 12.5, "lines": [{"sku": "A-1"}]}
FILE_EXAMPLE = {
    "_id": "175f7edf15f5d8ecd560af4e",
    "_fileName": "cookbook.png",
    "_type": "image/png",
    "_size": 34211,
    "store": "image",
    "_width": 640,
    "_height": 480,
    "_createdOn": "2026-01-02T16:54:00.297Z",
    "_createdByUserId": "Q3bLmXr7TzK1vN4cY",
    "_sha256": "5f0c" * 16,
    "downloadURL": "https://sign.example.com/dl/eyJ…/cookbook.png",
    "id": "175f7edf15f5d8ecd560af4e",
    "fileName": "cookbook.png",
    "type": "image/png",
    "size": 34211,
}
SAVED_EXAMPLE = {"status": "ok", "message": "Attachments successfully saved", "attachments": [FILE_EXAMPLE]}

V2, V1 = "/api/v2", "/api/v1"
DD = f"{V2}/document-definitions/{{dd}}"
DOC = f"{DD}/documents/{{doc}}"
CORE = f"{DOC}/attachments"
V1_ADDRESS = [
    Parameter("environmentId", "the environment", required=True),
    Parameter("ddName", "the definition by name; or ddId"),
    Parameter("ddId", "the definition by id"),
    Parameter("documentId", "the document; or externalId"),
    Parameter("externalId", "the document by its external id"),
    Parameter("fieldName", "the field of files", required=True),
    Parameter("lineName", "for a field of a line: the block"),
    Parameter("lineId", "and the line; or lineExternalId"),
    Parameter("lineExternalId", "the line by its external id"),
]


def _save(title: str) -> Call:
    return Call(
        title,
        ATTACHMENTS,
        "Every part with a file name is taken, whatever it is called; also JSON, or the bytes alone with a "
        "Content-Disposition. Three files of 100 MB at the most; all are kept or none.",
        answer=thing({**OK, "message": text(), "attachments": FILES}),
        answers={
            "one file": {"status": "ok", "message": "Attachments successfully saved", "attachments": [FILE_EXAMPLE]}
        },
        body=FILES_AS_PARTS,
        media="multipart/form-data",
        bodies={},
        parameters=[VALUE_PATH, ACTION, UPDATE, SWAP],
    )


def _copy() -> Call:
    return Call(
        "Copy attachments",
        ATTACHMENTS,
        "By names, by ids, or all. Operations run in their order, and all of them or none; bytes are shared.",
        answer=thing({**OK, **COPIED}),
        body=_operations(V2_PLACE),
        bodies={"by name": COPY},
    )


CALLS: dict[tuple[str, str], Call] = {
    ("get", f"{V2}/document-definitions"): Call(
        "List definitions",
        DEFINITIONS,
        answer=thing({**OK, "documentDefinitions": many(thing({"_id": DD_ID, "name": text(), "label": text()}))}),
    ),
    ("post", f"{V2}/document-definitions"): Call(
        "Make a definition", DEFINITIONS, "Owners only, as every change of a definition.",
        answer=ONE_DEFINITION, body=DEFINITION_BODY, bodies={"invoices": SHAPE_EXAMPLE},
    ),
    ("get", DD): Call("Read a definition", DEFINITIONS, answer=ONE_DEFINITION),
    ("delete", DD): Call("Remove a definition", DEFINITIONS, "409 while it has documents.", answer=DONE),
    ("get", f"{DD}/documents"): Call(
        "List documents", DOCUMENTS,
        answer=thing({**OK, "documents": many(part("AeroDocument")), "total": whole(), "skip": whole(),
                      "limit": whole()}),
        parameters=LIST,
    ),
    ("post", f"{DD}/documents"): Call(
        "Make a document", DOCUMENTS, "As `/new`.",
        answer=ONE_DOCUMENT, body={"type": "object"}, bodies={"first values": DOCUMENT_EXAMPLE},
    ),
    ("post", f"{DD}/documents/new"): Call(
        "Make a document, with the initial data or without", DOCUMENTS,
        answer=ONE_DOCUMENT, body={"type": "object"}, bodies={"first values": DOCUMENT_EXAMPLE}, success=201,
    ),
    ("get", DOC): Call("Read a document", DOCUMENTS, answer=ONE_DOCUMENT),
    ("delete", DOC): Call("Remove a document with its attachments", DOCUMENTS, answer=DONE),
    ("get", CORE): Call(
        "List a field's attachments", ATTACHMENTS, answer=thing({**OK, "attachments": FILES}),
        answers={"one picture": {"status": "ok", "attachments": [FILE_EXAMPLE]}}, parameters=[VALUE_PATH],
    ),
    ("post", CORE): _save("Add or replace attachments"),
    ("put", CORE): _save("Add or replace attachments: the same as POST"),
    ("delete", CORE): Call("Delete attachments for good", ATTACHMENTS, answer=DONE, parameters=[VALUE_PATH, GONE]),
    ("post", f"{V1}/login"): Call(
        "A token for a member's password", LOGIN,
        answer=thing({**SUCCESS, "data": thing({"authToken": text(), "userId": USER})}),
        body=thing({"username": text("The member's e-mail address"), "password": text()}),
        bodies={"a member": {"username": "olga@acme.example", "password": "correct horse battery"}},
    ),
    ("get", f"{V1}/documents"): Call(
        "List documents", OLD, answer=thing({**SUCCESS, "data": many(part("AeroDocument"))}),
        parameters=[
            Parameter("environmentId", "the environment", required=True),
            Parameter("ddName", "the definition, by name or id", required=True),
            Parameter("_id", "one document; or externalId, or query"),
            Parameter("externalId", "one document by its external id"),
            QUERY,
            Parameter("convertIds", "true: references as external ids where there are any", {"type": "boolean"}),
            Parameter("options", "sort, skip, limit (0: as many as a page may have) and fields", JSON),
        ],
    ),
    ("post", f"{V1}/attachments"): Call(
        "Save attachments", OLD, answer=thing({**SUCCESS, "message": text(), "attachments": FILES}),
        body=FILES_AS_PARTS, media="multipart/form-data",
        parameters=[*V1_ADDRESS, Parameter("actionType", "append, which is the default, or replace")],
    ),
    ("get", f"{V1}/attachments/{{key}}"): Call(
        "Download an attachment: the file itself", OLD, gives=["*/*"], parameters=V1_ADDRESS[:1],
    ),
    ("delete", f"{V1}/attachments/{{key}}"): Call(
        "Delete an attachment", OLD, answer=thing({**SUCCESS, "message": text()}), parameters=V1_ADDRESS[:1],
    ),
}  # fmt: skip
CHANGE = {
    DD: Call("Change a definition", DEFINITIONS,
             "Only what is named changes; arrays are replaced whole. 409 with `details` when documents would not be "
             "valid any more.", answer=ONE_DEFINITION, body=DEFINITION_CHANGE, bodies={"a label": {"label": "Bills"}}),
    DOC: Call("Change a document", DOCUMENTS,
              "Absent keys are untouched, null clears, arrays are replaced whole; lines and attachments are recognised "
              "by `_id`. PUT and PATCH are the same.", answer=ONE_DOCUMENT, body={"type": "object"},
              bodies={"one value": {"amount": 13}}),
}  # fmt: skip
CALLS |= {(method, path): call for path, call in CHANGE.items() for method in ("put", "patch")}
FROM_HERE = thing({"target": thing({}, {**V2_PLACE, **APPEND})}, {**NAMED, **MOVE})
CALLS |= {(method, f"{V2}/documents/copyAttachments"): _copy() for method in ("post", "put")}
CALLS |= {
    (method, f"{CORE}/copy"): Call(
        "Copy attachments of this field", ATTACHMENTS, answer=thing({**OK, **COPIED}), body=FROM_HERE,
        bodies={"all of them": {"target": COPY[0]["target"]}}, parameters=[VALUE_PATH],
    )
    for method in ("post", "put")
}  # fmt: skip
CALLS |= {
    (method, f"{V1}/documents/copyAttachments"): Call(
        "Copy attachments", OLD, answer=thing({**SUCCESS, **COPIED}), body=_operations(V1_PLACE),
        bodies={"all of a field": [{"source": {"ddName": "Invoices", "_id": "9fQ2bLmXr7TzK1vN4cYd",
                                               "fieldName": "picture"},
                                    "target": {"ddName": "Archive", "externalId": "2026-7", "fieldName": "picture"}}]},
        parameters=V1_ADDRESS[:1],
    )
    for method in ("post", "put")
}  # fmt: skip
FILE_BODIES: dict[str, Any] = {
    "application/json": {
        "schema": FILES_AS_JSON,
        "examples": {
            "base64": {"summary": "base64", "value": {"fileName": "a.txt", "content": "aGVsbG8="}},
            "two": {"summary": "two", "value": {"files": [
                {"url": "https://example.com/a.pdf"}, {"fileName": "b.png", "content": "data:image/png;base64,…"}]}},
        },
    },
    "application/octet-stream": {"schema": BINARY},
}  # fmt: skip
