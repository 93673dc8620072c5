"""What the Auco dialect answers with: ids, documents, packages, templates, and what else has a name."""

from typing import Any

from rubrica.api.openapi import ledger
from rubrica.api.openapi.shapes import LINK, MOMENT, anything, many, number, part, text, thing, truth, whole, word

PACKAGE = text("A process: 24 hexadecimal digits", pattern="^[0-9a-f]{24}$")
CODE = text("A document: 10 capital letters and digits", pattern="^[0-9A-Z]{10}$")
USER = text("A participant: 2 capital letters and digits", pattern="^[0-9A-Z]{2}$")
STATUS = word("CREATED", "REJECTED", "EXPIRED", "FINISH")
PARTICIPANT = word("PENDING", "NOTIFICATION", "FINISH", "REJECT", "BLOCK")
DELIVERY = word("pending", "uploaded", "approved")

PICTURE = thing({"type": word("base64", "presigned"), "data": text()})
PROFILE = thing(
    {"name": text(), "email": text(), "id": USER, "status": PARTICIPANT},
    {"identificationCard": PICTURE, "identificationCardBack": PICTURE, "photo": PICTURE},
)
SILENCED = many(thing({"email": text()}, {"id": USER, "name": text(), "phone": text(), "url": text("Their page")}),
                "Whom we do not notify carry their id and their link")  # fmt: skip
DOCUMENT = thing(
    {
        "name": text(),
        "code": CODE,
        "status": STATUS,
        "data": thing(
            {
                "code": CODE,
                "name": text(),
                "camera": truth(),
                "otpCode": truth(),
                "signFinish": truth(),
                "signProfile": many(part("Profile")),
                "createdAt": MOMENT,
                "updatedAt": MOMENT,
            },
            {"warnings": many(text(), "What was found in the PDF, and taken out of it: codes of docs/sealing.md")},
        ),
        "signProfile": many(part("Profile")),
    },
    {"url": LINK, "custom": anything("As it was sent")},
)
PACKAGE_FOUND = thing(
    {
        "_id": PACKAGE,
        "codes": many(CODE),
        "name": text(),
        "signers": many(
            thing({"userId": USER, "email": text(), "name": text(), "phone": text(), "status": PARTICIPANT})
        ),
        "signFinish": truth(),
        "createdAt": MOMENT,
        "updatedAt": MOMENT,
        "status": STATUS,
    },
    {"custom": anything("As it was sent")},
)
LISTED = thing(
    {"_id": PACKAGE, "name": text(), "status": word("active", "inactive"), "createdAt": MOMENT, "updatedAt": MOMENT},
    {"description": text()},
)
TEMPLATE = thing(
    {"id": PACKAGE, "name": text(), "created_at": MOMENT, "updated_at": MOMENT, "status": word("active", "inactive")},
    {
        "description": text(),
        "config": many(anything()),
        "sign": many(anything()),
        "signatureProfile": many(anything()),
        "preBuild": truth(),
        "preBuildData": many(anything()),
        "help": anything(),
        "custom": anything(),
    },
)
TEMPLATE_MADE = thing({"id": PACKAGE, "urls": thing({"mask": LINK, "complete": LINK})})
WEBHOOK = thing(
    {"id": text(), "url": text()}, {"description": text(), "header": thing({"key": text(), "value": text()})}
)
COMPANY_FOUND = thing(
    {
        "id": text(),
        "name": text(),
        "webhooks": many(WEBHOOK),
        "uxOptions": thing({}, {"primaryColor": text(), "alternateColor": text()}),
    },
    {"image": text(), "webhook": text(), "webhookHeader": thing({"key": text(), "value": text()})},
)
PERSON = thing(
    {"role": text()},
    {
        "id": USER,
        "name": text(),
        "email": text(),
        "phone": text(),
        "ipAddress": text(),
        "location": thing({"lat": number(), "lng": number(), "street": text()}),
    },
)
ENTRY = thing(
    {
        "action": text("Open: programs must bear words that they do not know"),
        "platform": text(),
        "participant": text(),
        "timestamp": MOMENT,
    },
    {"by": text(), "ip": text(), "message": text()},
)
ROADMAP = thing(
    {
        "name": text(),
        "documentCode": CODE,
        "createdAt": MOMENT,
        "participants": many(PERSON),
        "activityLog": many(ENTRY),
    },
    {"author": thing({"name": text()}, {"email": text()})},
)
PROCESS = thing(
    {
        "package": text(),
        "name": text(),
        "kind": word("attachments", "document", "package", "identity"),
        "status": STATUS,
        "finish": truth(),
        "codes": many(CODE),
        "createdAt": MOMENT,
        "updatedAt": MOMENT,
        "cursor": text("What to send as after to go on behind this one"),
    },
    {"expiredDate": MOMENT},
)
EVENT = thing(
    {
        "package": text(),
        "sequence": whole("Counts from 1 within the process"),
        "kind": text(),
        "at": text("UTC, with microseconds"),
        "actor": thing({"kind": word("member", "participant", "program", "system"), "id": text(), "name": text()}),
        "ip": text(),
        "userAgent": text(),
        "data": {"type": "object"},
        "hash": text("SHA-256 over the event and the hash of the one before it", pattern="^[0-9a-f]{64}$"),
        "cursor": text("What to send as after to go on behind this one"),
    },
    {
        "salt": text("Of the commitments that are hashed", pattern="^[0-9a-f]{64}$"),
        "erased": thing({"erasure": text()}, {"actor": text(), "data": text()}),
    },
)
CARD = thing({"error": truth(), "isFront": truth(), "data": anything()}, {"message": text()})
ATTEMPT = thing(
    {
        "date": MOMENT,
        "successful": truth(),
        "errorMessages": many(thing({"key": text(), "error": text()})),
    },
    {
        "identificationCardFront": LINK,
        "identificationCardBack": LINK,
        "photo": LINK,
        "similarity": number(),
        "identificationCardData": anything(),
    },
)
VERIFACE = thing(
    {
        "code": text(pattern="^[0-9A-Z]{16}$"),
        "userId": text(),
        "email": text(),
        "createdAt": MOMENT,
        "platform": word("whatsapp", "web"),
        "status": word("INPROGRESS", "BLOCKED", "APPROVED", "INVALIDATED", "EXPIRED"),
        "emailValidated": truth(),
        "name": text(),
        "attempts": many(ATTEMPT),
        "hash": text(),
        "validationTypes": many(text()),
    },
    {
        "userEmail": text(),
        "phone": text(),
        "country": text(),
        "identificationType": text(),
        "identificationNumber": text(),
        "ocrData": anything(),
        "custom": anything(),
    },
)
SCHEMAS: dict[str, Any] = {
    "Profile": PROFILE,
    "Document": DOCUMENT,
    "Package": PACKAGE_FOUND,
    "Template": TEMPLATE,
    "ListedTemplate": LISTED,
    "Roadmap": ROADMAP,
    "Company": COMPANY_FOUND,
    "Process": PROCESS,
    "Event": EVENT,
    **ledger.SCHEMAS,
    "Veriface": VERIFACE,
}
