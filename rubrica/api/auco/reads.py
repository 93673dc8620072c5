"""The reads that clients poll. Each is one prepared statement that checks the key and fetches all the answer needs.

Django's route and the short path in front of Django (``rubrica.web.hot``) both call the functions here.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse

from rubrica.accounts import keys, usage
from rubrica.accounts.models import digest
from rubrica.api.auco import template_reads
from rubrica.database import Row, one_row
from rubrica.files.links import download_url
from rubrica.files.types import pdf_name
from rubrica.processes.models import Participant, Process
from rubrica.web.text import findable

Values = dict[str, Any]
Fetch = Callable[[str, Values], Row | None]  # runs a statement and gives its one row

STATUS = {
    "open": "CREATED",
    "finished": "FINISH",
    "rejected": "REJECTED",
    "cancelled": "REJECTED",
    "expired": "EXPIRED",
    "editing": "CREATED",
}
PACKAGE_ID = re.compile(r"[0-9a-f]{24}")

# The key decides the organization; a process of another one is not found. No row at all: no such key.
OF_KEY = """
  FROM accounts_apikey k
  LEFT JOIN processes_process p ON p.organization_id = k.organization_id AND {which}
 WHERE k.digest = %(key)s AND k.kind = 'puk' AND k.revoked_at IS NULL
"""
BY_PACKAGE = "p.public_id = %(wanted)s"
BY_CODE = "p.id = (SELECT d.process_id FROM processes_document d WHERE d.code = %(wanted)s)"

EVERYBODY = """
SELECT p.public_id, p.name, p.state,
       (SELECT json_agg(json_build_array(s.public_id, s.email, s.name) ORDER BY s.id)::text
          FROM processes_participant s WHERE s.process_id = p.id AND s.role <> 'reader')
"""
ONE = """
SELECT p.public_id, p.name, p.state,
       (SELECT json_build_array(s.public_id, s.email, s.name,
               (SELECT json_agg(json_build_array(f.name, f.optional, u.decision, u.blob_id, u.file_name)
                                ORDER BY f.position)
                  FROM processes_requestedfile f LEFT JOIN processes_submission u ON u.id = f.current_id
                 WHERE f.participant_id = s.id))::text
          FROM processes_participant s
         WHERE s.process_id = p.id AND s.public_id = %(user)s AND s.role <> 'reader')
"""
PACKAGE = """
SELECT p.public_id, p.name, p.state, p.identity::text, p.created_at, p.updated_at, p.custom::text,
       (SELECT json_agg(d.code ORDER BY d.position)::text FROM processes_document d WHERE d.process_id = p.id),
       (SELECT json_agg(json_build_array(s.public_id, s.name, s.email, s.phone, s.status) ORDER BY s.id)::text
          FROM processes_participant s WHERE s.process_id = p.id AND s.role <> 'reader')
"""
DOCUMENT = """
SELECT p.public_id, p.name, p.state, p.identity::text, p.created_at, p.updated_at, p.custom::text,
       (SELECT json_build_array(d.name, coalesce(d.sealed_id, d.shown_id), d.found->'warnings')::text
          FROM processes_document d WHERE d.code = %(wanted)s),
       (SELECT json_agg(json_build_array(s.public_id, s.name, s.email, s.phone, s.status) ORDER BY t.index)::text
          FROM processes_document d
          JOIN processes_part t ON t.document_id = d.id
          JOIN processes_participant s ON s.id = t.participant_id
         WHERE d.code = %(wanted)s)
