"""The words of the evidence pages in Spanish, English and Portuguese.

They are kept here and not in the message catalogues: what is printed under a seal must not change with a
translation file, and the pages of a process follow its own language whoever seals it.
"""

from typing import Literal, get_args

Language = Literal["es", "en", "pt"]
LANGUAGES: tuple[str, ...] = get_args(Language)

WORDS: dict[str, tuple[str, str, str]] = {
    "title": ("Evidencia de firma", "Evidence of signature", "Evidência de assinatura"),
    "process": ("Proceso", "Process", "Processo"),
    "package": ("Paquete", "Package", "Pacote"),
    "code": ("Código del documento", "Document code", "Código do documento"),
    "digest": ("SHA-256 del documento", "SHA-256 of the document", "SHA-256 do documento"),
    "original": ("SHA-256 del original enviado", "SHA-256 of the original sent", "SHA-256 do original enviado"),
    "finished": ("Proceso terminado", "Process finished", "Processo concluído"),
    "sealed": ("Sellado", "Sealed", "Selado"),
    "level": ("Nivel del sello", "Level of the seal", "Nível do selo"),
    "signatures_title": ("Firmas", "Signatures", "Assinaturas"),
    "page": ("Página", "Page", "Página"),
    "participants": ("Participantes", "Participants", "Participantes"),
    "ip": ("Dirección IP", "IP address", "Endereço IP"),
    "user_agent": ("Navegador", "Browser", "Navegador"),
    "checks": ("Comprobaciones", "Checks passed", "Verificações"),
    "reference": ("Referencia", "Reference", "Referência"),
    "consent": ("Consentimiento", "Consent", "Consentimento"),
    "files": ("Archivos solicitados", "Requested files", "Arquivos solicitados"),
    "submitted": ("Recibido", "Submitted", "Recebido"),
    "verify_title": ("Cómo verificar", "How to verify", "Como verificar"),
    "signer": ("Firmado", "Signed", "Assinado"),
    "approver": ("Aprobado", "Approved", "Aprovado"),
    "reader": ("Leído", "Read", "Lido"),
    "signer_pending": ("Firmante", "Signer", "Signatário"),
    "approver_pending": ("Aprobador", "Approver", "Aprovador"),
    "reader_pending": ("Lector", "Reader", "Leitor"),
    "approved": ("Aprobado", "Approved", "Aprovado"),
    "rejected": ("Rechazado", "Rejected", "Rejeitado"),
    "undecided": ("Sin decisión", "Not decided", "Sem decisão"),
    "otp": ("código de un solo uso", "one-time code", "código de uso único"),
    "photo": ("fotografía", "photograph", "fotografia"),
    "identification": (
        "documento de identidad, anverso",
        "identity document, front",
        "documento de identidade, frente",
    ),
    "identificationBack": (
        "documento de identidad, reverso",
        "identity document, back",
        "documento de identidade, verso",
    ),
    "video": ("video", "video", "vídeo"),
    "verify_tool": (
        "Cualquier lector de PDF que compruebe firmas muestra el sello de este archivo; sin conexión lo comprueba la "
        "orden “rubrica verify archivo.pdf”.",
        "Any PDF reader that checks signatures shows the seal of this file; offline, the command "
        "“rubrica verify file.pdf” checks it.",
        "Qualquer leitor de PDF que verifique assinaturas mostra o selo deste arquivo; sem conexão, o comando "
        "“rubrica verify arquivo.pdf” faz a verificação.",
    ),
    "verify_url": (
        "También puedes subirlo a {url}.",
        "It can also be uploaded to {url}.",
        "Também pode ser enviado para {url}.",
    ),
    "verify_prefix": (
        "Los primeros {size} bytes de este archivo son, sin ningún cambio, el documento que todos leyeron: su SHA-256 "
        "debe ser el indicado arriba.",
        "The first {size} bytes of this file are the document exactly as everybody read it: their SHA-256 must be the "
        "one given above.",
        "Os primeiros {size} bytes deste arquivo são, sem nenhuma alteração, o documento que todos leram: seu SHA-256 "
        "deve ser o indicado acima.",
    ),
    "verify_files": (
        "Cada archivo recibido se comprueba calculando su SHA-256 y comparándolo con el de esta lista; los mismos "
        "datos van dentro de este PDF en el adjunto rubrica-manifest.json, cubierto por el sello.",
        "Each file received is checked by computing its SHA-256 and comparing it with the one listed here; the same "
        "data is inside this PDF in the attachment rubrica-manifest.json, which the seal covers.",
        "Cada arquivo recebido é verificado calculando seu SHA-256 e comparando-o com o desta lista; os mesmos dados "
        "estão dentro deste PDF no anexo rubrica-manifest.json, coberto pelo selo.",
    ),
}


def words(language: str) -> dict[str, str]:
    """The table in one language; ``es-CO`` counts as ``es``, and a language we do not speak as English."""
    short = language.split("-", 1)[0].lower()
    column = LANGUAGES.index(short if short in LANGUAGES else "en")
    return {key: translations[column] for key, translations in WORDS.items()}
