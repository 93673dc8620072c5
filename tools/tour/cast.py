"""Who is on the stage of the tour, and what they have been asked: one process for each thing that can happen to one."""

from dataclasses import dataclass
from typing import Any

from rubrica import clock
from rubrica.accounts.models import ApiKey, Member, Organization
from rubrica.processes.actor import RUBRICA
from rubrica.processes.fields import Filling, Initials
from rubrica.processes.models import Participant, Process, RequestedFile
from rubrica.processes.models.participant import NOTHING_FILLED
from rubrica.processes.reopening import ask_to_reopen
from rubrica.processes.sending import Place
from rubrica.sealing.values import Box, Field
from rubrica.signer.tests.checked import wrong_code
from rubrica.signer.tests.phones import Phone
from tests import sending
from tests.cast import Acme
from tests.sending import Guest, deliver, link, person, somebody
from tools import sample
from tools.tour.server import OWNER, PASSWORD

ROLES = ("editor", "reviewer", "viewer")
LONG = "María de los Ángeles Fernández-Villaverde y Gutiérrez de la Concepción Montenegro"
NAMES = ("عبد الله بن محمد الأندلسي", "王小明（東京支店長）", "Zoë 👩🏽‍⚖️ O’Brien-Łukasiewicz", LONG)
PLACE = (Place(Box(1, 0.9, 0.9, 180, 60), ("position", 0)),)
ASKED = (
    Field(1, 0.9, 0.4, 170, 20, "text", "Ciudad"),
    Field(1, 0.9, 0.5, 300, 48, "text", "Observaciones", False),
    Field(1, 0.2, 0.6, 16, 16, "checkbox", "Acepto recibir una copia"),
    Field(1, 0.45, 0.9, 130, 20, "date"),
    Field(2, 0.95, 0.97, 60, 30, "initials"),
)
FIELDS = (*PLACE, *(Place(field, ("position", number)) for number, field in enumerate(ASKED, start=1)))


@dataclass
class Stage:
    """``links`` are participants' pages by the name of their state."""

    acme: Acme
    processes: dict[str, Process]
    links: dict[str, str]

    def open(self, name: str, *people: Guest, **more: Any) -> Process:
        said = {"name": f"{name} · Contrato de arrendamiento", "subject": "Tu contrato de arrendamiento",
                "message": "Por favor lee el contrato, envía tus papeles y firma. Gracias.", **more}  # fmt: skip
        self.processes[name] = sending.start(self.acme, *people, **said)
        return self.processes[name]

    def keep_link(self, state: str, process: Process, name: str = "Ana") -> str:
        self.links[state] = link(somebody(process, name))
        return self.links[state]


def company() -> Acme:
    """The organization that ``rubrica setup`` made, with a member of each role, and one where nothing happened yet."""
    found = Organization.objects.get()
    owner = Member.objects.get(email=OWNER)
    Member.objects.filter(pk=owner.pk).update(name="Olga Paredes")
    create = Member.objects.create_user
    made = [create(found, f"{role}@acme.example", PASSWORD, role=role, name=f"Una {role}") for role in ROLES]
    nobody = Organization.objects.create(name=f"Sociedad de {LONG} e Hijos", slug="empty", language="es")
    create(nobody, "empty@acme.example", PASSWORD, role="owner", name=LONG)
    keys = [ApiKey.issue(found, kind)[1] for kind in (ApiKey.Kind.PUBLIC, ApiKey.Kind.PRIVATE)]
    return Acme(found, owner, made[1], keys[0], keys[1])


def act(stage: Stage) -> None:
    contract = sample.contract()
    ana = person("Ana Ruiz", "Cédula", "Comprobante de domicilio", optional=("Referencia",), places=PLACE)
    luis = person("Luis Gómez", "Cédula", order=2)
    _work_goes_on(stage, contract, ana, luis)
    _it_ended(stage, contract, ana)
    _others_act(stage, contract)
    _who_are_you(stage, contract)
    process = stage.open("Nombres", *[person(name, f"Papel de {name}") for name in NAMES], pdf=contract)
    stage.links["names"] = link(process.participants.get(name=LONG))


