"""The providers' call-backs: what became of a message. Each is signed; a forged or unknown one is refused."""

import hmac
import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from rubrica.notify import cloud, twilio
from rubrica.notify.models import Channel, Notification
from rubrica.notify.phone import provider_of
from rubrica.notify.providers import Twilio
from rubrica.web.text import is_storable

# Bytes that are read; a body that goes on has another signature. Meta sends up to 3 MB at once.
MAX_TWILIO, MAX_META = 64 * 1024, 3 * 1024 * 1024


@csrf_exempt  # A provider has no session; it signs instead.
@require_POST
def from_twilio(request: HttpRequest, message: int) -> HttpResponseBase:
    fields = QueryDict(request.read(MAX_TWILIO), encoding="utf-8")
    pairs = [(name, value) for name, values in fields.lists() for value in values]
    signature = request.headers.get("X-Twilio-Signature", "")
    # The address as it was handed out: what a proxy made of it does not count.
    url = settings.PUBLIC_URL + request.get_full_path()
    accounts = [account for account in map(provider_of, [Channel.SMS, Channel.WHATSAPP]) if isinstance(account, Twilio)]
    if not any(twilio.is_signed(account.token, url, pairs, signature) for account in accounts):
        return _refused("CALLBACK_SIGNATURE_INVALID", 403, "This call-back is not signed by the provider.")
    sid, status, code = (fields.get(name, "") for name in ("MessageSid", "MessageStatus", "ErrorCode"))
    row = Notification.objects.exclude(channel=Channel.MAIL).filter(pk=message).first()
    if row is None or not _is_id(sid) or row.provider_id not in {"", sid}:
        return _unknown()
    if status in twilio.ARRIVED:
        row.arrived(sid)
    elif status in twilio.CAME_BACK:
        row.came_back(sid, f"Twilio could not deliver the message: {status} {code}".strip())
    return HttpResponse(status=204)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def from_meta(request: HttpRequest) -> HttpResponseBase:
    return _challenge(request) if request.method == "GET" else _statuses(request)


def _challenge(request: HttpRequest) -> HttpResponseBase:
    """Meta asks once whether the address is ours: we answer with what it sent, if it knows our word."""
    token, given = settings.WHATSAPP_VERIFY_TOKEN, request.GET.get("hub.verify_token", "")
    is_ours = token and hmac.compare_digest(token.encode(), given.encode())
    if request.GET.get("hub.mode") != "subscribe" or not is_ours:
        return _refused("CALLBACK_TOKEN_INVALID", 403, "The verification token is not the one that is set.")
    return HttpResponse(request.GET.get("hub.challenge", ""), content_type="text/plain")


def _statuses(request: HttpRequest) -> HttpResponseBase:
    body, secret = request.read(MAX_META), settings.WHATSAPP_APP_SECRET
    if not secret or not cloud.is_signed(secret, body, request.headers.get("X-Hub-Signature-256", "")):
        return _refused("CALLBACK_SIGNATURE_INVALID", 403, "This call-back is not signed by the provider.")
    told = list(_told(body))
    known = [_take(status) for status in told]
    # Also answers of participants come here; those are none of ours and are taken without a word.
    return HttpResponse(status=200) if any(known) or not told else _unknown()


def _told(body: bytes) -> Iterator[dict[str, Any]]:
    """Every status in it that is about one of our messages or might be."""
    try:
        found = json.loads(body)
    except ValueError:
        return
    for entry in _dicts(found, "entry"):
        for change in _dicts(entry, "changes"):
            yield from _dicts(change.get("value"), "statuses")


def _dicts(within: object, name: str) -> list[dict[str, Any]]:
    found = within.get(name) if isinstance(within, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _take(status: dict[str, Any]) -> bool:
    """False for a message that we do not know."""
    message_id, state = str(status.get("id", "")), status.get("status")
    row = _row(message_id, str(status.get("biz_opaque_callback_data", "")))
    if row is None:
        return False
    if state in {"delivered", "read"}:
        row.arrived(message_id)
    elif state == "failed":
        errors = "; ".join(cloud.error_words(error) for error in _dicts(status, "errors"))
        row.came_back(message_id, f"WhatsApp could not deliver the message: {errors}")
    return True


def _row(message_id: str, reference: str) -> Notification | None:
    """By our own reference, which is there before the provider's id is stored; a failure may come without it."""
    rows = Notification.objects.filter(channel=Channel.WHATSAPP)
    if not _is_id(message_id):
        return None
    if reference.isdecimal() and len(reference) < 19:
        rows = rows.filter(pk=int(reference), provider_id__in=["", message_id])
    else:
        rows = rows.filter(provider_id=message_id)
    return rows.first()


def _is_id(text: str) -> bool:
    return 0 < len(text) <= 200 and is_storable(text)


def _unknown() -> JsonResponse:
    return _refused("CALLBACK_UNKNOWN", 404, "This call-back is about no message of ours.")


def _refused(code: str, status: int, detail: str) -> JsonResponse:
    return JsonResponse({"message": code, "detail": detail}, status=status)
