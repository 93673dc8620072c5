"""Twilio's Messages resource, for SMS and WhatsApp, and the signature of its status call-backs.

https://www.twilio.com/docs/messaging/api/message-resource and https://www.twilio.com/docs/usage/security
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from urllib.parse import urlsplit

from rubrica.notify import calls
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.models import Channel
from rubrica.notify.providers import Twilio
from rubrica.notify.short import Words

ARRIVED = {"delivered", "read"}
CAME_BACK = {"failed", "undelivered", "canceled"}


def send(account: Twilio, channel: str, number: str, words: Words, template: str, call_back: str) -> str:
    """Gives the SID of the message. ``template`` is a ContentSid; ``call_back`` may be empty. Raises DeliveryFailed."""
    prefix = "whatsapp:" if channel == Channel.WHATSAPP else ""
    form = {"To": prefix + number, **_sender(account, prefix), **_content(words, template)}
    if call_back:
        form["StatusCallback"] = call_back
    path = f"/2010-04-01/Accounts/{account.account}/Messages.json"
    answer = calls.post(account.base, path, data=form, auth=(account.account, account.token))
    said = calls.json_of(answer)
    if not answer.is_success:
        raise calls.refused("Twilio", answer, f"{said.get('code', '')} {said.get('message', '')}")
    sid = said.get("sid")
    if not isinstance(sid, str) or not sid:
        raise DeliveryFailed("Twilio answered without the SID of a message; see whether the address is right.")
    return sid


def _sender(account: Twilio, prefix: str) -> dict[str, str]:
    if account.service:
        return {"MessagingServiceSid": account.service}
    return {"From": prefix + account.sender}


def _content(words: Words, template: str) -> dict[str, str]:
    if not template:
        return {"Body": words.text}
    numbered = {str(place): value for place, value in enumerate(words.variables, 1)}
    return {"ContentSid": template, "ContentVariables": json.dumps(numbered, ensure_ascii=False)}


def is_signed(token: str, url: str, fields: Iterable[tuple[str, str]], signature: str) -> bool:
    """Base64 of HMAC-SHA1 over the address and then every field with its value, in the order of their names.

    Twilio adds the port of https to the address or leaves it out, so both count.
    """
    pairs = "".join(name + value for name, value in sorted(set(fields)))
    return any(hmac.compare_digest(_signature(token, form + pairs), signature.encode()) for form in _forms(url))


def _signature(token: str, text: str) -> bytes:
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest())


def _forms(url: str) -> set[str]:
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}[parts.scheme]
    host = parts.netloc.removesuffix(f":{port}")
    return {parts._replace(netloc=netloc).geturl() for netloc in (host, f"{host}:{port}", parts.netloc)}
