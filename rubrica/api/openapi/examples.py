"""Examples of the Auco dialect: the seed pages' own, and the calls that they do not show in the same terms."""

from typing import Any

FILES = [{"name": "ID card"}, {"name": "Proof of address", "optional": True}]
PLACE = {"page": 1, "x": 0.58, "y": 0.80, "w": 150, "h": 50}
ANA = {"name": "Ana Ruiz", "email": "ana@example.com", "phone": "+573000000000"}
LUIS = {"name": "Luis Gómez", "email": "luis@example.com", "phone": "+573000000001"}
ROOT = {"email": "olga@acme.example", "subject": "Please sign", "message": "Please have a look."}
SIGNED_URL = "http://127.0.0.1:8000/uploads/q3Zk0xV7"
CODE, PACKAGE, TEMPLATE_ID = "XLGCLLP2W4", "9a12cf20d08d3f6795b72429", "65f1f0a2c3d4e5f607182930"
Examples = dict[str, Any]

ATTACHMENTS: Examples = {
    "PDF in Base64": {
        "name": "Contratación de prueba upload 1",
        "email": "owner@auco.ai",
        "message": "Cargar adjuntos de prueba",
        "subject": "Solicitud de adjuntos",
        "packageName": "Adjuntos api prueba",
        "file": "JVBERi0xLjcK…",
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
    },
    "compress and individual checks": {
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
                "options": {"camera": "identification", "video": True, "whatsapp": True, "otpCode": "email"},
                "phone": "+573000000000",
                "identification": "1084340519",
                "identificationType": "CC",
                "country": "CO",
                "files": [{"name": "cedula de ciudadanía"}, {"name": "pasaporte", "optional": True}],
            },
            {
                "type": "firmante2",
                "name": "Nombre Firmante 2",
                "email": "example2@auco.ai",
                "phone": "+573000000000",
                "otpCode": True,
                "options": {"otpCode": "email"},
                "files": [{"name": "certificado"}],
            },
        ],
        "compress": True,
    },
    "files only": {**ROOT, "packageName": "Papers of Ana", "signProfile": [{**ANA, "files": FILES}]},
}
ATTACHMENTS_MADE: Examples = {
    "PDF in Base64": {"package": PACKAGE, "code": CODE},
    "compress": {"package": PACKAGE, "code": CODE, "url": SIGNED_URL},
    "files only": {"package": PACKAGE},
}
REVIEW: Examples = {
    "approve": {"package": PACKAGE, "userId": "G8", "file": "ID card", "decision": "approve"},
    "send back": {
        "package": PACKAGE,
        "userId": "G8",
        "file": "ID card",
        "decision": "reject",
        "reason": "The number cannot be read.",
    },
}
WATCHED: Examples = {
    "without userId": {
        "package": PACKAGE,
        "name": "Signing Process 001",
        "finish": True,
        "signers": [{"userId": "01", "email": "user1@example.com", "name": "User One"}],
    },
    "with userId": {
        "package": PACKAGE,
        "name": "Signing Process 001",
        "finish": True,
        "signer": {
            "userId": "01",
            "email": "user1@example.com",
            "name": "User One",
            "files": [
                {"name": "ID Document", "url": "https://sign.example/files/a/id.pdf"},
                {"name": "Proof", "url": "https://sign.example/files/b/proof.pdf"},
            ],
            "status": "approved",
        },
    },
}
_PROFILE = {"name": "Firmante de prueba", "email": "example@auco.ai", "id": "G8", "status": "NOTIFICATION"}
_PRESIGNED = {"type": "presigned", "data": "https://sign.example/files/c/card.jpg"}
DOCUMENT_FOUND: Examples = {
    "a document": {
        "url": "https://sign.example/files/d/prueba.pdf",
        "name": "prueba firma garabato",
        "code": CODE,
        "status": "CREATED",
        "data": {
            "code": CODE,
            "name": "prueba firma garabato",
            "camera": False,
            "otpCode": False,
            "signFinish": False,
            "signProfile": [_PROFILE],
            "createdAt": "2025-01-02T16:54:00.297Z",
            "updatedAt": "2025-01-02T16:54:03.105Z",
        },
        "signProfile": [
            {
                **_PROFILE,
                "identificationCard": _PRESIGNED,
                "identificationCardBack": _PRESIGNED,
                "photo": {"type": "base64", "data": "data:image/jpeg;base64,/9j/4AAQSkZJRg..."},
            }
        ],
    },
    "a package": {
        "_id": PACKAGE,
        "codes": [CODE, "K2P0QX7ZTA"],
        "name": "Lease and inventory",
        "signers": [
            {"userId": "G8", "email": "ana@example.com", "name": "Ana Ruiz", "phone": "+573000000000",
             "status": "FINISH"}
        ],
        "signFinish": True,
        "createdAt": "2025-01-02T16:54:00.297Z",
        "updatedAt": "2025-01-02T16:54:03.105Z",
        "status": "FINISH",
    },
    "the templates": [
        {
            "_id": TEMPLATE_ID,
            "name": "Contract of work",
            "description": "For new colleagues",
            "status": "active",
            "createdAt": "2025-01-02T16:54:00.297Z",
            "updatedAt": "2025-01-02T16:54:03.105Z",
        }
    ],
}  # fmt: skip
UPLOAD: Examples = {
    "PDF in Base64": {
        **ROOT,
        "name": "Lease",
        "file": "JVBERi0xLjcK…",
        "tags": [],
        "custom": {"order": 4711},
        "readers": [{"name": "Rita Ríos", "email": "rita@example.com"}],
        "signProfile": [{**ANA, "position": [PLACE]}, {**LUIS, "role": "APPROVER", "order": "2"}],
    },
    "compress": {**ROOT, "name": "Lease", "compress": True, "signProfile": [ANA]},
    "by a tag in the PDF": {**ROOT, "name": "Lease", "file": "JVBERi0xLjcK…", "signProfile": [{**ANA, "label": True}]},
}
SAVE: Examples = {
    "answers to all questions": {
        **ROOT,
        "document": TEMPLATE_ID,
        "name": "Contract of Ana",
        "sign": True,
        "data": [{"key": "nombre", "value": "Ana Ruiz"}, {"key": "correo", "value": "ana@example.com"}],
    }
}
PREBUILD: Examples = {
    "some answers": {
        **ROOT,
        "document": TEMPLATE_ID,
        "name": "Contract of Ana",
        "sign": True,
        "notification": True,
        "emailTo": "ana@example.com",
        "preBuild": [{"key": "nombre", "value": "Ana Ruiz"}],
    }
}
MANY: Examples = {
    "two PDFs": {
        **ROOT,
        "name": "Lease and inventory",
        "documents": [
            {"name": "Lease", "signProfile": [{**ANA, "position": [PLACE]}, LUIS]},
            {"name": "Inventory", "signProfile": [ANA]},
        ],
    }
}
PACKAGE_MADE: Examples = {
    "two PDFs": {
        "id": PACKAGE,
        "documents": [
            {"url": SIGNED_URL, "name": "Lease", "code": CODE,
             "signProfile": [{"name": "Ana Ruiz", "email": "ana@example.com"}]},
            {"url": SIGNED_URL, "name": "Inventory", "code": "K2P0QX7ZTA",
             "signProfile": [{"name": "Ana Ruiz", "email": "ana@example.com"}]},
        ],
    }
}  # fmt: skip
ROADMAP: Examples = {
    "signed": {
        "name": "Lease",
        "documentCode": CODE,
        "createdAt": "2025-01-02T16:54:00.297Z",
        "author": {"name": "Olga Owner", "email": "olga@acme.example"},
        "participants": [
            {"id": "G8", "name": "Ana Ruiz", "role": "SIGNER", "email": "ana@example.com", "phone": "+573000000000",
             "ipAddress": "203.0.113.9"}
        ],
        "activityLog": [
            {"action": "NOTIFICATION_SIGN", "platform": "EMAIL", "participant": "G8", "by": "ana@example.com",
             "timestamp": "2025-01-02T16:54:01.297Z"},
            {"action": "PARTICIPANT_SIGN", "platform": "EMAIL", "participant": "G8", "by": "ana@example.com",
             "ip": "203.0.113.9", "timestamp": "2025-01-02T17:10:00.000Z"},
        ],
    }
}  # fmt: skip
HOLD: Examples = {"a claim": {"reason": "Claim 2025-17 about the delivery"}}
HOLDS: Examples = {
    "one": {
        "package": PACKAGE,
        "holds": [
            {
                "of": "process",
                "reason": "Claim 2025-17 about the delivery",
                "by": "prk_3f9a",
                "since": "2025-01-02T16:54:00.297Z",
            }
        ],
    }
}
CANCEL: Examples = {
    "two documents": {
        "codes": [CODE, "K2P0QX7ZTA"],
        "message": "The offer was withdrawn.",
        "email": "olga@acme.example",
    }
}
UNLOCK: Examples = {
    "approve": {"code": f"{CODE}G8", "email": "olga@acme.example", "status": "approve", "message": "Seen in person."},
    "let try again": {"code": f"{CODE}G8", "email": "olga@acme.example", "status": "reset"},
}
TEMPLATE: Examples = {
    "one signer": {
        "name": "Contract of work",
        "description": "For new colleagues",
        "config": [
            {"name": "nombre", "type": "name", "label": "Name"},
            {"name": "correo", "type": "email", "label": "E-mail"},
        ],
        "signatureProfile": [{"name": "nombre", "email": "correo", "type": "trabajador"}],
        "sign": ["nombre", "correo"],
    }
}
COMPANY: Examples = {
    "with a webhook": {
        "id": "acme",
        "name": "Acme",
        "webhooks": [{"id": "default", "url": "https://acme.example/hooks", "header": {"key": "X-Key", "value": "s"}}],
        "uxOptions": {"primaryColor": "#1B2A4E"},
        "webhook": "https://acme.example/hooks",
        "webhookHeader": {"key": "X-Key", "value": "s"},
    }
}
COMPANY_CHANGE: Examples = {
    "colours": {"uxOptions": {"primaryColor": "#1B2A4E", "alternateColor": "#E0A526"}},
    "webhooks": {"webhooks": [{"id": "default", "url": "https://acme.example/hooks"}]},
}
VERIFACE: Examples = {
    "on the web": {
        "email": "olga@acme.example",
        "platform": "web",
        "name": "Ana Ruiz",
        "country": "CO",
        "type": "CC",
        "identification": "1084340519",
        "userEmail": "ana@example.com",
    }
}
PROCESSES: Examples = {
    "a page": {
        "data": [
            {
                "package": PACKAGE,
                "name": "Onboarding Ana",
                "kind": "attachments",
                "status": "CREATED",
                "finish": False,
                "codes": [CODE],
                "createdAt": "2025-01-02T16:54:00.297Z",
                "updatedAt": "2025-01-02T16:54:03.105Z",
                "cursor": PACKAGE,
            }
        ],
        "next": None,
    }
}
EVENTS: Examples = {
    "a page": {
        "data": [
            {
                "package": PACKAGE,
                "sequence": 1,
                "kind": "process.created",
                "at": "2025-01-02T16:54:00.297123Z",
                "actor": {"kind": "program", "id": "prk_3f9a", "name": ""},
                "ip": "203.0.113.9",
                "userAgent": "curl/8.5.0",
                "data": {"name": "Onboarding Ana"},
                "hash": "9c1d" * 16,
                "salt": "5a17" * 16,
                "cursor": f"{PACKAGE}-1",
            }
        ],
        "next": None,
    }
}
