"""What the participant's API answers with, and the words it refuses with."""

from rubrica.api.openapi.shapes import MOMENT, anything, many, number, or_null, part, text, thing, truth, whole, word

SIZE = thing({"width": number(), "height": number()})
BOX = thing({"page": whole(), "x": number(), "y": number(), "w": number(), "h": number()},
            about="Upper left corner and size, as fractions of the page")  # fmt: skip
FIELD = thing(
    {"id": text(), "kind": word("initials", "date", "text", "checkbox"), "name": text(), "required": truth(),
     "value": or_null(anything("A text, or true or false")), "page": whole(), "x": number(), "y": number(),
     "w": number(), "h": number()},
    {"maxLength": whole()},
    about="Something to fill in with the signature; where it lies is as of a box",
)  # fmt: skip
STEP = thing({"kind": text("otp, photo, identification, identificationBack, video, files, review, sign or approve"),
              "state": word("todo", "done", "locked")})  # fmt: skip
FILE = thing(
    {"id": text(), "name": text(), "optional": truth(), "status": word("missing", "uploaded", "approved", "rejected")},
    {"fileName": text(), "size": whole(), "uploadedAt": MOMENT, "reason": text()},
)
STATE_FOUND = thing(
    {
        "process": thing({"name": text(), "message": text(), "subject": text(), "finish": truth(), "state": text()}),
        "participant": thing({"id": text(), "name": text(), "role": text(), "status": text()}),
        "sender": thing({"organization": text(), "name": text()}),
        "steps": many(STEP),
        "document": or_null(thing({"code": text(), "name": text(), "pages": whole()})),
        "pages": many(SIZE),
        "boxes": many(BOX),
        "documents": many(
            thing({"code": text(), "name": text(), "pages": many(SIZE), "boxes": many(BOX), "fields": many(FIELD)})
        ),
        "files": many(FILE),
        "consent": text("The sentence one agrees to by signing"),
        "limits": thing({"maxBytes": whole()}),
        "waitingFor": many(text()),
        "downloads": many(thing({"kind": word("sealed", "document", "file"), "name": text(), "url": text()})),
        "identity": anything("How far each check is"),
    }
)
STATE = part("State")
SCHEMAS = {"State": STATE_FOUND}

WORDS = {
    "UNKNOWN_LINK": "there is no such link",
    "LINK_REPLACED": "a newer link replaced this one",
    "PROCESS_REJECTED": "the process was rejected",
    "PROCESS_CANCELLED": "the process was cancelled",
    "PROCESS_EXPIRED": "the time for the process is over",
    "PROCESS_CLOSED": "the process has ended",
    "PROCESS_SEALING": "everybody is done and the document is being sealed",
    "NOT_YOUR_TURN": "others come first",
    "ALREADY_DONE": "this participant has done everything already",
    "IDENTITY_REQUIRED": "a check of who you are comes first",
    "PARTICIPANT_BLOCKED": "too many tries; somebody has to decide",
    "CHECK_UNKNOWN": "this check is not asked",
    "CHECK_PASSED": "this check was passed already",
    "OTP_CODE_INVALID": "the code is wrong or too old; remaining says how many tries are left",
    "TOO_MANY_REQUESTS": "more calls in a minute than are allowed; Retry-After says when to come again",
    "OVERLOADED": "the server has more to do than it can; come again after Retry-After",
    "REQUEST_TIMEOUT": "the body came too slowly",
    "QUOTA_BYTES": "the organization's files take as much space as they may",
    "OTP_TOO_OFTEN": "a code was asked for too often; Retry-After says when",
    "OTP_NOT_SENT": "the code could not be sent",
    "CONSENT_REQUIRED": "agree first",
    "CONSENT_REFUSED": "without agreeing, no pictures are taken",
    "BIOMETRIC_CONSENT_REQUIRED": "agree to what is done with your pictures first",
    "CAPTURE_TOO_SMALL": "the picture has too few pixels",
    "CAPTURE_BLURRED": "the picture is not sharp",
    "CAPTURE_CHANGED": "another picture came in at the same moment",
    "CAPTURE_TOO_OFTEN": "pictures came too fast",
    "CAPTURE_TYPE_REFUSED": "not a picture or video that is taken",
    "FACE_MISSING": "no face is seen",
    "FACES_SEVERAL": "more than one face is seen",
    "FACE_TOO_SMALL": "the face is too small",
    "CARD_FACE_MISSING": "no face is seen on the card",
    "FACES_DIFFER": "the face is not the one on the card",
    "VIDEO_TOO_LONG": "the video is too long",
    "FIELDS_MISSING": "fields that must be filled in are empty; fields has their ids",
    "FIELD_INVALID": "not what a field takes; fields has the ids",
    "FILES_MISSING": "mandatory files must be delivered first",
    "NOT_A_SIGNER": "the call is for signers",
    "NOT_AN_APPROVER": "the call is for approvers",
    "NOTHING_TO_SIGN": "there is no document to sign",
    "DOCUMENT_REPLACED": "the document was replaced after it was shown",
    "FILE_APPROVED": "an approved file can no longer be changed",
    "FILE_MISSING": "there is no file",
    "FILE_UNKNOWN": "this file is not asked of you",
    "PAGE_UNKNOWN": "there is no such page",
    "NO_DOCUMENT": "there is no document here",
    "BODY_INVALID": "not a JSON object, or too large",
    "SIGNATURE_INVALID": "neither a drawing nor a text nor a picture",
    "IMAGE_INVALID": "the picture is no PNG or JPEG",
    "IMAGE_TOO_LARGE": "the picture has too many pixels",
    "IMAGE_EMPTY": "nothing is drawn on the picture",
    "REASON_REQUIRED": "say why, in 1 to 2,000 characters",
    "FILE_EMPTY": "the file has no bytes",
    "UPLOAD_INCOMPLETE": "the connection was cut before the whole file had arrived",
    "LENGTH_REQUIRED": "send a Content-Length",
    "FILE_TOO_LARGE": "the file is larger than what is accepted",
    "FILE_TYPE_REFUSED": "a kind of file that is not taken, or name and content disagree",
    "PDF_INVALID": "the page cannot be drawn or read",
    "PAGE_MISSING": "there is no such page",
    "VERIFY_BUSY": "too many documents are being checked; try again in a moment",
    "METHOD_NOT_ALLOWED": "the address does not answer to this method",
    "INTERNAL_ERROR": "something went wrong on our side",
}
