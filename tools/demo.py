"""``make demo``: the whole main job over HTTP, against a running server or one of its own."""

import base64
import contextlib
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from tools import sample
from tools.demo_organization import credentials
from tools.frontend import BIN, ROOT

OUT = ROOT / "out" / "demo"
Json = dict[str, Any]


@dataclass
class Demo:
    """A server, the secrets of its organization Demo, and a browser session of its owner."""

    url: str
    secrets: dict[str, str]
    web: httpx.Client

    def auco(self, method: str, path: str, body: Json | None = None, **query: str) -> Json:
        key = self.secrets["public_key"] if method == "GET" else self.secrets["private_key"]
        answer = self.web.request(
            method, f"{self.url}/v1.5/ext{path}", params=query, json=body, headers={"Authorization": key}
        )
        if answer.status_code != 200:
            raise SystemExit(f"{method} {path} answered {answer.status_code}: {answer.text}")
        found: Json = answer.json()
        return found

    def sign_in(self) -> None:
        form = self.web.get(f"{self.url}/accounts/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
        assert token, "the login page has a form"
        fields = {"login": self.secrets["email"], "password": self.secrets["password"], "csrfmiddlewaretoken": token[1]}
        self.web.post(f"{self.url}/accounts/login/", data=fields, headers={"Referer": form.url.__str__()})

    def link_mailed_to(self, email: str, subject: str) -> str:
        """The newest link in the outbox for this address; waits for the mail."""
        link: str = until(lambda: self._find_link(email, subject), f"the mail to {email}")
        return link

    def _find_link(self, email: str, subject: str) -> str | None:
        page = self.web.get(f"{self.url}/outbox").text
        for pk in dict.fromkeys(re.findall(r'href="/outbox/(\d+)"', page)):
            message = self.web.get(f"{self.url}/outbox/{pk}").text
            link = re.search(re.escape(self.url) + r"/s/[A-Za-z0-9_-]+", message)
            if email in message and subject in message and link:
                return link[0]
        return None


def until(find: Any, what: str, seconds: float = 90) -> Any:
    """Asks again until there is something. Ends with a sentence when it takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if found := find():
                return found
        time.sleep(0.3)
    raise SystemExit(f"Waited {seconds:.0f} s for {what} in vain.")


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def main() -> None:
    with server() as (url, secrets), httpx.Client(timeout=60, follow_redirects=True) as web:
        demo = Demo(url, secrets, web)
        demo.sign_in()
        say(f"server            {url}")
        package, code, subject = send(demo)
        first = demo.link_mailed_to("ana@example.com", subject)
        say("mail              Ana has her link; Luis, who comes second, has none yet")
        deliver(demo, first, "Ana Ruiz")
        sign(demo, first, {"kind": "draw", "image": data_url(sample.signature()), "consent": True})
        second = demo.link_mailed_to("luis@example.com", subject)
        say("mail              Luis has his link now")
        deliver(demo, second, "Luis Gómez")
        sign(demo, second, {"kind": "type", "text": "Luis Gómez", "consent": True})
        review(demo, package, first)
        finish(demo, code)


def send(demo: Demo) -> tuple[str, str, str]:
    subject = f"Please sign, no. {int(time.time())}"
    people = [("Ana Ruiz", "ana@example.com", 0.48), ("Luis Gómez", "luis@example.com", 0.92)]
    body = {
        "email": demo.secrets["email"],
        "name": "Services agreement",
        "packageName": "Onboarding Ana and Luis",
        "subject": subject,
        "message": "Please send your papers and sign the agreement.",
        "file": base64.b64encode(sample.contract()).decode(),
        "signProfile": [
            {
                "name": name,
                "email": email,
                "phone": "+573000000000",
                "order": str(order),
                "position": [{"page": 2, "x": x, "y": 0.9, "w": 180, "h": 70}],
                "files": [{"name": "ID card"}, {"name": "Proof of address", "optional": True}],
            }
            for order, (name, email, x) in enumerate(people, 1)
        ],
    }
    made = demo.auco("POST", "/attachments", body)
    say(f"sent              package {made['package']}, document {made['code']}")
    return made["package"], made["code"], subject


def deliver(demo: Demo, link: str, name: str) -> None:
    state = demo.web.get(f"{link}/state").json()
    slot = next(file for file in state["files"] if file["status"] in {"missing", "rejected"})
    upload(demo, link, slot["id"], f"card of {name}.jpg", sample.card(name))
    say(f"delivered         {name}: {slot['name']}")


def upload(demo: Demo, link: str, slot: str, file_name: str, content: bytes) -> None:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name)}"}
    answer = demo.web.put(f"{link}/files/{slot}", content=content, headers=headers)
    if answer.status_code != 200:
        raise SystemExit(f"The upload answered {answer.status_code}: {answer.text}")


def sign(demo: Demo, link: str, body: Json) -> None:
    answer = demo.web.post(f"{link}/signature", json=body)
    if answer.status_code != 200:
        raise SystemExit(f"The signature answered {answer.status_code}: {answer.text}")
    say(f"signed            {answer.json()['participant']['name']} ({body['kind']})")


def data_url(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def review(demo: Demo, package: str, first: str) -> None:
    """Sends Ana's card back once, gets a better one, and approves everything."""
    people = demo.auco("GET", "/attachments", package=package)["signers"]
    call = {"package": package, "file": "ID card"}
    ana, luis = people[0]["userId"], people[1]["userId"]
    reason = "The number cannot be read."
    demo.auco("POST", "/attachments/review", {**call, "userId": ana, "decision": "reject", "reason": reason})
    say(f"sent back         Ana's ID card: {reason}")
    deliver(demo, first, "Ana Ruiz")
    for person, name in ((ana, "Ana"), (luis, "Luis")):
        answer = demo.auco("POST", "/attachments/review", {**call, "userId": person, "decision": "approve"})
        say(f"approved          {name}'s ID card ({answer['status']})")


def finish(demo: Demo, code: str) -> None:
    def finished() -> Json | None:
        found = demo.auco("GET", "/document", code=code)
        return found if found["status"] == "FINISH" else None

    found = until(finished, "the seal")
    folder = OUT / code
    folder.mkdir(parents=True, exist_ok=True)
    sealed = folder / "sealed.pdf"
    sealed.write_bytes(demo.web.get(found["url"]).content)
    say(f"sealed            {sealed.stat().st_size} bytes")
    report = subprocess.run(
        [BIN / "rubrica", "verify", str(sealed), "--json"], capture_output=True, text=True, check=False
    )
    (folder / "verification.json").write_text(json.dumps(json.loads(report.stdout), indent=2, ensure_ascii=False))
    say(f"verified          {'intact' if report.returncode == 0 else 'NOT INTACT'}")
    say(f"folder            {folder}")
    raise SystemExit(report.returncode)


@contextlib.contextmanager
def server() -> Iterator[tuple[str, dict[str, str]]]:
    """The running server of this folder where one answers, else one of our own with its own data."""
    data_dir = Path(os.environ.get("RUBRICA_DATA_DIR", "./var")).resolve()
    url = os.environ.get("RUBRICA_PUBLIC_URL", f"http://127.0.0.1:{os.environ.get('RUBRICA_PORT', '8000')}")
    if (data_dir / "demo.json").exists() and answers(url):
        os.environ["RUBRICA_DATA_DIR"] = str(data_dir)
        yield url, credentials(data_dir)
        return
    data_dir, port = OUT / "data", free_port()
    data_dir.mkdir(parents=True, exist_ok=True)
    url = f"http://127.0.0.1:{port}"
    os.environ |= {"RUBRICA_DATA_DIR": str(data_dir), "RUBRICA_PUBLIC_URL": url, "RUBRICA_LOG_LEVEL": "WARNING"}
    secrets = credentials(data_dir)
    process = subprocess.Popen([BIN / "rubrica", "serve", "--port", str(port)], stdout=subprocess.DEVNULL)
    try:
        until(lambda: answers(url), "the server")
        yield url, secrets
    finally:
        process.terminate()
        process.wait()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