def _work_goes_on(stage: Stage, contract: bytes, ana: Guest, luis: Guest) -> None:
    process = stage.open("Recién enviado", ana, luis, pdf=contract)
    stage.keep_link("fresh", process)
    stage.keep_link("not your turn", process, "Luis")
    process = stage.open("Por revisar", ana, luis, pdf=contract)
    deliver(stage.acme, slot_of(process, "Cédula"), sample.card("Ana Ruiz"))
    sent_back = slot_of(process, "Comprobante de domicilio")
    deliver(stage.acme, sent_back, sample.card("Ana Ruiz"))
    sent_back.refresh_from_db()
    sent_back.reject("No se lee el número. Envía una foto más nítida, por favor.", sending.REVIEWER)
    stage.keep_link("file sent back", process)
    process = stage.open("Listo para firmar", person("Ana Ruiz", places=PLACE), person("Luis Gómez"), pdf=contract)
    stage.keep_link("ready to sign", process)
    process = stage.open("Con campos", person("Ana Ruiz", places=FIELDS), pdf=contract)
    stage.keep_link("fields to fill in", process)
    process = stage.open("Campos llenos", person("Ana Ruiz", places=FIELDS), person("Luis Gómez"), pdf=contract)
    sign(somebody(process), filling_of(somebody(process)))
    process = stage.open("Espera a otros", person("Ana Ruiz"), person("Luis Gómez"), pdf=contract)
    sign(somebody(process, "Ana"))
    stage.keep_link("waiting for others", process)
    process = stage.open("Solo papeles", person("Ana Ruiz", "Cédula", "Extracto bancario"))
    stage.keep_link("files only", process)


def _it_ended(stage: Stage, contract: bytes, ana: Guest) -> None:
    process = stage.open("Terminado", person("Ana Ruiz", places=PLACE), pdf=contract)
    sign(somebody(process, "Ana"))
    stage.keep_link("finished", process)
    process = stage.open("Rechazado", ana, pdf=contract)
    refusing = somebody(process)
    refusing.reject("La cláusula 4 no es lo que acordamos.", refusing.actor())
    stage.keep_link("rejected", process)
    process = stage.open("Cancelado", ana, pdf=contract)
    process.cancel("Enviamos otro con las fechas correctas.", RUBRICA)
    stage.keep_link("cancelled", process)
    process = stage.open("Vencido", ana, pdf=contract)
    Process.objects.filter(pk=process.pk).update(expires_at=clock.now())
    Process.objects.get(pk=process.pk).expire()
    stage.keep_link("expired", process)
    process = stage.open("Vencido con Ana", ana, pdf=contract)
    Process.objects.filter(pk=process.pk).update(expires_at=clock.now())
    Process.objects.get(pk=process.pk).expire()
    ask_to_reopen(somebody(process), somebody(process).actor("203.0.113.9", "Phone"))
    stage.keep_link("more time asked for", process)
    process = stage.open("Enlace nuevo", ana, pdf=contract)
    stage.keep_link("replaced", process)
    somebody(process).links.update(replaced_at=process.created_at)


def _others_act(stage: Stage, contract: bytes) -> None:
    approver = person("Berta Díaz", role=Participant.Role.APPROVER)
    reader = person("Rita Lectora", role=Participant.Role.READER)
    process = stage.open("Otros papeles", approver, reader, person("Ana Ruiz", order=2), pdf=contract)
    stage.keep_link("approver", process, "Berta")


def _who_are_you(stage: Stage, contract: bytes) -> None:
    asks = {"otp": ["otp"], "pictures": ["photo", "identification", "identificationBack", "video"]}
    for name, checks in asks.items():
        compared = {"checks": checks, "otp_channel": "mail", "compare": name == "pictures", "claimed": {}}
        process = stage.open(f"Identidad {name}", person("Ana Ruiz", identity=compared), pdf=contract)
        stage.keep_link(f"identity: {name}", process)
    process = stage.open("Bloqueada", person("Ana Ruiz", identity=compared | {"checks": ["otp"]}), pdf=contract)
    stage.keep_link("blocked", process)
    phone = Phone(somebody(process))
    phone.post("/otp")
    for _ in range(3):
        phone.post("/otp/check", {"code": wrong_code(process)})


def sign(participant: Participant, filling: Filling = NOTHING_FILLED) -> None:
    by = participant.actor("203.0.113.9", "Phone")
    participant.sign(kind="type", text=participant.name, image=None, by=by, filling=filling)


def filling_of(participant: Participant) -> Filling:
    """A town and a tick; the remarks are left empty."""
    asked = {box.name: str(box.pk) for box in participant.boxes.all()}
    return Filling({asked["Ciudad"]: "Medellín", asked["Acepto recibir una copia"]: True}, Initials("type", "AR"))


def slot_of(process: Process, name: str) -> RequestedFile:
    """Ana's, where others owe one of the same name."""
    files = process.requested_files.select_related("participant__process", "process")
    return files.get(name=name, participant__name__startswith="Ana")
