"""POST /attachments and /package/upload, contract/auco.md §3, on the seed pages' own examples."""

import base64
from typing import Any

import pytest
from django.test import Client

from rubrica.processes.models import Process
from tests import pdfs
from tests.cast import Acme

PATHS = ["/v1.5/ext/attachments", "/v1.5/ext/package/upload"]


def base64_example() -> dict[str, Any]:
    """The seed's first example, its trailing comma removed."""
    return {
        "name": "Contratación de prueba upload 1",
        "email": "owner@auco.ai",
        "message": "Cargar adjuntos de prueba",
        "subject": "Solicitud de adjuntos",
        "packageName": "Adjuntos api prueba",
        "file": base64.b64encode(pdfs.contract()).decode(),
        "signProfile": [
            {
                "name": "Nombre Firmante 1",
                "email": "example@auco.ai",
                "phone": "+573000000000",
                "position": [{"page": 1, "x": 0.5854166461564629, "y": 0.8034861200774693, "w": 100, "h": 50}],
                "files": [
                    {"name": "cedula de ciudadanía"},
                    {"name": "hoja de vida"},
                    {"name": "pasaporte", "optional": True},
                ],
            }
        ],
    }


@pytest.mark.parametrize("path", PATHS)
def test_it_works(client: Client, acme: Acme, path: str) -> None:
    response = client.post(path, base64_example(), "application/json", headers={"Authorization": acme.private_key})
    assert response.status_code == 200, response.content
    assert sorted(response.json()) == ["code", "package"]
    process = Process.objects.get(public_id=response.json()["package"])
    assert process.name == "Adjuntos api prueba"
    assert process.documents.get().code == response.json()["code"]
