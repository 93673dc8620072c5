"""What the aero dialect answers with, and the codes of its errors (contract/aero.md §§1.5, 1.6, 3.0, 4.1)."""

from rubrica.api.openapi.shapes import (
    LINK,
    MOMENT,
    Schema,
    many,
    one_of,
    or_null,
    part,
    text,
    thing,
    truth,
    whole,
    word,
)

KINDS = ("text", "number", "boolean", "date", "dateTime", "picklist", "reference", "signature", "attachment")
ID = text("A document's or line's id: 20 letters and digits", pattern="^[A-Za-z0-9]{20}$")
DD_ID = text("A document definition's id: 21 letters and digits", pattern="^[A-Za-z0-9]{20,21}$")
FILE_ID = text("24 hexadecimal digits", pattern="^[0-9a-f]{24}$")
USER = or_null(text("A user's id: 17 letters and digits", pattern="^[A-Za-z0-9]{17}$"))
OK, SUCCESS = {"status": word("ok")}, {"status": word("success")}

ATTACHMENT = thing(
    {
        "_id": FILE_ID,
        "_fileName": text(),
        "_type": text("Its media type, by content"),
        "_size": whole("Bytes"),
        "store": word("image", "file"),
        "_createdOn": MOMENT,
        "_createdByUserId": USER,
        "_sha256": text("In hexadecimal", pattern="^[0-9a-f]{64}$"),
    },
    {
        "_width": whole("Pixels; images only"),
        "_height": whole("Pixels; images only"),
        "downloadURL": {**LINK, "description": "Works without a token, for minutes, and as long as the file is there"},
        "id": FILE_ID,
        "fileName": text(),
        "type": text(),
        "size": whole(),
    },
)
DOCUMENT: Schema = {
    "type": "object",
    "description": "The fields of the definition beside these; groups are objects, line blocks arrays of objects",
    "properties": {
        "_id": text("20 letters and digits"),
        "externalId": or_null(text("The caller's own id")),
        "status": or_null(text("One of the definition's statuses")),
        "accessGroups": many({"type": "object"}),
        "_documentDefinitionId": DD_ID,
        "_environmentId": text(),
        "_createdOn": MOMENT,
        "_lastModifiedOn": MOMENT,
        "_createdByUserId": USER,
        "_lastModifiedByUserId": USER,
        "_hash": text("Changes with every change; sent back, it holds back whoever is late"),
    },
}
CHOICE = one_of(thing({"name": text()}, {"label": text()}), text("The name alone"))
FIELD = thing(
    {
        "name": text("Letters, digits, underscores; dots put it into a group"),
        "type": word(
            "text", "number", "boolean", "date", "dateTime", "picklist", "reference", "signature", "attachment"
        ),
    },
    {
        "label": text(),
        "translationKey": text(),
        "required": truth("May be missing from a new document, and not after its first change"),
        "many": truth("A picklist or reference that takes several values"),
        "options": many(CHOICE, "Of a picklist; texts are taken for names"),
        "definition": text("Of a reference: the definition that it leads to, by name or id"),
        "onDelete": word("prevent", "delete", "clear", about="What becomes of this when the document referred to goes"),
        "maxAttachments": whole("Without it there is no limit"),
        "maxFileSizeMb": {"type": "number", "description": "Of one file; a megabyte is 2^20 bytes"},
        "maxImageWidth": whole("Pixels; wider images are made smaller"),
        "acceptedTypes": many(text(), "Such as image/*, application/pdf or .csv; without it all"),
    },
)
ACCESS_GROUP = thing(
    {"name": text()},
    {
        "_id": text(),
        "memberUserIds": many(text("A user's id, creator or modifier")),
        "memberGroupIds": many(word("owner", "editor", "reviewer", "viewer")),
        "memberRelatedAccessGroupIds": many(text("Another access group, whose people are in this one too")),
        "permissions": many(
            thing(
                {},
                {
                    "statuses": many(text(), "* for all"),
                    "fields": many(text(), "* for all; the name of a line block or group for everything in it"),
                    "view": truth(),
                    "edit": truth(),
                    "create": truth("Lines of a block; with * documents"),
                    "delete": truth("Lines of a block; with * documents"),
                },
            )
        ),
    },
)
SHAPE = {
    "label": text(),
    "fields": many(part("AeroField")),
    "groups": many(thing({"name": text()}, {"label": text()})),
    "lineBlocks": many(thing({"name": text()}, {"label": text(), "fields": many(part("AeroField"))})),
    "statuses": many(CHOICE, "The first is that of new documents; texts are taken for names"),
    "accessGroups": many(part("AeroAccessGroup")),
}
DEFINITION = thing(
    {"_id": DD_ID, "name": text(), "label": text(), "_version": whole("One more with every change of the shape")},
    {
        **SHAPE,
        "_environmentId": text(),
        "_createdOn": MOMENT,
        "_lastModifiedOn": MOMENT,
        "_createdByUserId": USER,
        "_lastModifiedByUserId": USER,
    },
)
DEFINITION_BODY = thing({"name": text("Unique in the environment")}, SHAPE)
DEFINITION_CHANGE = thing({}, {"name": text(), **SHAPE})
ERROR = thing(
    {
        "status": word("error"),
        "error": text("A code, which never changes"),
        "description": text("What is wrong, for programs: always in English"),
        "message": text("The same for people, in the language of Accept-Language: es, en or pt"),
    },
    {
        "details": many(
            thing(
                {"path": text(), "problem": text(), "documents": whole("How many are in the way")},
                {"value": text()},
            ),
            "What a change of a definition would break",
        )
    },
)
ERROR_OF_V1 = thing({"status": word("error"), "error": text("What is wrong")})
SCHEMAS: dict[str, Schema] = {
    "AeroAttachment": ATTACHMENT,
    "AeroDocument": DOCUMENT,
    "AeroField": FIELD,
    "AeroAccessGroup": ACCESS_GROUP,
    "AeroDefinition": DEFINITION,
    "AeroError": ERROR,
    "AeroErrorOfV1": ERROR_OF_V1,
}
ERRORS = {
    400: ("validation_error", "a parameter or the body is not as it must be"),
    401: ("unauthorized", "no token, or one that is unknown, revoked or expired"),
    403: ("forbidden", "the environment, the document or the field is not the caller's to use so"),
    404: ("not_found", "there is no such definition, document, line or attachment, or not for this caller"),
    405: ("method_not_allowed", "Allow names the right ones"),
    408: ("validation_error", "the body came too slowly"),
    409: ("conflict", "the state of what is stored forbids it"),
    413: ("payload_too_large", "the file or the body is too large"),
    415: ("unsupported_media_type", "this kind of body or file is not accepted"),
    429: ("too_many_requests", "wait for Retry-After"),
    500: ("internal_error", "something went wrong on our side"),
    503: ("internal_error", "more to do than can be done; wait for Retry-After"),
}
