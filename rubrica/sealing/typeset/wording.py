"""The words of the evidence pages in Spanish, English and Portuguese.

They are kept here and not in the message catalogues: what is printed under a seal must not change with a
translation file, and the pages of a process follow its own language whoever seals it.
"""

from typing import Literal, get_args

Language = Literal["es", "en", "pt"]
LANGUAGES: tuple[str, ...] = get_args(Language)

WORDS: dict[str, tuple[str, str, str]] = {
    "title": ("Evidencia de firma", "Evidence of signature", "Evidência de assinatura"),
    "title_files": ("Evidencia de entrega", "Evidence of delivery", "Evidência de entrega"),
    "title_identity": ("Evidencia de identidad", "Evidence of identity", "Evidência de identidade"),
    "process": ("Proceso", "Process", "Processo"),
    "package": ("Paquete", "Package", "Pacote"),
    "code": ("Código del documento", "Document code", "Código do documento"),
    "document": ("Documento", "Document", "Documento"),
    "sealed_digest": (
        "SHA-256 firmado y sellado",
        "SHA-256 signed and sealed",
        "SHA-256 assinado e selado",
    ),
    "digest": ("SHA-256 del documento", "SHA-256 of the document", "SHA-256 do documento"),
    "original": ("SHA-256 del original enviado", "SHA-256 of the original sent", "SHA-256 do original enviado"),
    "finished": ("Proceso terminado", "Process finished", "Processo concluído"),
    "sealed": ("Sellado", "Sealed", "Selado"),
    "seal": ("Sello", "Seal", "Selo"),
    "level": ("Nivel", "Level", "Nível"),
    # The pages are part of what is sealed, so they can only say what the seal aims at; a reader shows what was reached.
    "level_B-B": (
        "PAdES B-B: sin sello de tiempo de un tercero, la hora es la de este servidor",
        "PAdES B-B: without a timestamp by a third party, the time is this server’s",
        "PAdES B-B: sem carimbo do tempo de um terceiro, a hora é a deste servidor",
    ),
    "level_B-T": (
        "PAdES B-T: con sello de tiempo de un tercero, si respondió al sellar o después",
        "PAdES B-T: with a timestamp by a third party, if it answered at sealing or later",
        "PAdES B-T: com carimbo do tempo de um terceiro, se ele respondeu ao selar ou depois",
    ),
    "level_B-LT": (
        "PAdES B-LT: con sello de tiempo y datos de revocación, si respondieron al sellar o después",
        "PAdES B-LT: with a timestamp and revocation data, if these came at sealing or later",
        "PAdES B-LT: com carimbo do tempo e dados de revogação, se vieram ao selar ou depois",
    ),
    "level_B-LTA": (
        "PAdES B-LTA: con sellos de tiempo de archivo que se renuevan, si respondieron al sellar o después",
        "PAdES B-LTA: with archive timestamps that are renewed, if these came at sealing or later",
        "PAdES B-LTA: com carimbos do tempo de arquivo que se renovam, se vieram ao selar ou depois",
    ),
    "certificate": ("Certificado", "Certificate", "Certificado"),
    "issuer": ("Emitido por", "Issued by", "Emitido por"),
    "valid": ("Válido", "Valid", "Válido"),
    "serial": ("Número de serie", "Serial number", "Número de série"),
    "fingerprint": ("SHA-256 del certificado", "SHA-256 of the certificate", "SHA-256 do certificado"),
    "chain": ("Cadena de eventos", "Chain of events", "Cadeia de eventos"),
    "events": ("{count} eventos al sellar", "{count} events at sealing", "{count} eventos ao selar"),
    "chain_head": ("Último hash de la cadena", "Last hash of the chain", "Último hash da cadeia"),
    "ledger": ("Raíz del registro", "Root of the ledger", "Raiz do registro"),
    "signatures_title": ("Firmas", "Signatures", "Assinaturas"),
    "page": ("Página", "Page", "Página"),
    "participants": ("Participantes", "Participants", "Participantes"),
    "ip": ("Dirección IP", "IP address", "Endereço IP"),
    "user_agent": ("Navegador", "Browser", "Navegador"),
    "check": ("Comprobación", "Check passed", "Verificação"),
    "reference": ("Referencia", "Reference", "Referência"),
    "field": ("Campo", "Field", "Campo"),
    "field_initials": ("iniciales", "initials", "iniciais"),
    "field_date": ("fecha", "date", "data"),
    "field_text": ("texto", "text", "texto"),
    "field_checkbox": ("casilla", "checkbox", "caixa de seleção"),
    "ticked": ("marcada", "ticked", "marcada"),
    "not_ticked": ("sin marcar", "not ticked", "não marcada"),
    "left_empty": ("en blanco", "left empty", "em branco"),
    "drawn": ("dibujadas", "drawn", "desenhadas"),
    "consent_text": ("Consentimiento", "Consent", "Consentimento"),
    "files": ("Archivos solicitados", "Requested files", "Arquivos solicitados"),
    "submitted": ("Recibido", "Submitted", "Recebido"),
    "verify_title": ("Cómo verificar", "How to verify", "Como verificar"),
    "signer": ("Firmado", "Signed", "Assinado"),
    "approver": ("Aprobado", "Approved", "Aprovado"),
    "reader": ("Leído", "Read", "Lido"),
    "deliverer": ("Entregado", "Delivered", "Entregue"),
    "subject": ("Identidad confirmada", "Identity confirmed", "Identidade confirmada"),
    "signer_pending": ("Firmante", "Signer", "Signatário"),
    "approver_pending": ("Aprobador", "Approver", "Aprovador"),
    "reader_pending": ("Lector", "Reader", "Leitor"),
    "deliverer_pending": ("Sin entregar", "Not delivered", "Não entregue"),
    "subject_pending": ("Sin confirmar", "Not confirmed", "Não confirmada"),
    "approved": ("Aprobado", "Approved", "Aprovado"),
    "rejected": ("Rechazado", "Rejected", "Rejeitado"),
    "undecided": ("Sin decisión", "Not decided", "Sem decisão"),
    "otp": ("código de un solo uso", "one-time code", "código de uso único"),
    "consent": (
        "autorización del uso de imágenes",
        "consent to the use of pictures",
        "autorização do uso de imagens",
    ),
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
    "verify_url": (
        "Abre {url} (el código QR lleva allí) y entrega este archivo: la página dice si está como se selló.",
        "Open {url} (the QR code leads there) and hand in this file: the page says whether it is as it was sealed.",
        "Abra {url} (o código QR leva até lá) e entregue este arquivo: a página diz se está como foi selado.",
    ),
    "verify_tool": (
        "Cualquier lector de PDF que compruebe firmas muestra el sello; sin conexión lo comprueba la orden "
        "“rubrica verify archivo.pdf”.",
        "Any PDF reader that checks signatures shows the seal; offline, the command “rubrica verify file.pdf” "
        "checks it.",
        "Qualquer leitor de PDF que verifique assinaturas mostra o selo; sem conexão, o comando "
        "“rubrica verify arquivo.pdf” faz a verificação.",
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
    "verify_chain": (
        "El paquete de evidencia que guarda {organization} contiene los archivos y la cadena completa de eventos; la "
        "orden “rubrica-verify” lo comprueba sin conexión.",
        "The evidence bundle that {organization} keeps holds the files and the whole chain of events; the command "
        "“rubrica-verify” checks it offline.",
        "O pacote de evidências guardado por {organization} contém os arquivos e a cadeia completa de eventos; o "
        "comando “rubrica-verify” o verifica sem conexão.",
    ),
}


def words(language: str) -> dict[str, str]:
    """The table in one language; ``es-CO`` counts as ``es``, and a language we do not speak as English."""
    short = language.split("-", 1)[0].lower()
    column = LANGUAGES.index(short if short in LANGUAGES else "en")
    return {key: translations[column] for key, translations in WORDS.items()}
