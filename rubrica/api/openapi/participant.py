"""The OpenAPI document of the participant's API: what the page behind a link uses (contract/own.md §§2, 4)."""

from functools import cache
from typing import Any

from django.conf import settings

from rubrica.api.openapi.participant_answers import SCHEMAS, STATE, WORDS
from rubrica.api.openapi.shapes import (
    Call,
    Parameter,
    Schema,
    anything,
    many,
    merged,
    number,
    or_null,
    part,
    text,
    thing,
    truth,
    whole,
    word,
)

READ, DO, PROVE, CHECK = "Read", "Do", "Prove who you are", "Verify"

WHOLE = {"type": "integer"}
NUMBER = Parameter("number", "the page, from 1", WHOLE, "path")
WIDTH = Parameter("width", "pixels, rounded up to 200, 400, 800, 1200, 1600 or 2000; 1200 without it", WHOLE)
TILE = Parameter(
    "tile", "column,row: one square of 1024 pixels of the page, at a width of up to 8000 pixels", {"type": "string"}
)
UPLOAD = Parameter("upload_id", "the upload that was begun", WHOLE, "path")
UPLOAD_LENGTH = Parameter("Upload-Length", "bytes of the whole file", WHOLE, "header", required=True)
UPLOAD_OFFSET = Parameter("Upload-Offset", "the byte that this piece begins at", WHOLE, "header", required=True)
WAY = thing({"url": text(), "method": word("PUT"), "headers": thing({"Content-Type": text()}), "seconds": whole()})
STANDING = thing(
    {"offset": whole("Bytes that have arrived"), "length": whole(), "complete": truth()},
    {"checking": truth("All of it went straight into the bucket, and a job looks into it"), "direct": WAY},
)
GONE = {404: ["FILE_UNKNOWN", "UPLOAD_UNKNOWN"]}
CODE = Parameter("code", "the document's code", place="path")
KIND = Parameter("kind", "which picture", word("photo", "identification", "identificationBack", "video"), "path")
FILE = Parameter("file_id", "the file that is asked for", WHOLE, "path")
DISPOSITION = Parameter(
    "Content-Disposition", "its name, as attachment; filename*=UTF-8''card.jpg", place="header", required=True
)
LINK_ENDS = {404: ["UNKNOWN_LINK"], 410: ["LINK_REPLACED", "PROCESS_REJECTED", "PROCESS_CANCELLED", "PROCESS_EXPIRED"]}
CROWDED = {408: ["REQUEST_TIMEOUT"], 429: ["TOO_MANY_REQUESTS"], 503: ["OVERLOADED"]}
ALL = merged(LINK_ENDS, {405: ["METHOD_NOT_ALLOWED"], 500: ["INTERNAL_ERROR"]}, CROWDED)
GATE = {403: ["IDENTITY_REQUIRED"]}
TURN = {409: ["NOT_YOUR_TURN"]}
OPEN = {409: ["PROCESS_CLOSED", "PROCESS_SEALING", "ALREADY_DONE", "NOT_YOUR_TURN"]}
BLOCKED = {423: ["PARTICIPANT_BLOCKED"]}
BYTES = {400: ["FILE_EMPTY", "UPLOAD_INCOMPLETE"], 411: ["LENGTH_REQUIRED"], 413: ["FILE_TOO_LARGE"]}
FULL = {403: ["QUOTA_BYTES"]}
RAW = {"type": "string", "contentMediaType": "application/octet-stream"}

PAGE_TEXT = thing(
    {
        "page": whole(),
        "width": number("points"),
        "height": number("points"),
        "words": many(thing({"text": text(), "x": number(), "y": number(), "w": number(), "h": number()})),
    }
)
SIGNATURE = thing(
    {"kind": word("draw", "type", "image"), "consent": truth("Must be true")},
    {
        "text": text("With type: 1 to 200 characters"),
        "image": text("PNG or JPEG in Base64"),
        "fields": anything("Texts, and true or false for checkboxes, by the ids of the state's fields"),
        "initials": thing(
            {"kind": word("draw", "type", "image", "signature")},
            {"text": text("With type: 1 to 20 letters"), "image": text("PNG or JPEG in Base64")},
        ),
    },
)
KNOWN = thing(
    {
        "sha256": text(),
        "known": truth(),
        "organization": or_null(text()),
        "level": or_null(word("B-B", "B-T", "B-LT", "B-LTA")),
        "sealed_at": or_null(text()),
        "newest": or_null(truth()),
        "process": or_null(thing({"package": text(), "code": text(), "name": text(), "document": text()})),
        "files": many(thing({"name": text(), "sha256": text(), "size": whole()})),
    }
)
VERIFIED = {"type": "object", "required": ["intact", "sealed_by_us", "level", "signatures", "files"]}


def _read(title: str, *parameters: Parameter, answer: Schema | None = None, lost: str = "NO_DOCUMENT") -> Call:
    words = merged(GATE, TURN, {404: [lost, "NO_DOCUMENT"], 400: ["PDF_INVALID", "PAGE_MISSING"]})
    return Call(title, READ, answer=answer, parameters=parameters, words=words)


