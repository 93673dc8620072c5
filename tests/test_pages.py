"""Every page of the site by its address: its policy, nothing inline in it, and other languages to choose."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path, reverse
from django.urls.converters import IntConverter

from rubrica import clock
from rubrica.completing.tests.conftest import begin, make_template
from rubrica.console.tests.test_records import SHAPE
from rubrica.drafting.models import Draft
from rubrica.processes.models import Process
from rubrica.records import definitions, saving
from tests import pdfs, sending
from tests.cast import Acme, signed_in
from tests.sending import deliver, person, slot, somebody

pytestmark = pytest.mark.django_db
BROWSERS = {"accept": "text/html"}
PROGRAMS = {"aero", "auco", "api-1.0.0"}  # answer no pages


def fails(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("on our side")


urlpatterns = [path("fails", fails)]
handler500 = "rubrica.web.errors.server_error"


class Inline(HTMLParser):
    """What the policy would forbid, and who may find it: ``found`` is told as the markup has it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()
        self.languages = 0
        self.language = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.tags.add(tag)
        self.languages += "hreflang" in said or (said.get("name") == "language" and tag in {"button", "select"})
        self.language = said.get("lang") or "" if tag == "html" else self.language
        runs = [name for name, value in attrs if name.startswith("on") or (value or "").startswith("javascript:")]
        if runs or "style" in said or tag == "style" or (tag == "script" and "src" not in said):
            self.found.append(self.get_starttag_text() or tag)


def faults(answer: Any) -> list[str]:
    """Of one answer; none for what is no page."""
    if not answer.headers.get("Content-Type", "").startswith("text/html") or answer.streaming or not answer.content:
        return []
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    page = Inline(answer.content.decode())
    if "sandbox" in policy:  # a mail as it was sent, in a frame where nothing runs
        return [] if "allow-scripts" not in policy["sandbox"] and policy["default-src"] == "'none'" else ["sandbox"]
    told = list(page.found)
    told += [
        f"{name} {value}" for name, value in policy.items() if "unsafe" in value or "*" in value or "http" in value
    ]
    told += [f"no {name}" for name in ("script-src", "style-src", "frame-ancestors") if name not in policy]
    told += ["default-src"] if policy.get("default-src") != "'none'" else []
    if "html" in page.tags:  # a part of a page comes without the rest
        told += ["no language"] if not page.language else []
        told += ["no other language"] if page.languages < 3 else []
        told += [f"no {tag}" for tag in ("title", "main", "h1") if tag not in page.tags]
    return told


