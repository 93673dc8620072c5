"""The template that docs/templates.md builds, and small ones for single rules."""

from datetime import date
from typing import Any

from rubrica.templating import definition
from rubrica.templating.answers import Answers, check
from rubrica.templating.definition import Definition

TODAY = date(2024, 3, 15)


def question(kind: str = "text", name: str = "q", **more: Any) -> dict[str, Any]:
    needed: dict[str, Any] = {
        "select": {"options": [{"name": "A", "label": "Letter A", "value": "a"}, {"label": "B", "value": "b"}]},
        "searchlist": {"options": [{"name": "Argentina", "value": "AR"}, {"label": "Brasil", "value": "BR"}]},
        "clausula": {"options": [{"name": "Yes", "value": "yes"}, {"name": "No", "value": "no"}]},
        "check": {"values": ["cleaning", "insurance"]},
        "request": {"endpoint": "https://codes.example/check"},
    }
    return {"name": name, "description": f"About {name}", "type": kind, **needed.get(kind, {}), **more}


def raw(*questions: dict[str, Any], sign: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    return {"config": list(questions), "sign": list(sign), "signatureProfile": [], **more}


def read(*questions: dict[str, Any], sign: tuple[str, ...] = (), **more: Any) -> Definition:
    return definition.read(raw(*questions, sign=sign, **more))


def answer(*questions: dict[str, Any], sign: tuple[str, ...] = (), partial: bool = False, **given: str) -> Answers:
    return check(read(*questions, sign=sign), given, TODAY, partial=partial)


def one(kind: str, value: str, **more: Any) -> str:
    """The kept value of one answer, or the code of its fault in capitals."""
    found = answer(question(kind, **more), q=value)
    return found.faults[0].code.upper() if found.faults else found.values.get("q", "")


LEASE: dict[str, Any] = {
    "name": "Contrato de arriendo",
    "description": "Arriendo de vivienda con un codeudor",
    "config": [
        {"name": "nombre", "type": "name", "description": "Nombre completo del arrendatario"},
        {"name": "documento", "type": "identification", "country": "CO", "description": "Documento de identidad"},
        {"name": "correo", "type": "email", "description": "Correo del arrendatario"},
        {"name": "celular", "type": "phone", "country": "co", "description": "Celular"},
        {"name": "canon", "type": "currency", "min": "100000", "description": "Canon mensual"},
        {"name": "inicio", "type": "date", "description": "Fecha de inicio"},
        {
            "name": "codeudor",
            "type": "clausula",
            "value": "no",
            "description": "¿Hay codeudor?",
            "options": [{"name": "Sí", "value": "si"}, {"name": "No", "value": "no"}],
        },
        {
            "name": "nombre_codeudor",
            "type": "name",
            "description": "Nombre del codeudor",
            "prereq": [{"k": "codeudor", "v": "si"}],
        },
        {
            "name": "correo_codeudor",
            "type": "email",
            "description": "Correo del codeudor",
            "prereq": [{"k": "codeudor", "v": "si"}],
        },
    ],
    "sign": ["nombre", "documento", "correo", "canon", "inicio", "nombre_codeudor", "correo_codeudor"],
    "signatureProfile": [
        {
            "name": "nombre",
            "identification": "documento",
            "email": "correo",
            "phone": "celular",
            "type": "arrendatario",
        },
        {"name": "nombre_codeudor", "email": "correo_codeudor", "type": "codeudor"},
    ],
}
COMPLETE = """<!doctype html>
<html lang="es">
<head>
<meta charset="utf-8">
<style>
  @page { size: letter; margin: 2.5cm; @bottom-right { content: counter(page) " / " counter(pages) } }
  body { font-family: serif; font-size: 11pt; line-height: 1.5 }
  h1 { text-align: center; font-size: 15pt }
  .sign-margin { width: 170pt; height: 56pt; margin-top: 40pt; border-bottom: 1px solid #555 }
</style>
</head>
<body>
  <h1>Contrato de arriendo</h1>
  <p>Entre la arrendadora y <b><span name="nombre">________________</span></b>, identificado con
     <span name="documento">________</span>, se celebra el <span name="signDate">________</span> este contrato.</p>
  <p>El canon mensual es de <span name="canon">________</span>, desde el <span name="inicio">________</span>.</p>
  <p><span name="codeudor_si" hidden>Responde como codeudor <span name="nombre_codeudor">________</span>.</span>
     <span name="codeudor_no">No hay codeudor.</span></p>
  <div id="arrendatario" class="sign-margin"></div>
  <p>El arrendatario</p>
  <div name="codeudor_si" hidden>
    <div id="codeudor" class="sign-margin"></div>
    <p>El codeudor</p>
  </div>
  <p name="signComplete" hidden>Firmado por todos.</p>
</body>
</html>
"""
MASK = COMPLETE.replace("11pt", "15px")
ANSWERS = {
    "nombre": "Ana Ruiz",
    "documento": "CC 1084340519",
    "correo": "ana@example.com",
    "celular": "3001234567",
    "canon": "1500000",
    "inicio": "2030-01-15",
}


def data(**changes: str) -> list[dict[str, str]]:
    """The answers as the dialect carries them."""
    return [{"key": key, "value": value} for key, value in {**ANSWERS, **changes}.items()]
