"""What each call of the Auco dialect answers, and with which words it refuses (contract/auco.md, own.md §3).

Bodies and parameters come from the endpoints' own schemas; only reads that parse their query by hand name it here.
"""

from rubrica.api.openapi import examples as ex
from rubrica.api.openapi import ledger
from rubrica.api.openapi.auco_answers import CARD, CODE, DELIVERY, PACKAGE, SILENCED, STATUS, TEMPLATE_MADE, USER
from rubrica.api.openapi.shapes import (
    LINK,
    MOMENT,
    Call,
    Parameter,
    anything,
    many,
    number,
    one_of,
    part,
    text,
    thing,
    truth,
    whole,
    word,
)

PROCESSES, DOCUMENTS, TEMPLATES = "Files and processes", "Documents", "Templates"
COMPANY, IDENTITY, FEEDS, BYTES = "Organization", "Identity", "Feeds", "Bytes"

PDF_WORDS = ["FILE_NOT_BASE64", "FILE_EMPTY", "PDF_INVALID", "PDF_ENCRYPTED", "PDF_TOO_LARGE", "PDF_SIGNED",
             "PDF_EMPTY", "PDF_ACTIVE", "TAG_MISSING"]  # fmt: skip
TEMPLATE_WORDS = ["TEMPLATE_NOT_FOUND", "TEMPLATE_INCOMPLETE", "DOCUMENT_NOT_COMPOSED"]
QUOTAS = ["QUOTA_PROCESSES", "QUOTA_BYTES"]
CREATION = {400: ["EXPIRED_DATE_INVALID", *QUOTAS, *PDF_WORDS, *TEMPLATE_WORDS], 413: ["FILE_TOO_LARGE"],
            409: ["SIGNING_KEY_UNUSABLE"], 503: ["TEMPLATES_UNAVAILABLE"]}  # fmt: skip
ENDED = ["PROCESS_CLOSED", "PROCESS_SEALING"]
BY_PACKAGE = Parameter("package", "the process; wins where both are sent")
BY_CODE = Parameter("code", "the code of its document")
LIMIT = Parameter("limit", "entries of a page, 50 without it", {"type": "integer", "minimum": 1, "maximum": 100})
AFTER = Parameter("after", "next of the page before, or cursor of any entry")
EDITED = {400: ["INVALID_RESOURCE", "DOCUMENT_NOT_FOUND", "PACKAGE_NOT_FOUND", "PACKAGE_ID_INVALID"]}