def addresses(known: dict[str, Any], patterns: Any = None, before: str = "", space: str = "") -> Iterator[str]:
    """Each address that has a name; what it takes is ``known``, or nothing that is there."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            yield from addresses(known, one.url_patterns, before, ":".join(filter(None, [space, one.namespace])))
        elif isinstance(one, URLPattern) and one.name and space not in PROGRAMS:
            takes = one.pattern.converters
            name = f"{space}:{one.name}" if space else one.name
            given = {key: known.get(key, 1 if isinstance(kind, IntConverter) else "x") for key, kind in takes.items()}
            try:
                yield reverse(name, kwargs=given)
            except Exception:
                outer = {key: known[key] for key in ("token",) if key in known}
                yield reverse(name, kwargs=given | outer)


@pytest.fixture
def known(acme: Acme) -> dict[str, Any]:
    """One of each thing that an address may name."""
    process = sending.start_signing(acme, person("Ana Pérez", "ID card"))
    photo = deliver(acme, slot(process, "ID card"))
    shape = definitions.create(acme.organization, SHAPE, acme.owner)
    record = saving.create(shape, {"title": "First"}, acme.owner)
    draft = Draft.begin(acme.owner)
    paper = draft.add("contract", [[612, 792]] * 2, sending.keep(acme, pdfs.contract()), "contract.pdf")
    template = make_template(acme)
    return {
        "process": process.public_id,
        "code": process.documents.get().code,
        "participant": somebody(process).public_id,
        "file": slot(process, "ID card").pk,
        "submission": photo.pk,
        "token": sending.link(somebody(process)).rpartition("/")[2],
        "definition": shape.key,
        "record": record.key,
        "draft": draft.public_id,
        "paper": paper.pk,
        "template": template.public_id,
        "dialect": "participant",
        "completion": begin(acme, template, {"canon": "1500000", "correo": "ana@example.com"}).issue_link(),
    }


def ask(client: Client, address: str) -> Any:
    answer = client.get(address, headers=BROWSERS)
    if answer.streaming:
        list(answer)  # a file or a table: reading to the end is what closes it
    return answer


def test_every_address_of_members(acme: Acme, known: dict[str, Any]) -> None:
    olga = signed_in(acme.owner)
    seen: set[str] = set()
    wrong: dict[str, list[str]] = {}
    for address in addresses(known):
        answer = ask(olga, address)
        assert answer.status_code < 500, address
        seen |= {address} if answer.status_code == 200 else set()
        if told := faults(answer):
            wrong[address] = told
    assert not wrong
    assert len(seen) > 50 and {"/console/records", "/verify", "/accounts/logout/"} <= seen
    assert {f"/console/processes/{known['process']}", f"/s/{known['token']}"} <= seen


def test_every_state_of_the_page_of_a_participant(acme: Acme, known: dict[str, Any]) -> None:
    wrong: dict[str, list[str]] = {}
    form = f"/c/{known['completion'].rpartition('/')[2]}"
    for name, link in [*links(acme), ("form", form)]:
        answer = ask(Client(), link)
        if told := faults(answer) or ([] if b"<h1" in answer.content else ["no page"]):
            wrong[name] = told
    assert not wrong


def links(acme: Acme) -> Any:
    """Of people in each state."""
    ana, luis = person("Ana Pérez", "ID card"), person("Luis Gómez", order=2)
    begun = sending.start_signing(acme, ana, luis)
    yield "fresh", sending.link(somebody(begun, "Ana"))
    yield "not their turn", sending.link(somebody(begun, "Luis"))
    done = sending.start_signing(acme, person("Ana Pérez"), person("Luis Gómez"))
    first = somebody(done, "Ana")
    first.sign(kind="type", text="Ana", image=None, by=first.actor())
    yield "done", sending.link(first)
    for role in ("approver", "reader"):
        one = sending.start_signing(acme, person("Ana Pérez", role=role), person("Luis Gómez"))
        yield role, sending.link(somebody(one, "Ana"))
    for kind in ("otp", "photo"):
        asked = {"checks": [kind], "otp_channel": "mail", "compare": False, "claimed": {}}
        one = sending.start_signing(acme, person("Ana Pérez", identity=asked))
        yield kind, sending.link(somebody(one))
        one.participants.update(status="BLOCK")
        yield f"{kind} blocked", sending.link(somebody(one))
    for state in (Process.State.REJECTED, Process.State.CANCELLED, Process.State.EXPIRED, Process.State.EDITING):
        ended = sending.start_signing(acme, person("Ana Pérez"))
        Process.objects.filter(pk=ended.pk).update(state=state, ended_at=clock.now())
        yield str(state), sending.link(somebody(ended))
    yield "unknown", f"/s/{'x' * 43}"


def test_pages_that_are_none(acme: Acme, settings: Any) -> None:
    """Not there, not for you, too late, not signed in, and an error on our side."""
    viewer = signed_in(acme.reviewer)
    checks_tokens = Client(enforce_csrf_checks=True)
    checks_tokens.force_login(acme.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    answers = {
        404: ask(Client(), "/nothing/here"),
        403: ask(viewer, "/outbox"),
        (403, "form"): checks_tokens.post(reverse("console:language"), {"language": "en"}),
        200: ask(Client(), reverse("account_login")),
    }
    settings.ROOT_URLCONF = __name__
    answers[500] = ask(Client(raise_request_exception=False), "/fails")
    assert {key: faults(answer) for key, answer in answers.items()} == {key: [] for key in answers}
    assert [answer.status_code for answer in answers.values()] == [404, 403, 403, 200, 500]


def test_the_styleguide_is_for_developers_alone(client: Client, settings: Any) -> None:
    assert ask(client, "/styleguide").status_code == 404
    settings.DEBUG = True
    answer = ask(client, "/styleguide")
    assert faults(answer) == []
    page = answer.content.decode()
    assert page.count("theme-dark") == page.count("theme-light") > 20
    assert all(
        shown in page for shown in ('aria-busy="true"', 'data-shows="hover"', 'aria-invalid="true"', " disabled")
    )


def test_a_page_speaks_the_language_that_is_asked_for_and_goes_on_to(client: Client) -> None:
    assert 'lang="pt"' in ask(client, "/verify?lang=pt").content.decode()
    assert '<html lang="pt"' in ask(client, "/nothing/here").content.decode()
    assert '<html lang="pt"' in ask(client, "/verify?lang=xx").content.decode()
    assert '<html lang="en"' in ask(client, "/verify?lang=en").content.decode()


def test_an_error_speaks_the_language_of_the_member(acme: Acme) -> None:
    acme.owner.language = "pt"
    acme.owner.save()
    assert '<html lang="pt"' in ask(signed_in(acme.owner), "/nothing/here").content.decode()
