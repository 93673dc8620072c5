"""Settings → Certificate: what this organization seals with, where its key is, and another one in its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from rubrica import clock, database
from rubrica.accounts.audit import note
from rubrica.accounts.models import AuditEntry, Member
from rubrica.console.access import done_by_owners, shown_to_members
from rubrica.console.settings.areas import settings_page
from rubrica.sealing.keyring import bringing, checking, keys
from rubrica.sealing.keyring.credentials import MAX_BYTES, CertificateRefused, name_of
from rubrica.sealing.keyring.holders.base import HolderFailed
from rubrica.sealing.keyring.holders.kinds import OUTSIDE, Asked
from rubrica.sealing.models import IssuedCertificate, SealingKey
from rubrica.sealing.values import KeyUnusable

ONE, HOLDER = "console/settings/certificate.html", "console/settings/holder.html"
MOST_FILES = 6
CHANGED = AuditEntry.Kind.CERTIFICATE_CHANGED
CURVES = {"secp256r1": "P-256", "secp384r1": "P-384"}


@dataclass(frozen=True)
class Shown:
    """A key as the page has it."""

    key: SealingKey
    subject: str
    issuer: str
    begins: datetime
    ends: datetime
    algorithm: str
    fingerprint: str

    @property
    def state(self) -> str:
        issued = self.key.issued
        if issued is not None and issued.revoked_at is not None:
            return "revoked"
        if self.key.retired_at is not None:
            return "retired"
        if (self.key.usable_until or self.ends) <= clock.now():
            return "ended"
        if self.key.problem:
            return "unusable"
        return "ending" if (self.key.usable_until or self.ends) < clock.now() + checking.SOON else "good"


@dataclass(frozen=True)
class Line:
    """One field of a holder's form."""

    asked: Asked
    value: str = ""


@dataclass(frozen=True)
class Choice:
    kind: str
    title: str | Promise
    lines: list[Line] = field(default_factory=list)
    has_certificates: bool = False


@shown_to_members
def certificate(request: HttpRequest, member: Member) -> HttpResponse:
    """The first key is made with the first seal, and also by opening this page: then there is something to see."""
    trouble = ""
    try:
        keys.signing_key(member.organization)
    except KeyUnusable as unusable:
        trouble = gettext(unusable.sentence)
    rows = member.organization.sealing_keys.select_related("issued").order_by("-pk")
    shown = [_shown(row) for row in rows]
    context = {
        "current": next((one for one in shown if one.key.retired_at is None), None),
        "earlier": [one for one in shown if one.key.retired_at is not None],
        "trouble": trouble,
        "reasons": IssuedCertificate.Reason.choices,
        "choices": [_choice(kind, {}) for kind in OUTSIDE],
        "tsa": settings.TSA.host if settings.TSA else "",
    }
    return settings_page(request, "certificate", ONE, context)


@done_by_owners
def test_certificate(request: HttpRequest, member: Member) -> HttpResponse:
    row = keys.current(member.organization)
    if row is None:
        raise Http404
    if problem := checking.check(row):
        messages.error(request, _("The test signature failed: %(reason)s") % {"reason": problem})
    else:
        messages.success(request, _("A test signature was made, and the certificate verifies it."))
    return _back()


@done_by_owners
def new_certificate(request: HttpRequest, member: Member) -> HttpResponse:
    try:
        keys.rotate(member.organization)
    except KeyUnusable as unusable:
        messages.error(request, gettext(unusable.sentence))
    else:
        note(request, CHANGED, member, "new")
        messages.success(request, _("There is a new key, with a certificate of this installation."))
    return _back()


