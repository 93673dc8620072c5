"""Run with the settings of the tour's server: ``build`` fills it, ``speak en`` lets its members read English, and
``long 30 5`` asks for five signatures below documents of thirty pages.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rubrica.settings")
PATIENCE = 180  # seconds for a seal and the mail


def main() -> None:
    django.setup()
    from rubrica import tenancy

    tenancy.operate()
    work, *more = sys.argv[1:]
    print(json.dumps(WORKS[work](*more)))


def build() -> dict[str, Any]:
    from rubrica.completing.models import Completion
    from tools.tour import cast, desk

    stage = cast.Stage(cast.company(), {}, {})
    cast.act(stage)
    addresses = desk.lay(stage)
    until_sealed(stage.processes["Terminado"].pk)
    stage.links["form"] = Completion.objects.get().issue_link()  # the mail with the one before has gone out
    links = {name: urlsplit(link).path for name, link in stage.links.items()}
    return {"addresses": addresses, "links": links}


def until_sealed(pk: int) -> None:
    from rubrica.notify.models import OutboxMessage
    from rubrica.processes.models import Process

    ends = time.monotonic() + PATIENCE
    sealed, mailed = Process.objects.filter(pk=pk, state="finished"), OutboxMessage.objects.filter(text__contains="/c/")
    while not (sealed.exists() and mailed.exists()):
        if time.monotonic() > ends:
            raise SystemExit("The worker of the tour's server has not sealed what was signed.")
        time.sleep(0.3)


def speak(language: str) -> dict[str, Any]:
    from rubrica.accounts.models import Member
    from rubrica.processes.models import Participant

    Member.objects.update(language=language)
    return {"people": Participant.objects.update(language=language)}


def long(pages: str, times: str) -> dict[str, Any]:
    from tests import pdfs, sending
    from tools.tour import cast

    acme, links = cast.company(), []
    for number in range(int(times)):
        pdf = pdfs.contract(int(pages), f"Long {number}")
        ana = sending.person("Ana Ruiz", places=cast.PLACE)
        links.append(sending.link(sending.somebody(sending.start(acme, ana, pdf=pdf))))
    return {"links": [urlsplit(link).path for link in links]}


WORKS: dict[str, Callable[..., dict[str, Any]]] = {"build": build, "speak": speak, "long": long}

if __name__ == "__main__":
    main()
