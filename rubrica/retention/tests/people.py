"""Ana, who delivered and signed with Benito, and what an organization holds of her."""

from datetime import timedelta

from rubrica import clock
from rubrica.files.models import Blob
from rubrica.processes.models import Process
from tests import sending
from tests.cast import Acme
from tests.sending import REVIEWER, deliver, keep, person, slot, somebody

EMAIL = "ana@example.com"


def delivered(acme: Acme) -> Process:
    """Ana and Benito delivered their files, Ana's was sent back once, and all is approved."""
    process = sending.start(
        acme, person("Ana Pérez", "ID card"), person("Benito Ruiz", "Invoice"), name="Onboarding Ana Pérez"
    )
    deliver(acme, slot(process, "ID card"), sending.picture(color="#111111"))
    slot(process, "ID card").reject("Ana Pérez cannot be read", REVIEWER)
    deliver(acme, slot(process, "ID card"), sending.picture(color="#222222"))
    deliver(acme, slot(process, "Invoice"), sending.picture(color="#333333"))
    for name in ("ID card", "Invoice"):
        slot(process, name).approve(REVIEWER)
    return Process.objects.get(pk=process.pk)


def signed(acme: Acme) -> Process:
    """Ana and Benito signed; the seal is left out."""
    process = sending.start_signing(acme, person("Ana Pérez"), person("Benito Ruiz"))
    for name in ("Ana", "Benito"):
        one = somebody(process, name)
        drawn = keep(acme, sending.picture("PNG", "#0000ff" if name == "Ana" else "#00ff00"))
        one.sign(
            kind="draw",
            text="",
            image=drawn,
            by=one.actor("198.51.100.77" if name == "Ana" else "198.51.100.88", "Firefox of " + name),
        )
    sending.finish_sealing(process)
    return Process.objects.get(pk=process.pk)


def long_ago(process: Process, days: int) -> None:
    past = clock.now() - timedelta(days=days)
    Process.objects.filter(pk=process.pk).update(ended_at=past, created_at=past, updated_at=past)
    kept_long_ago(days)


def kept_long_ago(days: int = 2) -> None:
    """All bytes: nobody can be about to point at them."""
    Blob.objects.update(created_at=clock.now() - timedelta(days=days))
