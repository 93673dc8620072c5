"""One whole signing as its people and their programs do it over HTTP, who try again when an answer does not come."""

import base64
import hashlib
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from tools import sample
from tools.trial.journal import Journal
from tools.trial.sinks import Sinks

Json = dict[str, Any]
PATIENCE = 1200.0  # seconds for one step; who waits longer gives up, and that is told
PAUSE = 0.5
AGAIN = {408, 425, 429, 500, 502, 503, 504}
CARD = sample.card("Ana Ruiz")
CONTRACT = base64.b64encode(sample.contract()).decode()


class GivenUp(Exception):
    """A step did not go through in all its time."""


@dataclass
class Tally:
    """Of all clients together; counting is safe enough for figures."""

    done: int = 0
    given_up: list[str] = field(default_factory=list)
    again: Counter[str] = field(default_factory=Counter)  # tries that were repeated, by why
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def percentile(self, step: str, share: float) -> float:
        found = sorted(self.seconds[step])
        return found[min(len(found) - 1, int(share * len(found)))] if found else 0.0


@dataclass
class World:
    """Where to, as whom, and what is written down."""

    url: str
    secrets: dict[str, str]
    owner: str
    journal: Journal
    sinks: Sinks
    tally: Tally = field(default_factory=Tally)
    patience: float = PATIENCE


class Signing:
    """Ana delivers a card and signs, then Luis signs; the card is approved, and the sealed PDF comes."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.web = httpx.Client(base_url=world.url, timeout=20)
        self.package = self.code = ""
        self.card = CARD + hashlib.sha256(name.encode()).digest()  # no two people send the same bytes
        self.people = {person: f"{person}.{name.replace(' ', '.').lower()}@example.com" for person in ("ana", "luis")}

    def run(self) -> None:
        """Raises GivenUp."""
        with self.web:
            self.step("create", self.create)
            links = {}
            for person in self.people:
                links[person] = self.step("mail", partial(self.link, person))
                if person == "ana":
                    self.step("upload", partial(self.upload, links["ana"]))
                self.step("sign", partial(self.sign, person, links[person]))
            self.step("review", self.approve)
            self.world.journal.write("over", package=self.package)
            self.step("seal", self.fetch)

    def step(self, name: str, work: Callable[[], Any]) -> Any:
        begun = time.monotonic()
        found = work()
        self.world.tally.seconds[name].append(time.monotonic() - begun)
        return found

    def noted(self, what: str, **more: Any) -> None:
        self.world.journal.write(what, package=self.package, code=self.code, name=self.name, **more)

    def create(self) -> None:
        profiles = [
            {"name": person.title(), "email": address, "phone": "+573000000000", "order": str(order),
             "files": [{"name": "ID card"}] if person == "ana" else []}
            for order, (person, address) in enumerate(self.people.items(), 1)
        ]  # fmt: skip
        body = {"email": self.world.owner, "name": self.name, "packageName": self.name, "subject": self.name,
                "message": "Please sign.", "file": CONTRACT, "signProfile": profiles}  # fmt: skip
        self.world.journal.write("asked", name=self.name)
        made = self.write("/v1.5/ext/attachments", body) or self.find()
        self.package, self.code = made["package"], made["code"]
        self.noted("created")

    def find(self) -> Json:
        """What a call has made whose answer was lost (``IDEMPOTENCY_ANSWER_LOST``)."""
        found = self.read("/v1.5/ext/processes", q=self.name)
        (one,) = [one for one in found["data"] if one["name"] == self.name]
        return {"package": one["package"], "code": one["codes"][0]}

    def link(self, person: str) -> str:
        found = self.world.sinks.link_for(self.people[person], time.monotonic() + self.world.patience)
        if found is None:
            raise GivenUp(f"{self.name}: no mail to {person}")
        return found

    def upload(self, link: str) -> None:
        slot = self.state(link)["files"][0]["id"]
        head = {"Content-Disposition": "attachment; filename=card.jpg"}
        self.ask("upload", "PUT", f"{link}/files/{slot}", content=self.card, headers=head)
        self.noted("uploaded", **self.of_card())

    def of_card(self) -> Json:
        return {"sha256": hashlib.sha256(self.card).hexdigest(), "size": len(self.card)}

    def sign(self, person: str, link: str) -> None:
        body = {"kind": "type", "text": person.title(), "consent": True}
        answer = self.ask("sign", "POST", f"{link}/signature", json=body, also={409})
        if answer.status_code == 409 and self.state(link)["participant"]["status"] != "FINISH":
            raise GivenUp(f"{self.name}: {person} cannot sign: {answer.text}")
        self.noted("signed", email=self.people[person])

    def state(self, link: str) -> Json:
        found: Json = self.ask("state", "GET", f"{link}/state").json()
        return found

    def approve(self) -> None:
        signers = self.read("/v1.5/ext/attachments", package=self.package)["signers"]
        ana = next(one for one in signers if one["email"] == self.people["ana"])
        call = {"package": self.package, "file": "ID card", "userId": ana["userId"], "decision": "approve"}
        self.write("/v1.5/ext/attachments/review", call)
        self.noted("approved", **self.of_card())

    def fetch(self) -> None:
        until = time.monotonic() + self.world.patience
        while (found := self.read("/v1.5/ext/document", code=self.code))["status"] != "FINISH":
            if time.monotonic() > until:
                raise GivenUp(f"{self.name}: it is not sealed")
            time.sleep(PAUSE)
        data = self.ask("download", "GET", found["url"]).content
        self.noted("sealed", sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        self.noted("done")

    def read(self, path: str, **query: str) -> Json:
        head = {"Authorization": self.world.secrets["public_key"]}
        found: Json = self.ask("read", "GET", path, params=query, headers=head).json()
        return found

    def write(self, path: str, body: Json) -> Json | None:
        """None where the work was done and its answer is lost."""
        head = {"Authorization": self.world.secrets["private_key"], "Idempotency-Key": str(uuid.uuid4())}
        answer = self.ask("write", "POST", path, json=body, headers=head, also={409})
        found: Json = answer.json()
        return None if found.get("message") == "IDEMPOTENCY_ANSWER_LOST" else found

    def ask(self, what: str, method: str, path: str, also: set[int] = frozenset(), **more: Any) -> httpx.Response:  # type: ignore[assignment]
        """Tries until there is an answer that says something. Raises GivenUp."""
        until, why = time.monotonic() + self.world.patience, ""
        while time.monotonic() < until:
            try:
                answer = self.web.request(method, path, **more)
            except httpx.TransportError as error:
                why = type(error).__name__
            else:
                busy = answer.status_code == 409 and "IDEMPOTENCY_KEY_IN_USE" in answer.text
                if answer.status_code == 200 or (answer.status_code in also and not busy):
                    return answer
                if answer.status_code not in AGAIN and not busy:
                    raise GivenUp(f"{self.name}: {what} was answered {answer.status_code}: {answer.text[:200]}")
                why = str(answer.status_code)
            self.world.tally.again[f"{what} {why}"] += 1
            time.sleep(PAUSE)
        raise GivenUp(f"{self.name}: {what} went on failing: {why}")
