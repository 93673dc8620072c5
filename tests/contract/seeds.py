"""The bodies of the page "Create Attachments Process" as valid JSON: no trailing comma, no blank in an e-mail."""

import base64
import json
from typing import Any

from tests import pdfs

BASE64 = """{
"name": "Contratación de prueba upload 1",
"email": "owner@auco.ai",
"message": "Cargar adjuntos de prueba",
"subject": "Solicitud de adjuntos",
"packageName": "Adjuntos api prueba",
"file": "Base64",
"signProfile": [
{
"name": "Nombre Firmante 1",
"email": "example@auco.ai",
"phone": "+573000000000",
"position": [
{
"page": 1,
"x": 0.5854166461564629,
"y": 0.8034861200774693,
"w": 100,
"h": 50
}
],
"files": [
{
"name": "cedula de ciudadanía"
},
{
"name": "hoja de vida"
},
{
"name": "pasaporte",
"optional": true
}
]
}
]
}"""

COMPRESS = """{
"name": "Prueba de Anexos Compress y validaciones individuales",
"email": "owner@auco.ai",
"message": "Cargar adjuntos de prueba",
"subject": "Solicitud de adjuntos",
"packageName": "Adjuntos api prueba 2",
"signProfile": [
{
"type": "firmante1",
"name": "Nombre Firmante 1",
"email": "example@auco.ai",
"camera": true,
"otpCode": true,
"options": {
"camera": "identification",
"video": true,
"whatsapp": true,
"otpCode": "email"
},
"phone": "+573000000000",
"files": [
{
"name": "cedula de ciudadanía"
},
{
"name": "hoja de vida"
},
{
"name": "pasaporte",
"optional": true
}
]
},
{
"type": "firmante2",
"name": "Nombre Firmante 2",
"email": "example2@auco.ai",
"phone": "+573000000000",
"otpCode": true,
"options": {
"otpCode": "email"
},
"files": [
{
"name": "certificado"
}
]
}
],
"compress": true
}"""


def with_base64(pdf: bytes | None = None) -> dict[str, Any]:
    """The first example, with a letter-size contract or ``pdf`` in place of the word Base64."""
    body: dict[str, Any] = json.loads(BASE64)
    return body | {"file": base64.b64encode(pdf or pdfs.contract()).decode()}


def with_compress() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(COMPRESS)
    return body


def without_document() -> dict[str, Any]:
    """The first example as a process that asks for files and nothing else."""
    body = with_base64()
    del body["file"], body["name"], body["signProfile"][0]["position"]
    return body


def upload(pdf: bytes | None = None, **more: Any) -> dict[str, Any]:
    """A document for two signers, as ``POST /document/upload`` takes it (contract/auco.md §5.1)."""
    body: dict[str, Any] = {
        "email": "owner@auco.ai",
        "name": "Contrato de arriendo",
        "message": "Por favor firma el contrato",
        "subject": "Contrato para firmar",
        "file": base64.b64encode(pdf or pdfs.contract()).decode(),
        "signProfile": [
            {"name": "Ana Pérez", "email": "ana@example.com", "phone": "+573000000001",
             "position": [{"page": 1, "x": 0.5, "y": 0.8, "w": 150, "h": 50}]},
            {"name": "Benito Ruiz", "email": "benito@example.com",
             "position": [{"page": 2, "x": 0.9, "y": 0.8, "w": 150, "h": 50}]},
        ],
    }  # fmt: skip
    return body | more


def many(**more: Any) -> dict[str, Any]:
    """A package of two documents; Ana signs both, Benito and Carla one each (contract/auco.md §6)."""
    place = [{"page": 1, "x": 0.5, "y": 0.8, "w": 150, "h": 50}]
    ana = {"name": "Ana Pérez", "email": "ana@example.com", "position": place}
    benito = {"name": "Benito Ruiz", "email": "benito@example.com", "phone": "+573000000002", "type": "firmante"}
    carla = {"name": "Carla Díaz", "email": "carla@example.com", "position": place}
    body: dict[str, Any] = {
        "email": "owner@auco.ai",
        "name": "Paquete de arriendo",
        "message": "Por favor firma los documentos",
        "subject": "Documentos para firmar",
        "documents": [
            {"name": "Contrato", "signProfile": [dict(ana), benito]},
            {"name": "Pagaré", "signProfile": [{**ana, "email": "ANA@example.com"}, carla]},
        ],
    }
    return body | more
