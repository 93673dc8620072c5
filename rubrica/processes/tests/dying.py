"""Seals documents in children of its own that are killed at a named step: a program, run by ``test_dying``.

A program and not a fork of the test, because the typesetter has threads that a fork would leave behind. Each line of
its input is ``document step``: the child dies when that step is done, and the answer is how it ended. With the step
``-`` nobody is killed, and two children seal at the same time. A document that each signs and that is open yet gets
the signatures that were given.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from types import SimpleNamespace
from typing import Any

import django


def steps() -> dict[str, tuple[Any, str]]:
    """Each step of a seal, and the function that does it, in the order in which they come."""
    from rubrica.files.models import Blob
    from rubrica.processes import finale
    from rubrica.processes.models import Process
    from rubrica.sealing.writing import seal

    return {
        "typeset": (seal, "typeset"),
        "copy": (shutil, "copyfile"),
        "append": (seal, "_by_us"),
        "sign": (seal, "_sign"),
        "check": (seal, "_checked"),
        "rename": (os, "replace"),
        "sync": (seal, "_sync_folder"),
        "keep": (Blob, "keep"),
        "record": (Process, "record"),
        "tell": (Process, "document_sealed"),
        "publish": (finale, "_publish"),
    }


def signing_steps() -> dict[str, tuple[Any, str]]:
    """The same of the next signature in a document that each signs; ``write`` and ``check`` run in the sandbox."""
    from rubrica.files.models import Blob
    from rubrica.processes import signing
    from rubrica.processes.models import Process
    from rubrica.sealing.signers import each

    return {
        "key": (signing, "key_for"),
        "stamp": (each, "typeset"),
        "copy in": (shutil, "copyfile"),
        "signature": (each, "sign_digest"),
        "gap": (each, "fill"),
        "name": (os, "replace"),
        "file": (Blob, "keep"),
        "event": (Process, "record"),
        "row": (signing, "_keep"),
    }


def main(database: str) -> None:
    django.setup()
    from django.db import connection

    from rubrica.processes import finale  # noqa: F401 - loaded once, and not by every child
    from rubrica.sealing.signers import eachwork  # noqa: F401
    from rubrica.sealing.typeset import typesetting

    connection.settings_dict["NAME"] = database
    typesetting._fonts()
    _check_in_place()
    for line in sys.stdin:
        document, _space, step = line.strip().partition(" ")
        children = [_child(int(document), step) for _child_of_two in range(2 if step == "-" else 1)]
        print(*(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children), flush=True)


def _check_in_place() -> None:
    """What runs in the sandbox without one around it, which every child would have to start anew."""
    from rubrica.sealing.signers import each
    from rubrica.sealing.writing import seal
    from rubrica.sealing.writing.selfcheck import check

    seal._checked = lambda work, expected: check(str(work), expected)
    vars(each)["sandbox"] = SimpleNamespace(run=lambda work, *arguments, **_limits: work(*arguments))


def _child(document_id: int, step: str) -> int:
    if child := os.fork():
        return child
    try:
        from rubrica.processes import finale
        from rubrica.processes.models import Document

        work = finale.seal_document
        if Document.objects.get(pk=document_id).state == Document.State.OPEN:
            work = finale.sign_in
        if step != "-":
            _die_after(step)
        work(document_id)
        os._exit(0)
    except BaseException as failure:
        print(repr(failure), file=sys.stderr, flush=True)
        os._exit(1)


def _die_after(step: str) -> None:
    owner, name = {**steps(), **signing_steps()}[step]
    does = getattr(owner, name)

    def dies(*arguments: Any, **named: Any) -> None:
        does(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, dies)


if __name__ == "__main__":
    main(sys.argv[1])
