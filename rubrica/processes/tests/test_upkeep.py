"""What is swept: temporary files of connections and jobs that died."""

import os
import time

from rubrica.files import storage
from rubrica.files.models import UploadTicket
from rubrica.processes import upkeep
from tests.cast import Acme


def test_old_arrivals_are_swept_and_young_ones_stay() -> None:
    folder = storage.incoming()
    for name in ("old", "young"):
        (folder / name).write_bytes(b"x")
        (folder / f"{name} folder").mkdir()
        (folder / f"{name} folder" / "sealed.pdf").write_bytes(b"x")
    past = time.time() - 2 * 24 * 3600
    for name in ("old", "old folder"):
        os.utime(folder / name, (past, past))
    assert upkeep.sweep_incoming() == 2
    assert sorted(path.name for path in folder.iterdir()) == ["young", "young folder"]


def test_dead_tickets_are_forgotten_and_young_ones_stay(acme: Acme) -> None:
    for days in (2, 0):
        UploadTicket.issue(acme.organization, "document", 1, seconds=-days * 24 * 3600)
    assert upkeep.forget_tickets() == 1
    assert UploadTicket.objects.count() == 1
