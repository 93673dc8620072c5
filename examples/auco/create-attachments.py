"""Starts a process: files asked of one person, and a PDF in Base64 to sign."""

import base64

from auco import PDF, call, show

body = {
    "name": "Contratación de prueba upload 1",
    "email": "owner@auco.ai",
    "message": "Cargar adjuntos de prueba",
    "subject": "Solicitud de adjuntos",
    "packageName": "Adjuntos api prueba",
    "file": base64.b64encode(PDF.read_bytes()).decode(),
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
                    "h": 50,
                }
            ],
            "files": [
                {
                    "name": "cedula de ciudadanía",
                },
                {
                    "name": "hoja de vida",
                },
                {
                    "name": "pasaporte",
                    "optional": True,
                },
            ],
        }
    ],
}
show(call("POST", "/package/upload", body))
