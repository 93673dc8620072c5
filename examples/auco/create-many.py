"""Sends a package of two documents; the PDF of each comes in a request of its own."""

from auco import PDF, call, show, upload

body = {
    "name": "Arriendo e inventario",
    "email": "owner@auco.ai",
    "subject": "Firma de documentos",
    "message": "Por favor firma los dos documentos.",
    "documents": [
        {
            "name": "Arriendo",
            "signProfile": [
                {
                    "name": "Nombre Firmante 1",
                    "email": "example@auco.ai",
                    "position": [
                        {
                            "page": 1,
                            "x": 0.5854166461564629,
                            "y": 0.8034861200774693,
                            "w": 100,
                            "h": 50,
                        }
                    ],
                }
            ],
        },
        {
            "name": "Inventario",
            "signProfile": [
                {
                    "name": "Nombre Firmante 1",
                    "email": "example@auco.ai",
                },
                {
                    "name": "Nombre Firmante 2",
                    "email": "example2@auco.ai",
                },
            ],
        },
    ],
}
answer = call("POST", "/document/many", body)
for document in answer["documents"]:
    upload(document["url"], PDF)
show(answer)