"""
STATEMENTS = {
    (select, which): select + OF_KEY.format(which=which)
    for select in (EVERYBODY, ONE, PACKAGE, DOCUMENT)
    for which in (BY_PACKAGE, BY_CODE)
}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """A status and the JSON that goes with it."""

    status: int
    body: Any

    def response(self) -> HttpResponse:
        return HttpResponse(json.dumps(self.body), status=self.status, content_type="application/json")


UNAVAILABLE = Answer(503, {"message": "UNAVAILABLE"})
UNAUTHORIZED = Answer(401, {"message": "UNAUTHORIZED"})
NO_ATTACHMENT = Answer(400, {"message": "ATTACHMENT_NOT_FOUND"})
NO_DOCUMENT = Answer(400, {"message": "DOCUMENT_NOT_FOUND"})
NOTHING_ASKED = Answer(400, {"message": "VALIDATION_ERROR"})  # Django's route adds the sentence, in a language


def attachments(key: str, query: Mapping[str, str], fetch: Fetch | None = None) -> Answer:
    """GET /attachments, contract/auco.md §4; ``package`` is preferred where both are sent (§13 no. 2)."""
    package, code, user = query.get("package"), query.get("code"), query.get("userId")
    select = EVERYBODY if user is None else ONE
    which = BY_PACKAGE if package else BY_CODE
    if not keys.enter(digest(key), fetch or one_row):
        return UNAUTHORIZED
    row = (fetch or one_row)(STATEMENTS[select, which], _values(key, package or code or "", user or ""))
    if row is None:
        return UNAUTHORIZED
    usage.key_used(digest(key), fetch or one_row)
    if not package and not code:
        return NOTHING_ASKED
    public_id, name, state, found = row
    if public_id is None or found is None:
        return NO_ATTACHMENT
    body = {"package": public_id, "name": name, "finish": state == Process.State.FINISHED.value}
    if user is None:
        body["signers"] = [{"userId": u, "email": e, "name": n} for u, e, n in json.loads(found)]
    else:
        body["signer"] = _signer(*json.loads(found))
    return Answer(200, body)


def _signer(user: str, email: str, name: str, files: Sequence[Row] | None) -> dict[str, Any]:
    status = delivery_status([(optional, decision) for _, optional, decision, _, _ in files or ()])
    return {
        "userId": user,
        "email": email,
        "name": name,
        "files": [_file(status, *file) for file in files or ()],
        "status": status,
    }


def _file(
    status: str, name: str, optional: bool, decision: str | None, blob: int | None, file_name: str
) -> dict[str, str]:
    if status == "pending" or blob is None or decision == "rejected":
        return {"name": name}
    return {"name": name, "url": download_url(blob, file_name)}


def delivery_status(files: Sequence[tuple[bool, str | None]]) -> str:
    """``pending`` while nothing is uploaded, ``approved`` when all mandatory and all that came is, else ``uploaded``.

    Each file is (optional, decision on what came in: None for nothing, "" for undecided). A rejected upload is
    no upload any more: its slot is open again.
    """
    came = [decision for _, decision in files if decision not in {None, "rejected"}]
    if not came:
        return "pending"
    missing = any(not optional and decision != "approved" for optional, decision in files)
    return "uploaded" if missing or any(decision != "approved" for decision in came) else "approved"


def document(key: str, query: Mapping[str, str], fetch: Fetch | None = None) -> Answer:
    """GET /document, contract/auco.md §5.4; a ``code`` of 24 hex digits is taken as a package (§13 no. 15)."""
    code, package = query.get("code", ""), query.get("package", "")
    if PACKAGE_ID.fullmatch(code):
        code, package = "", code
    if not keys.enter(digest(key), fetch or one_row):
        return UNAUTHORIZED
    if not package and "code" not in query:
        templates = template_reads.listing(key, fetch or one_row)
        return UNAUTHORIZED if templates is None else Answer(200, templates)
    statement = STATEMENTS[PACKAGE, BY_PACKAGE] if package else STATEMENTS[DOCUMENT, BY_CODE]
    row = (fetch or one_row)(statement, _values(key, package or code, ""))
    if row is None:
        return UNAUTHORIZED
    usage.key_used(digest(key), fetch or one_row)
    if row[0] is None:
        return NO_DOCUMENT
    return Answer(200, _package(row) if package else _one_document(row, code))


def _one_document(row: Row, code: str) -> dict[str, Any]:
    _, _, state, identity, created, updated, custom, document, people = row
    name, blob, warnings = json.loads(document)
    checks = json.loads(identity)
    profile = [{"name": n, "email": e, "id": u, "status": s} for u, n, e, _, s in json.loads(people or "[]")]
    body = {"url": download_url(blob, pdf_name(name))} if blob is not None else {}
    return body | {
        "name": name,
        "code": code,
        "status": STATUS[state],
        "data": {
            "code": code,
            "name": name,
            "camera": bool(checks.get("photo")),
            "otpCode": bool(checks.get("otp")),
            "signFinish": state == "finished",
            "signProfile": profile,
            "createdAt": wire_time(created),
            "updatedAt": wire_time(updated),
            **({"warnings": warnings} if warnings else {}),
        },
        "signProfile": profile,
        **_custom(custom),
    }


def _custom(text: str | None) -> dict[str, Any]:
    """Given back as it was sent, and left out where it was not."""
    return {} if text is None else {"custom": json.loads(text)}


def _package(row: Row) -> dict[str, Any]:
    public_id, name, state, _, created, updated, custom, codes, people = row
    return {
        "_id": public_id,
        "codes": json.loads(codes or "[]"),
        "name": name,
        "signers": [
            {"userId": u, "email": e, "name": n, "phone": phone, "status": s}
            for u, n, e, phone, s in json.loads(people or "[]")
        ],
        "signFinish": state == "finished",
        "createdAt": wire_time(created),
        "updatedAt": wire_time(updated),
        "status": STATUS[state],
        **_custom(custom),
    }


def review_answer(participant: Participant) -> dict[str, object]:
    """What the review call says of the participant after the decision."""
    slots = participant.requested_files.select_related("current")
    status = delivery_status([(slot.optional, slot.current.decision if slot.current else None) for slot in slots])
    process = Process.objects.get(pk=participant.process_id)
    return {
        "package": process.public_id,
        "userId": participant.public_id,
        "status": status,
        "finish": process.is_finished,
    }


def wire_time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _values(key: str, wanted: str, user: str) -> Values:
    return {"key": digest(key), "wanted": findable(wanted), "user": findable(user)}
