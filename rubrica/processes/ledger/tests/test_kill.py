"""kill -9 while a day is closed or its head is signed: afterwards there is all of it, once."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from rubrica.processes import jobs
from rubrica.processes.ledger.checking import check
from rubrica.processes.ledger.tests.days import Days
from rubrica.processes.models import LedgerHead, LedgerLeaf, LedgerNode, LedgerSignature
from tests import queue, sending
from tests.cast import Acme

ROOT = Path(__file__).resolve().parents[4]
JOBS = ("close_ledger", "sign_ledger_head")
# Where it dies: the module, the function that is its last step, how often that has run by then, and heads afterwards.
DEATHS = [("closing", "insert", 1, 0), ("heads", "_add", 1, 1)]
WORKER = """
import datetime, importlib, os, signal, sys
import django
django.setup()
from rubrica import clock
from rubrica.processes import jobs
from rubrica.processes.ledger import closing
moment, module, name, times = datetime.datetime.fromisoformat(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
clock.now = lambda: moment
room = importlib.import_module(f"rubrica.processes.ledger.{module}")
ordinary, calls = getattr(room, name), []
def deadly(*arguments):
    found = ordinary(*arguments)
    calls.append(arguments)
    if len(calls) == times:
        os.kill(os.getpid(), signal.SIGKILL)
    return found
setattr(room, name, deadly)
for organization_id in closing.organizations_behind():
    closing.close_days(organization_id)
from rubrica.processes.ledger import heads
for head_id in heads.unsigned():
    heads.sign(head_id)
"""


@pytest.mark.parametrize(("module", "name", "times", "left"), DEATHS)
def test_a_worker_that_is_killed_leaves_all_or_nothing(
    acme: Acme, days: Days, settings: Any, tmp_path: Path, module: str, name: str, times: int, left: int
) -> None:
    settings.DATA_DIR = tmp_path / "data"
    for _ in range(3):
        sending.start(acme)
    days.pass_midnight()
    address = urlsplit(os.environ["RUBRICA_DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "rubrica.settings",
        "RUBRICA_DATABASE_URL": address.geturl(),
        "RUBRICA_SECRET_KEY": settings.SECRET_KEY,
        "RUBRICA_DATA_DIR": str(tmp_path / "data"),
    }
    command = [sys.executable, "-c", WORKER, days.now.isoformat(), module, name, str(times)]
    died = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert (LedgerHead.objects.count(), LedgerLeaf.objects.count()) == (left, 3 * left)
    assert LedgerSignature.objects.count() == 0
    jobs.close_ledgers.func(timestamp=0)
    queue.run(*JOBS)
    counts = [model.objects.count() for model in (LedgerHead, LedgerLeaf, LedgerNode, LedgerSignature)]
    assert counts == [1, 3, 4, 1]
    assert check().faults == []
