"""A file by its address: over the one guarded way out, to disk as it comes; our own addresses without any call.

Redirects are followed a few times, and each goes through the same checks as the address that was sent.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings

from rubrica import database, tenancy
from rubrica.accounts.models import Organization
from rubrica.files import intake
from rubrica.files import links as plain_links
from rubrica.files.models import Blob
from rubrica.files.sharing import shared
from rubrica.records.attachments import links, names
from rubrica.records.attachments.incoming import Incoming
from rubrica.records.models import Attachment
from rubrica.webhooks import http

MOST_REDIRECTS = 3
REDIRECTS = {301, 302, 303, 307, 308}
PLAIN = "/files/"


FAILURES = {
    "NAME": "The host name of the address cannot be found.",
    "ADDRESS": "The address cannot be called: it is not public, or none at all.",
    "CONNECTION": "The server of the address cannot be reached.",
    "TLS": "The certificate of the server is not trusted.",
    "TIMEOUT": "Fetching the file took too long.",
    "ANSWER": "The answer of the server cannot be read.",
}


class NotFetched(intake.IntakeRefused):
    """The address cannot be used; the sentence says why."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__("URL_REFUSED", 400, sentence, **values)


@contextmanager
def fetched(organization: Organization, url: str, name: str, limit: int) -> Iterator[Incoming]:
    """The file at ``url``, called ``name`` or as the address says. Raises IntakeRefused."""
    try:
        own, last = _own(url), _last_part(url)
    except ValueError:
        raise _unreadable() from None
    if own is not None:
        blob, called = own
        clean = names.file_name(name or called)
        if blob.size > limit:
            raise intake.too_large(limit)
        yield Incoming(clean, shared(blob, organization))
        return
    clean = names.file_name(name or last)
    database.let_go()
    with intake.collecting(limit) as collector:
        _download(url, collector)
        yield Incoming(clean, collector.arrived())


def _own(url: str) -> tuple[Blob, str] | None:
    """What an address of ours leads to. Raises NotFetched when it is too old, or what it named is gone."""
    if (token := links.token_in(url)) is not None:
        try:
            with tenancy.every_organization("A signed link is itself the right to have the file."):
                found = Attachment.objects.select_related("blob").filter(key=links.key_of(token)).first()
        except links.LinkRefused:
            raise _dead() from None
        if found is None:
            raise _dead()
        return found.blob, found.name
    if url.startswith(settings.PUBLIC_URL + PLAIN):
        try:
            wanted = plain_links.read(url.removeprefix(settings.PUBLIC_URL + PLAIN).partition("/")[0])
        except plain_links.LinkRefused:
            raise _dead() from None
        # Pictures of faces and cards are erased one day, and a copy of them would stay.
        with tenancy.every_organization("As above."):
            blob = Blob.objects.filter(pk=wanted.blob_id, biometric=False).first()
        if blob is None:
            raise _dead()
        return blob, wanted.name
    return None


def _dead() -> NotFetched:
    return NotFetched("This address of ours has expired, or the file is deleted.")


def _unreadable() -> NotFetched:
    return NotFetched("The address cannot be read.")


def _download(url: str, collector: intake.Collector) -> None:
    deadline = time.monotonic() + settings.FETCH_SECONDS
    for _hop in range(MOST_REDIRECTS + 1):
        _check_scheme(url)
        answer = _call(url, collector, deadline - time.monotonic())
        if answer.status not in REDIRECTS or not answer.location:
            break
        try:
            url = urljoin(url, answer.location)
        except ValueError:
            raise _unreadable() from None
    else:
        raise NotFetched("The address redirects more than %(most)s times.", most=MOST_REDIRECTS)
    if answer.failure:
        raise NotFetched(FAILURES[answer.failure])
    if not answer.is_success:
        raise NotFetched("The file could not be fetched: the server answered %(answer)s.", answer=answer.status)


def _call(url: str, collector: intake.Collector, seconds: float) -> http.Answer:
    # One byte more than is taken, so that the collector sees what is too large.
    most = collector.limit + 1
    calling = http.send(
        "GET", url, headers={"Accept": "*/*"}, limit=most, seconds=max(0.0, seconds), into=collector.write
    )
    return asyncio.run(calling)


def _check_scheme(url: str) -> None:
    if not url.startswith("https://") and not (settings.FETCH_HTTP and url.startswith("http://")):
        raise NotFetched("The address must begin with https://.")


def _last_part(url: str) -> str:
    return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