CREATE_ATTACHMENTS = Call(
    "Start a process that asks for files",
    PROCESSES,
    answer=thing({"package": PACKAGE}, {"code": CODE, "url": LINK}),
    answers=ex.ATTACHMENTS_MADE,
    bodies=ex.ATTACHMENTS,
    words={**CREATION, 400: [*CREATION[400], "SIGNER_NOTIFICATION_NOT_SUPPORTED"]},
)
HOLDS = thing(
    {
        "package": PACKAGE,
        "holds": many(thing({"of": word("process", "organization"), "reason": text(), "by": text(), "since": MOMENT})),
    }
)
CALLS: dict[tuple[str, str], Call] = {
    ("post", "/attachments"): CREATE_ATTACHMENTS,
    ("post", "/package/upload"): CREATE_ATTACHMENTS,
    ("post", "/package/upload/url"): Call(
        "Get a fresh upload URL",
        PROCESSES,
        answer=thing({"code": CODE, "url": LINK}),
        bodies={"by code": {"code": "XLGCLLP2W4"}},
        words={400: ["DOCUMENT_NOT_FOUND", "DOCUMENT_RECEIVED", *ENDED]},
    ),
    ("post", "/attachments/review"): Call(
        "Decide about a file",
        PROCESSES,
        answer=thing({"package": PACKAGE, "userId": USER, "status": DELIVERY, "finish": truth()}),
        bodies=ex.REVIEW,
        words={
            400: ["ATTACHMENT_NOT_FOUND", "REASON_REQUIRED", "FILE_MISSING", "FILE_DECIDED", "FILE_NOT_DECIDED", *ENDED]
        },
    ),
    ("get", "/attachments"): Call(
        "Watch a process, or what one participant has delivered",
        PROCESSES,
        parameters=[BY_PACKAGE, BY_CODE, Parameter("userId", "one participant")],
        answer=one_of(
            thing(
                {
                    "package": PACKAGE,
                    "name": text(),
                    "finish": truth("Fully completed; nothing more is expected"),
                    "signers": many(thing({"userId": USER, "email": text(), "name": text()})),
                }
            ),
            thing(
                {
                    "package": PACKAGE,
                    "name": text(),
                    "finish": truth(),
                    "signer": thing(
                        {
                            "userId": USER,
                            "email": text(),
                            "name": text(),
                            "files": many(thing({"name": text()}, {"url": LINK})),
                            "status": DELIVERY,
                        }
                    ),
                }
            ),
        ),
        answers=ex.WATCHED,
        words={400: ["ATTACHMENT_NOT_FOUND"], 503: ["UNAVAILABLE"]},
        key="puk",
    ),
    ("post", "/document/upload"): Call(
        "Send a PDF for signature",
        DOCUMENTS,
        answer=thing({"document": CODE}, {"url": LINK, "signProfile": SILENCED}),
        bodies=ex.UPLOAD,
        words={**CREATION, 400: [*CREATION[400], "DOCUMENT_NOT_FOUND", "NOT_EDITING", "HELD"]},
    ),
    ("post", "/document/save"): Call(
        "Make a document from a template, and send it",
        DOCUMENTS,
        # A save with documents goes to /document/many.
        answer=one_of(thing({"document": CODE}, {"signProfile": SILENCED}), part("PackageMade")),
        bodies=ex.SAVE,
        words={**CREATION, 400: [*CREATION[400], "DOCUMENT_NOT_FOUND", "NOT_EDITING", "HELD", "DOCUMENTS_MIN_TWO"]},
    ),
    ("post", "/document/prebuild"): Call(
        "Begin a document that somebody else completes",
        DOCUMENTS,
        answer=thing({"document": CODE}),
        bodies=ex.PREBUILD,
        words=CREATION,
    ),
    ("post", "/document/many"): Call(
        "Send a package of documents",
        DOCUMENTS,
        answer=part("PackageMade"),
        answers=ex.PACKAGE_MADE,
        bodies=ex.MANY,
        words={
            **CREATION,
            400: [
                *CREATION[400],
                "DOCUMENTS_MIN_TWO",
                "SIGNER_EMAIL_REQUIRED",
                "SIGNER_VALIDATIONS_NOT_SUPPORTED",
                "SIGNER_SEQUENCE_NOT_SUPPORTED",
                "PACKAGE_NOT_FOUND",
                "PACKAGE_ID_INVALID",
                "NOT_EDITING",
                "HELD",
            ],
        },
    ),
    ("get", "/document"): Call(
        "Look up a document, a package, or the list of templates",
        DOCUMENTS,
        parameters=[
            Parameter("code", "a document; 24 hexadecimal digits are taken as a package"),
            Parameter("package", "a package"),
            Parameter("image", "true: with the pictures of identity checks"),
        ],
        answer=one_of(part("Document"), part("Package"), many(part("ListedTemplate"))),
        answers=ex.DOCUMENT_FOUND,
        words={400: ["DOCUMENT_NOT_FOUND"], 503: ["UNAVAILABLE"]},
        key="puk",
    ),
    ("get", "/document/roadmap"): Call(
        "Read the audit trail of a document",
        DOCUMENTS,
        answer=part("Roadmap"),
        answers=ex.ROADMAP,
        words={400: ["DOCUMENT_NOT_FOUND"]},
    ),
    ("post", "/document/reminder"): Call(
        "Remind a signer",
        DOCUMENTS,
        answer=thing({"message": word("OK")}),
        bodies={"code and signer id": {"code": "XLGCLLP2W4G8"}},
        words={400: ["DOCUMENT_NOT_FOUND", "NOT_YOUR_TURN", "ALREADY_DONE", "PARTICIPANT_BLOCKED", *ENDED]},
    ),
    ("post", "/document/many/reminder"): Call(
        "Remind a signer of a package",
        DOCUMENTS,
        answer=thing({"message": word("REMINDER_SENT")}),
        bodies={"package and signer id": {"package": "9a12cf20d08d3f6795b72429G8"}},
        words={
            400: [
                "PACKAGE_NOT_FOUND",
                "PACKAGE_ID_INVALID",
                "NOT_YOUR_TURN",
                "ALREADY_DONE",
                "PARTICIPANT_BLOCKED",
                *ENDED,
            ]
        },
    ),
    ("post", "/document/cancel"): Call(
        "Cancel documents",
        DOCUMENTS,
        answer=thing({"success": whole(), "errors": thing({"cant": whole()}, {"documents": many(text())})}),
        answers={"one of two": {"success": 1, "errors": {"cant": 1, "documents": ["K2P0QX7ZTA"]}}},
        bodies=ex.CANCEL,
    ),
    ("put", "/document/reactivate"): Call(
        "Open what was rejected or has expired",
        DOCUMENTS,
        answer=thing({"notifications": whole(), "users": many(text())}),
        bodies={"by code": {"code": "XLGCLLP2W4", "email": "olga@acme.example"}},
        words={400: ["PROCESS_NOT_FOUND", "NOT_ENDED", "ERASED"], 409: ["SIGNING_KEY_UNUSABLE"]},
    ),
    ("post", "/document/unlock"): Call(
        "Decide about a signer whom identity checks have blocked",
        DOCUMENTS,
        answer=thing({"message": word("OK")}),
        bodies=ex.UNLOCK,
        words={
            400: [
                "DOCUMENT_NOT_FOUND",
                "PACKAGE_NOT_FOUND",
                "MISSING_SIGNER_ID",
                "NOT_BLOCKED_PROCESS",
                "MESSAGE_REQUIRED",
                "PROCESS_NOT_FOUND",
                *ENDED,
            ]
        },
    ),
    ("post", "/{resource}/edit"): Call(
        "Take a document or package back to change it",
        DOCUMENTS,
        answer=thing({"message": word("DOCUMENT_MODIFIED", "PACKAGE_MODIFIED")}),
        bodies={"a document": {"code": "XLGCLLP2W4"}, "a package": {"package": "9a12cf20d08d3f6795b72429"}},
        words={400: [*EDITED[400], "HELD"]},
    ),
    ("get", "/{resource}/edit"): Call(
        "See what is in edition",
        DOCUMENTS,
        "With the private key, though it reads.",
        answer=thing(
            {"name": text(), "subject": text(), "message": text()},
            {
                "code": CODE,
                "url": LINK,
                "signProfile": many(thing({"name": text(), "email": text(), "status": word("pending")})),
                "signers": many(thing({"name": text(), "email": text(), "status": word("pending")})),
                "documents": many(
                    thing(
                        {
                            "code": CODE,
                            "name": text(),
                            "signProfile": many(thing({"name": text(), "email": text()})),
                        },
                        {"url": LINK},
                    )
                ),
            },
        ),
        words=EDITED,
    ),
    ("post", "/template"): Call(
        "Make a template",
        TEMPLATES,
        answer=TEMPLATE_MADE,
        bodies=ex.TEMPLATE,
        words={503: ["TEMPLATES_UNAVAILABLE"]},
    ),
    ("put", "/template"): Call(
        "Change a template",
        TEMPLATES,
        answer=TEMPLATE_MADE,
        bodies={"its name": {"id": "65f1f0a2c3d4e5f607182930", "name": "Contract of work"}},
        words={404: ["TEMPLATE_NOT_FOUND"], 503: ["TEMPLATES_UNAVAILABLE"]},
    ),
    ("get", "/template"): Call(
        "Look up one template or all",
        TEMPLATES,
        answer=one_of(thing({"data": many(part("Template"))}), part("Template")),
        words={404: ["TEMPLATE_NOT_FOUND"]},
    ),
    ("get", "/company"): Call(
        "Look up the organization",
        COMPANY,
        answer=part("Company"),
        answers=ex.COMPANY,
        words={503: ["SECRET_LOCKED"]},
    ),
    ("put", "/company"): Call(
        "Change name, look and webhooks",
        COMPANY,
        answer=thing({"response": word("OK")}),
        bodies=ex.COMPANY_CHANGE,
    ),
    ("post", "/veriface"): Call(
        "Ask somebody to prove who they are",
        IDENTITY,
        answer=thing({"code": text()}, {"url": LINK}),
        bodies=ex.VERIFACE,
        words={400: ["EXPIRED_DATE_INVALID", *QUOTAS], 409: ["SIGNING_KEY_UNUSABLE"]},
    ),
    ("get", "/veriface"): Call(
        "Look up an identity process", IDENTITY, answer=part("Veriface"), words={400: ["VERIFACE_NOT_FOUND"]}
    ),
    ("post", "/veriface/check"): Call(
        "Look at a picture of an identity card",
        IDENTITY,
        answer=thing({"code": text(), "error": truth(), "isFront": truth(), "data": anything()}, {"message": text()}),
        words={503: ["FACES_UNAVAILABLE"]},
    ),
    ("post", "/veriface/validate"): Call(
        "Compare a face with an identity card",
        IDENTITY,
        answer=thing({"error": truth(), "similarity": number(), "code": text(), "identificationCard": CARD}),
        words={503: ["FACES_UNAVAILABLE"]},
    ),
    ("get", "/processes"): Call(
        "List processes, newest first",
        FEEDS,
        "A page at a time: send next as after until it is null.",
        parameters=[
            Parameter("status", "only those with this status", STATUS),
            Parameter("q", "words of names and addresses by their beginnings, or a whole package id or code"),
            AFTER,
            LIMIT,
        ],
        answer=thing({"data": many(part("Process")), "next": {"type": ["string", "null"]}}),
        answers=ex.PROCESSES,
        key="puk",
    ),
    ("get", "/events"): Call(
        "Read every event, in order",
        FEEDS,
        "Nothing is missed by whoever goes on behind the last event that they have read.",
        parameters=[AFTER, LIMIT],
        answer=thing({"data": many(part("Event")), "next": {"type": ["string", "null"]}}),
        answers=ex.EVENTS,
        key="puk",
    ),
    **ledger.CALLS,
    ("get", "/processes/{package}/evidence"): Call(
        "Get the evidence of a finished process",
        PROCESSES,
        "One ZIP that anybody can check offline, or the ASiC-E container of a process without documents. With the "
        "private key, though it reads.",
        parameters=[
            Parameter("form", "bundle, or container for ASiC-E", {"type": "string", "enum": ["bundle", "container"]})
        ],
        gives=["application/zip", "application/vnd.etsi.asic-e+zip"],
        words={
            400: ["PROCESS_NOT_FOUND"],
            409: ["PROCESS_NOT_FINISHED", "EVIDENCE_NOT_READY", "EVIDENCE_ERASED", "HISTORY_TAKEN_OUT", "NO_CONTAINER"],
        },
    ),
    ("get", "/processes/{package}/hold"): Call(
        "Read the legal holds on a process",
        PROCESSES,
        "Those in force, also on the whole organization. With the private key, though it reads.",
        answer=HOLDS,
        answers=ex.HOLDS,
        words={400: ["PROCESS_NOT_FOUND"]},
    ),
    ("put", "/processes/{package}/hold"): Call(
        "Place a legal hold on a process",
        PROCESSES,
        "Until it is lifted, nothing of the process is deleted, and it cannot be edited.",
        answer=HOLDS,
        bodies=ex.HOLD,
        words={400: ["PROCESS_NOT_FOUND", "REASON_REQUIRED", "ALREADY_HELD"]},
    ),
    ("delete", "/processes/{package}/hold"): Call(
        "Lift the legal hold on a process",
        PROCESSES,
        answer=HOLDS,
        words={400: ["PROCESS_NOT_FOUND", "NOT_HELD"]},
    ),
}
