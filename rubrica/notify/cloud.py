"""The WhatsApp Cloud API: messages of a telephone number, and the signature of Meta's call-backs.

https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
"""

import hashlib
import hmac
from typing import Any

from rubrica.notify import calls
from rubrica.notify.delivery import DeliveryFailed
from rubrica.notify.providers import CloudNumber
from rubrica.notify.short import Words

# Meta's own codes of what passes or is ours to mend; the HTTP status beside them is not reliable.
PASSES = {0, 1, 2, 3, 4, 10, 190, 80007, 130429, 131000, 131005, 131016, 131042, 131048, 131056, 131057, 133004, 133016}


def send(number: CloudNumber, to: str, words: Words, template: str, language: str, reference: str) -> str:
    """Gives the id of the message. ``reference`` comes back with every status. Raises DeliveryFailed."""
    body = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": to.removeprefix("+"),
        "biz_opaque_callback_data": reference,
        **(_template(words, template, language) if template else _text(words)),
    }
    headers = {"Authorization": f"Bearer {number.token}"}
    answer = calls.post(number.base, f"/{number.number_id}/messages", json=body, headers=headers)
    said = calls.json_of(answer)
    if not answer.is_success:
        error = said.get("error")
        error = error if isinstance(error, dict) else {}
        raise calls.refused("WhatsApp", answer, error_words(error), passes=error.get("code") in PASSES)
    try:
        return str(said["messages"][0]["id"])
    except (LookupError, TypeError):
        raise DeliveryFailed(
            "WhatsApp answered without the id of a message; see whether the address is right."
        ) from None


def error_words(error: dict[str, Any]) -> str:
    data = error.get("error_data")
    details = data.get("details", "") if isinstance(data, dict) else ""
    return f"{error.get('code', '')} {error.get('message') or error.get('title') or ''} {details}".strip()


def _text(words: Words) -> dict[str, Any]:
    return {"type": "text", "text": {"preview_url": False, "body": words.text}}


def _template(words: Words, name: str, language: str) -> dict[str, Any]:
    parameters = [{"type": "text", "text": value} for value in words.variables]
    components: list[dict[str, Any]] = [{"type": "body", "parameters": parameters}]
    if words.kind == "code":
        # A template of the category “authentication” has a button that copies the code, and it wants it once more.
        components.append({"type": "button", "sub_type": "url", "index": "0", "parameters": parameters})
    template = {"name": name, "language": {"code": language}, "components": components}
    return {"type": "template", "template": template}


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """``X-Hub-Signature-256``: HMAC-SHA256 of the body with the app's secret, in hexadecimal."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={expected}".encode(), signature.encode())
