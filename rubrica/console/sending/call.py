"""The call of the API that starts the same process, as a shell command to copy (contract/auco.md §§3.1, 5.1, 6)."""

import json
import shlex
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from rubrica.accounts.models import Member
from rubrica.drafting.checking import expires_at
from rubrica.drafting.content import BOTH_SIDES, CARD, SIGNER, TOGETHER, Content, Person
from rubrica.drafting.models import Draft, DraftPaper
from rubrica.drafting.sending import asked_of_all, boxes, kind_of
from rubrica.processes.models import Process
from rubrica.sealing.values import Field

ADDRESSES = {
    Process.Kind.FILES: "/v1.5/ext/attachments",
    Process.Kind.DOCUMENT: "/v1.5/ext/document/upload",
    Process.Kind.PACKAGE: "/v1.5/ext/document/many",
}
CHANNELS = {"mail": "email", "sms": "phone", "whatsapp": "whatsapp"}
PHONE = "+573000000000"  # where the API wants one and the draft has none
FILE = "\ue000file\ue000"  # stands for the PDF's Base64 until the command is written

Body = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """``uploads`` are sent by PUT to the addresses that the answer names, in their order."""

    kind: Process.Kind
    body: Body
    inline: str = ""  # the file that goes with the call itself
    uploads: tuple[str, ...] = ()
    lacks_phone: bool = False

    @property
    def address(self) -> str:
        return ADDRESSES[self.kind]

    @property
    def command(self) -> str:
        """For a shell, with the private key in RUBRICA_PRIVATE_KEY and the PDFs in the folder where it runs."""
        text = json.dumps(self.body, ensure_ascii=False, indent=2)
        for sign in "\\$`":  # which a shell would read inside the text
            text = text.replace(sign, f"\\{sign}")
        text = text.replace(FILE, f"$(base64 < {shlex.quote(self.inline)} | tr -d '\\n')")
        lines = [
            f"curl {settings.PUBLIC_URL}{self.address} \\",
            '  -H "Authorization: $RUBRICA_PRIVATE_KEY" -H "Content-Type: application/json" \\',
            f"  -d @- {'-o answer.json ' if self.uploads else ''}<<JSON",
            *text.splitlines(),
            "JSON",
        ]
        for number, name in enumerate(self.uploads):
            lines.append(f"curl -T {shlex.quote(name)} \"$(jq -r '.documents[{number}].url' answer.json)\"")
        return "\n".join(lines)


def call(member: Member, draft: Draft) -> Call | None:
    """None where no single call of the API says the same."""
    content, papers = draft.written, list(draft.papers.all())
    kind = kind_of(content, len(papers))
    if kind == Process.Kind.PACKAGE:
        return _package(member, content, papers)
    people = [_signer(content, person, papers) for person in content.acting]
    body = {**_whole(member, content, has_papers=bool(papers)), "signProfile": people}
    if kind == Process.Kind.FILES:
        body["packageName"] = body.pop("name")
        for person, asked in zip(people, content.acting, strict=True):
            person["files"] = [_file(file.name, file.optional) for file in asked.files]
    if papers:
        body |= {"name": papers[0].name if kind == Process.Kind.FILES else content.name, "file": FILE}
    lacks = kind == Process.Kind.FILES and not all(person.phone for person in content.acting)
    for person in people if lacks else ():
        person.setdefault("phone", PHONE)
    return Call(kind, body, inline=papers[0].file_name if papers else "", lacks_phone=lacks)


def _package(member: Member, content: Content, papers: list[DraftPaper]) -> Call | None:
    """In a package the API asks no files, knows signers alone, calls all at once and checks all alike."""
    acting = content.acting
    orders = {content.order_of(person) for person in acting}
    plain = all(person.role == SIGNER and not person.files for person in acting)
    if not plain or len(orders) > 1 or asked_of_all(content) is None:
        return None
    documents = [
        {
            "name": paper.name,
            "signProfile": [_who(person) | _position(content, person, paper) for person in content.parts_of(paper.pk)],
        }
        for paper in papers
    ]
    body = {**_whole(member, content, has_papers=True), "documents": documents}
    return Call(Process.Kind.PACKAGE, body, uploads=tuple(paper.file_name for paper in papers))


def _whole(member: Member, content: Content, *, has_papers: bool) -> Body:
    end, everybody = expires_at(content), asked_of_all(content)
    said = {
        "email": member.email,
        "name": content.name,
        "subject": content.subject,
        "message": content.message,
        "remember": content.remind_every_hours,
        "expiredDate": end.strftime("%Y-%m-%dT%H:%M:%S.000Z") if end else None,
        "folder": content.folder,
        "tags": content.tags,
        "signatures": "each" if content.signatures == "each" and has_papers else None,
        "readers": [{"name": reader.name, "email": reader.email} for reader in content.readers],
        **(_checks(everybody) if everybody else {}),
    }
    return {name: value for name, value in said.items() if value}


def _signer(content: Content, person: Person, papers: list[DraftPaper]) -> Body:
    found = _who(person)
    if person.role != SIGNER:
        found["role"] = "APPROVER"
    if content.ordering != TOGETHER:
        found["order"] = content.order_of(person)
    if asked_of_all(content) is None:
        found |= _checks(person)
    return found | (_position(content, person, papers[0]) if papers else {})


def _who(person: Person) -> Body:
    said = {"name": person.name, "email": person.email, "phone": person.phone, "language": person.language}
    return {name: value for name, value in said.items() if value}


def _position(content: Content, person: Person, paper: DraftPaper) -> Body:
    found = [
        {"page": box.page, "x": round(box.x, 6), "y": round(box.y, 6), "w": box.w, "h": box.h, **_asked(box)}
        for box in boxes(content, person, paper)
    ]
    return {"position": found} if found else {}


def _asked(field: Field) -> Body:
    """What goes into a box that is not for a signature."""
    if field.kind == "signature":
        return {}
    said = {"name": field.name, "maxLength": field.max_length}
    more = {name: value for name, value in said.items() if value}
    return {"kind": field.kind, **more, **({} if field.required else {"required": False})}


def _file(name: str, optional: bool) -> Body:
    return {"name": name, "optional": True} if optional else {"name": name}


def _checks(person: Person) -> Body:
    options = {
        "otpCode": CHANNELS[person.code] if person.code else None,
        "camera": ("identification" if person.pictures in {CARD, BOTH_SIDES} else "photo") if person.pictures else None,
        "identificationCardBack": person.pictures == BOTH_SIDES,
        "video": person.video,
    }
    said = {"camera": bool(person.pictures), "otpCode": bool(person.code)}
    found: Body = {name: value for name, value in said.items() if value}
    chosen = {name: value for name, value in options.items() if value}
    return found | ({"options": chosen} if chosen else {})