TAKEN = thing({"message": word("OK")})
CALLS: dict[tuple[str, str], Call] = {
    ("get", "/s/{token}/state"): Call("Everything the page shows", READ, answer=STATE),
    ("post", "/s/{token}/opened"): Call("Record the first deliberate visit", DO, success=204),
    ("post", "/s/{token}/link"): Call(
        "Have a fresh link sent",
        DO,
        "Also behind a link that was replaced. It goes to the address that is known, and nowhere else; the answer does "
        "not tell whether a message goes out.",
        answer=TAKEN,
        success=202,
    ),
    ("post", "/s/{token}/reopening"): Call(
        "Ask the sender for more time",
        DO,
        "Where the time ran out before the participant's part was done. The sender is told once for each end.",
        answer=TAKEN,
        success=202,
    ),
    ("get", "/s/{token}/document"): _read("The PDF that is read and signed"),
    ("get", "/s/{token}/documents/{code}"): _read("One PDF of a package", CODE),
    ("get", "/s/{token}/pages/{number}"): _read("A page as a picture", NUMBER, WIDTH, TILE, lost="PAGE_UNKNOWN"),
    ("get", "/s/{token}/documents/{code}/pages/{number}"): _read(
        "A page of one PDF of a package", CODE, NUMBER, WIDTH, TILE, lost="PAGE_UNKNOWN"
    ),
    ("get", "/s/{token}/pages/{number}/text"): _read(
        "The words of a page with their boxes", NUMBER, answer=PAGE_TEXT, lost="PAGE_UNKNOWN"
    ),
    ("get", "/s/{token}/documents/{code}/pages/{number}/text"): _read(
        "The words of a page of one PDF of a package", CODE, NUMBER, answer=PAGE_TEXT, lost="PAGE_UNKNOWN"
    ),
    ("post", "/s/{token}/consent"): Call(
        "Agree to what is done with pictures", PROVE,
        answer=part("State"),
        body=thing({"consent": truth("Must be true")}, {"kinds": many(text())}),
        bodies={"agree": {"consent": True}},
        words=merged({400: ["BODY_INVALID", "CONSENT_REQUIRED", "CONSENT_REFUSED"]}, GATE, OPEN, BLOCKED),
    ),
    ("post", "/s/{token}/otp"): Call(
        "Have a code sent", PROVE,
        answer=part("State"),
        words=merged({404: ["CHECK_UNKNOWN"], 409: ["CHECK_PASSED"], 429: ["OTP_TOO_OFTEN"], 503: ["OTP_NOT_SENT"]},
                     OPEN, BLOCKED),
    ),
    ("post", "/s/{token}/otp/check"): Call(
        "Enter the code", PROVE,
        answer=part("State"),
        body=thing({"code": text("6 digits")}),
        bodies={"a code": {"code": "123456"}},
        words=merged(
            {400: ["BODY_INVALID", "OTP_CODE_INVALID", "OTP_NOT_SENT"], 404: ["CHECK_UNKNOWN"], 409: ["CHECK_PASSED"]},
            OPEN, BLOCKED,
        ),
    ),
    ("put", "/s/{token}/captures/{kind}"): Call(
        "Deliver a picture or video of yourself or your identity card", PROVE,
        answer=part("State"),
        body=RAW,
        media="application/octet-stream",
        parameters=[KIND],
        words=merged(
            BYTES,
            {400: ["CAPTURE_TOO_SMALL", "CAPTURE_BLURRED", "FACE_MISSING", "FACES_SEVERAL", "FACE_TOO_SMALL",
                   "CARD_FACE_MISSING", "FACES_DIFFER", "VIDEO_TOO_LONG"],
             404: ["CHECK_UNKNOWN"], 409: ["CHECK_PASSED", "CAPTURE_CHANGED", "BIOMETRIC_CONSENT_REQUIRED"],
             415: ["CAPTURE_TYPE_REFUSED"], 429: ["CAPTURE_TOO_OFTEN"], 403: ["IDENTITY_REQUIRED"]},
            OPEN, BLOCKED,
        ),
    ),
    ("put", "/s/{token}/files/{file_id}"): Call(
        "Deliver a file", DO,
        answer=part("State"),
        body=RAW,
        media="application/octet-stream",
        parameters=[FILE, DISPOSITION],
        words=merged(BYTES, GATE, OPEN, {404: ["FILE_UNKNOWN"], 409: ["FILE_APPROVED"], 415: ["FILE_TYPE_REFUSED"],
                                        **FULL}),
    ),
    ("post", "/s/{token}/files/{file_id}/uploads"): Call(
        "Begin a file that comes in pieces", DO,
        "What would be refused by its name or its length is refused here, before a byte of it is sent.",
        answer=STANDING,
        success=201,
        parameters=[FILE, DISPOSITION, UPLOAD_LENGTH],
        words=merged(BYTES, GATE, OPEN, {404: ["FILE_UNKNOWN"], 409: ["FILE_APPROVED"], 415: ["FILE_TYPE_REFUSED"],
                                        **FULL}),
    ),
    ("get", "/s/{token}/files/{file_id}/uploads/{upload_id}"): Call(
        "Ask how much of it has arrived", DO,
        "A file that went straight into the bucket is refused here, by what the job has found.",
        answer=STANDING,
        parameters=[FILE, UPLOAD],
        words=merged(GATE, OPEN, GONE, {409: ["FILE_APPROVED"], 415: ["FILE_TYPE_REFUSED"]}),
    ),
    ("patch", "/s/{token}/files/{file_id}/uploads/{upload_id}"): Call(
        "Go on with it", DO,
        "The piece that ends the file answers with the state; every other one as the question does.",
        body=RAW,
        media="application/partial-upload",
        parameters=[FILE, UPLOAD, UPLOAD_OFFSET],
        words=merged(BYTES, GATE, OPEN, GONE,
                     {409: ["FILE_APPROVED", "UPLOAD_OFFSET"], 415: ["FILE_TYPE_REFUSED"]}),
    ),
    ("delete", "/s/{token}/files/{file_id}/uploads/{upload_id}"): Call(
        "Give it up", DO, success=204, parameters=[FILE, UPLOAD], words=merged(GATE, GONE),
    ),
    ("delete", "/s/{token}/files/{file_id}"): Call(
        "Withdraw an upload", DO,
        answer=part("State"),
        parameters=[FILE],
        words=merged(GATE, OPEN, {404: ["FILE_UNKNOWN"], 409: ["FILE_APPROVED", "FILE_MISSING"]}),
    ),
    ("post", "/s/{token}/signature"): Call(
        "Sign", DO,
        answer=part("State"),
        body=SIGNATURE,
        bodies={"typed": {"kind": "type", "text": "Ana Ruiz", "consent": True}},
        words=merged(
            GATE, OPEN,
            {400: ["BODY_INVALID", "CONSENT_REQUIRED", "SIGNATURE_INVALID", "IMAGE_INVALID", "IMAGE_TOO_LARGE",
                   "IMAGE_EMPTY", "FIELDS_MISSING", "FIELD_INVALID"],
             409: ["FILES_MISSING", "NOT_A_SIGNER", "NOTHING_TO_SIGN", "DOCUMENT_REPLACED"]},
        ),
    ),
    ("post", "/s/{token}/approval"): Call(
        "Agree as an approver", DO, answer=part("State"),
        words=merged(GATE, OPEN, {409: ["NOT_AN_APPROVER", "FILES_MISSING"]}),
    ),
    ("post", "/s/{token}/rejection"): Call(
        "Decline, which ends the whole process", DO,
        answer=thing({"message": word("OK")}),
        body=thing({"reason": text("1 to 2,000 characters")}),
        bodies={"with a reason": {"reason": "The price is wrong."}},
        words=merged(GATE, OPEN, {400: ["BODY_INVALID", "REASON_REQUIRED"]}),
    ),
    ("post", "/verify"): Call(
        "Check a sealed PDF", CHECK, "Open to everybody; nothing is kept.",
        answer=VERIFIED,
        body=RAW,
        media="application/pdf",
        words=merged(CROWDED, BYTES, {400: ["FILE_MISSING"], 503: ["VERIFY_BUSY"], 405: ["METHOD_NOT_ALLOWED"],
                             500: ["INTERNAL_ERROR"]}),
    ),
    ("post", "/verify/digest"): Call(
        "Ask by its SHA-256 whether a file was given out here", CHECK, "Open to everybody; the file is not sent.",
        answer=KNOWN,
        body=thing({"sha256": text("64 hexadecimal digits")}),
        bodies={"a digest": {"sha256": "ab" * 32}},
        words=merged(CROWDED, {400: ["DIGEST_INVALID"], 503: ["VERIFY_BUSY"], 405: ["METHOD_NOT_ALLOWED"],
                               500: ["INTERNAL_ERROR"]}),
    ),
}  # fmt: skip
TOKEN = Parameter("token", "what stands in the link behind /s/", place="path")
REFUSAL = thing(
    {"message": text("A code word"), "detail": text("The same in a sentence, in the participant's language")},
    {"remaining": or_null(whole("tries that are left")), "fields": many(text("ids of the fields that are meant"))},
)


@cache
def document() -> Schema:
    paths: dict[str, Any] = {}
    for (method, path), call in CALLS.items():
        operation = call.document(ALL if "{token}" in path else {}, "Refusal", WORDS)
        if "{token}" in path:
            operation["parameters"] = [TOKEN.document(), *operation.get("parameters", ())]
        operation["operationId"] = method + path.title().translate({ord(letter): None for letter in "/{}_"})
        paths.setdefault(path, {})[method] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Rubrica: the participant's API",
            "version": "1",
            "description": "What the page behind a participant's link uses. The link itself is the key.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": settings.PUBLIC_URL}],
        "tags": [{"name": name} for name in (READ, PROVE, DO, CHECK)],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": {**SCHEMAS, "Refusal": REFUSAL}},
    }
