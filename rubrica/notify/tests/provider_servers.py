"""Twilio and the WhatsApp Cloud API as their public documentation says they behave, over real HTTP on this machine.

They refuse what the real ones refuse: a wrong login, a field that is missing, superfluous or malformed.
"""

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

ACCOUNT, TOKEN = "AC" + "0123456789abcdef" * 2, "the auth token: with %/ signs"
NUMBER_ID, ACCESS_TOKEN = "106540352242922", "EAAJB-the access token"
TWILIO_FIELDS = {"To", "From", "MessagingServiceSid", "Body", "ContentSid", "ContentVariables", "StatusCallback"}
CLOUD_FIELDS = {"messaging_product", "recipient_type", "to", "type", "template", "text", "biz_opaque_callback_data"}
ADDRESS = re.compile(r"(whatsapp:)?\+[1-9]\d{6,14}")

Answer = tuple[int, dict[str, Any]]


@dataclass
class Call:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Provider:
    """``instead`` is answered once, or always with ``stubborn``, in place of what the call deserves."""

    port: int = 0
    calls: list[Call] = field(default_factory=list)
    accepted: list[dict[str, Any]] = field(default_factory=list)
    instead: Answer | None = None
    stubborn: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def answer(self, call: Call) -> Answer:
        self.calls.append(call)
        if self.instead is not None:
            answer, self.instead = self.instead, self.instead if self.stubborn else None
            return answer
        return self.judge(call)

    def judge(self, call: Call) -> Answer:
        raise NotImplementedError


class TwilioServer(Provider):
    """POST /2010-04-01/Accounts/{Sid}/Messages.json"""

    def judge(self, call: Call) -> Answer:
        if call.headers.get("authorization") != f"Basic {base64.b64encode(f'{ACCOUNT}:{TOKEN}'.encode()).decode()}":
            return self.refuse(401, 20003, "Authenticate")
        if call.path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
            return self.refuse(404, 20404, "The requested resource was not found")
        if call.headers.get("content-type") != "application/x-www-form-urlencoded":
            return self.refuse(400, 21600, "Not a form")
        given = {name: values[0] for name, values in parse_qs(call.body.decode(), strict_parsing=True).items()}
        if fault := self.fault(given):
            return fault
        self.accepted.append(given)
        sid = f"SM{len(self.accepted):032x}"
        return 201, {"sid": sid, "status": "queued", "account_sid": ACCOUNT, "error_code": None}

    def fault(self, given: dict[str, str]) -> Answer | None:
        if given.keys() - TWILIO_FIELDS:
            return self.refuse(400, 21600, f"Unknown parameters {given.keys() - TWILIO_FIELDS}")
        if not ADDRESS.fullmatch(given.get("To", "")):
            return self.refuse(400, 21211, f"Invalid 'To' Phone Number: {given.get('To')}")
        if ("From" in given) == ("MessagingServiceSid" in given):
            return self.refuse(400, 21603, "A 'From' phone number or a messaging service is required")
        if "From" in given and given["From"].startswith("whatsapp:") != given["To"].startswith("whatsapp:"):
            return self.refuse(400, 63007, "Twilio could not find a Channel with the specified From address")
        if ("Body" in given) == ("ContentSid" in given):
            return self.refuse(400, 21619, "A text message body or content is required")
        if "ContentSid" in given and not re.fullmatch(r"HX[0-9a-f]{32}", given["ContentSid"]):
            return self.refuse(400, 21656, "The ContentSid is invalid")
        if not self.are_variables(given.get("ContentVariables", "{}")):
            return self.refuse(400, 21656, "The ContentVariables Parameter is invalid.")
        return None

    def are_variables(self, text: str) -> bool:
        found = json.loads(text)
        places = [str(place) for place in range(1, len(found) + 1)]
        return list(found) == places and all(isinstance(value, str) and value for value in found.values())

    def refuse(self, status: int, code: int, message: str) -> Answer:
        return status, {"code": code, "message": message, "more_info": f"https://x/{code}", "status": status}


class CloudServer(Provider):
    """POST /{version}/{phone number id}/messages"""

    def judge(self, call: Call) -> Answer:
        if call.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
            return self.refuse(401, 190, "Invalid OAuth access token")
        if call.path != f"/v23.0/{NUMBER_ID}/messages":
            return self.refuse(400, 100, "Unsupported post request")
        if call.headers.get("content-type") != "application/json":
            return self.refuse(400, 100, "Not JSON")
        given = json.loads(call.body)
        if fault := self.fault(given):
            return self.refuse(400, 100, f"Invalid parameter: {fault}")
        self.accepted.append(given)
        message = {"id": f"wamid.{len(self.accepted):032d}", "message_status": "accepted"}
        contact = {"input": given["to"], "wa_id": given["to"]}
        return 200, {"messaging_product": "whatsapp", "contacts": [contact], "messages": [message]}

    def fault(self, given: dict[str, Any]) -> str:
        if given.keys() - CLOUD_FIELDS or given.get("messaging_product") != "whatsapp":
            return "messaging_product"
        if not re.fullmatch(r"[1-9]\d{6,14}", given.get("to", "")):
            return "to"
        reference = given.get("biz_opaque_callback_data")
        if not isinstance(reference, str) or len(reference) > 512:
            return "biz_opaque_callback_data"
        if given.get("type") == "text":
            return "" if given.get("text", {}).get("body") and "template" not in given else "text"
        if given.get("type") != "template" or "text" in given:
            return "type"
        return self.template_fault(given.get("template", {}))

    def template_fault(self, template: dict[str, Any]) -> str:
        if not re.fullmatch(r"[a-z0-9_]{1,512}", template.get("name", "")):
            return "template.name"
        if not re.fullmatch(r"[a-z]{2}(_[A-Z]{2})?", template.get("language", {}).get("code", "")):
            return "template.language"
        for component in template.get("components", []):
            if component["type"] == "button" and (component["sub_type"], component["index"]) != ("url", "0"):
                return "button"
            for parameter in component["parameters"]:
                # Meta's own words: no new-line or tab characters, or more than 4 consecutive spaces.
                if parameter["type"] != "text" or not parameter["text"] or re.search(r"[\n\t]| {5}", parameter["text"]):
                    return "parameter"
        return ""

    def refuse(self, status: int, code: int, message: str) -> Answer:
        return status, {"error": {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A"}}


@contextmanager
def serving(provider: Provider) -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said = provider.answer(Call(self.path, headers, body))
            content = json.dumps(said).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **provider.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
