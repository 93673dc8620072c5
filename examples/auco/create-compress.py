"""Starts a process whose PDF comes in a second request, with checks of each person of their own."""

from auco import PDF, call, show, upload

body = {
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
            "camera": True,
            "otpCode": True,
            "options": {
                "camera": "identification",
                "video": True,
                "whatsapp": True,
                "otpCode": "email",
            },
            "phone": "+573000000000",
            "identification": "1084340519",
            "identificationType": "CC",
            "country": "CO",
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
        },
        {
            "type": "firmante2",
            "name": "Nombre Firmante 2",
            "email": "example2@auco.ai",
            "phone": "+573000000000",
            "otpCode": True,
            "options": {
                "otpCode": "email",
            },
            "files": [
                {
                    "name": "certificado",
                }
            ],
        },
    ],
    "compress": True,
}
answer = call("POST", "/package/upload", body)
upload(answer["url"], PDF)  # at once: the address is good for a few seconds, and once
show(answer)