@done_by_owners
def upload_certificate(request: HttpRequest, member: Member) -> HttpResponse:
    """PKCS #12, or PEM files together. They go through memory alone."""
    try:
        candidate = bringing.from_files(_files(request), request.POST.get("password", ""))
        candidate.accept(member.organization)
    except (CertificateRefused, HolderFailed) as refused:
        messages.error(request, _words(refused))
    else:
        note(request, CHANGED, member, "uploaded", certificate=_name(candidate))
        messages.success(request, _("The certificate of “%(name)s” seals from now on.") % {"name": _name(candidate)})
    return _back()


@shown_to_members
def other_holder(request: HttpRequest, member: Member, kind: str) -> HttpResponse:
    return settings_page(request, "certificate", HOLDER, {"choice": _known(kind, {})})


@done_by_owners
def use_holder(request: HttpRequest, member: Member, kind: str) -> HttpResponse:
    """The service or token is asked at once: who presses the button waits for the answer."""
    told = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    choice, files = _known(kind, told), _files(request)
    database.let_go()
    try:
        candidate = bringing.from_holder(kind, told, files)
        candidate.accept(member.organization)
    except (CertificateRefused, HolderFailed) as refused:
        context = {"choice": choice, "refusal": _words(refused)}
        return settings_page(request, "certificate", HOLDER, context, status=400)
    note(request, CHANGED, member, kind, certificate=_name(candidate))
    messages.success(request, _("The certificate of “%(name)s” seals from now on.") % {"name": _name(candidate)})
    return _back()


@done_by_owners
def end_certificate(request: HttpRequest, member: Member, pk: int) -> HttpResponse:
    """Revokes a certificate of ours with its reason; stops using any other."""
    row = get_object_or_404(member.organization.sealing_keys, pk=pk)
    reason = request.POST.get("reason", "")
    if not row.is_ours:
        if keys.retire(row):
            note(request, CHANGED, member, "retired")
            messages.success(request, _("It seals no more. Its authority revokes it, where that is needed."))
        return _back()
    if reason not in IssuedCertificate.Reason.values:
        messages.error(request, _("Choose a reason."))
    elif keys.revoke(row, IssuedCertificate.Reason(reason)):
        note(request, CHANGED, member, "revoked", reason=reason)
        messages.success(request, _("The certificate is revoked, and whoever asks is told so."))
    return _back()


def _shown(row: SealingKey) -> Shown:
    found = x509.load_pem_x509_certificate(row.certificate_pem.encode())
    return Shown(
        row,
        name_of(found.subject),
        name_of(found.issuer),
        found.not_valid_before_utc,
        found.not_valid_after_utc,
        _algorithm(found),
        found.fingerprint(hashes.SHA256()).hex(":", 2),
    )


def _algorithm(found: x509.Certificate) -> str:
    public = found.public_key()
    if isinstance(public, EllipticCurvePublicKey):
        return f"ECDSA {CURVES.get(public.curve.name, public.curve.name)}"
    return f"RSA {public.key_size}" if isinstance(public, RSAPublicKey) else ""


def _known(kind: str, told: Mapping[str, str]) -> Choice:
    if kind not in OUTSIDE:
        raise Http404
    return _choice(kind, told)


def _choice(kind: str, told: Mapping[str, str]) -> Choice:
    """What was typed stands there again, but nothing that is secret."""
    lines = [Line(one, "" if one.is_secret else told.get(one.name, "")[:1000]) for one in OUTSIDE[kind].asks]
    return Choice(kind, SealingKey.Holder(kind).label, lines, OUTSIDE[kind].has_certificates)


def _files(request: HttpRequest) -> Sequence[bytes]:
    return [sent.read(MAX_BYTES + 1) for sent in request.FILES.getlist("files")[:MOST_FILES]]


def _name(candidate: bringing.Candidate) -> str:
    return name_of(candidate.certificate.subject)


def _words(refused: CertificateRefused | HolderFailed) -> str:
    if isinstance(refused, HolderFailed):
        return refused.words(gettext)
    return gettext(refused.sentence) % refused.values if refused.values else gettext(refused.sentence)


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("console:certificate"))
