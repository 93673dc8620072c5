"""README.txt of an evidence bundle: what is in it, and how somebody who knows nothing of us can check it.

In the process's language, and kept here and not in the message catalogues, as the words of the evidence pages are.
"""

from collections.abc import Sequence

from django.conf import settings

from rubrica.processes.models import Process
from rubrica.sealing.typeset.wording import LANGUAGES

ES = """\
EVIDENCIA — {name}
{rule}

Proceso {package}, de {organization}.
Este ZIP contiene todo lo que hace falta para comprobar el proceso sin ayuda de nadie y sin conexión.

QUÉ HAY AQUÍ

{papers}
files/               los archivos que entregaron los participantes, numerados como en manifest.json
events.jsonl         la cadena de eventos: qué pasó, quién y cuándo; cada línea lleva el hash de la anterior
erasures/            si está: declaraciones firmadas de qué datos de una persona se borraron de los eventos
ledger.json          si está: la prueba de que la cadena figura en el registro diario firmado de la organización
certificates/        los certificados del sello y de los sellos de tiempo (PEM)
timestamps/          los sellos de tiempo RFC 3161, si los hay
revocation/          listas y respuestas de revocación, si las hay
index.json           todo lo que hay aquí, con tamaño y SHA-256

CÓMO COMPROBARLO

1. Con una orden, sin conexión:   rubrica-verify {file}
2. Por partes, con cualquier lector de PDF que compruebe firmas: abre sealed.pdf. El sello debe ser válido y cubrir
   todo el archivo. También puedes entregarlo en {url}.
3. Los archivos: calcula el SHA-256 de cada uno (sha256sum files/*) y compáralo con el de las páginas de evidencia
   del PDF sellado, o con “files” en manifest.json, que es el adjunto rubrica-manifest.json del mismo PDF.
4. Los eventos: el SHA-256 de los bytes UTF-8 de “canonical” es el “hash” de la línea, y el último elemento de
   “canonical” es el hash de la línea anterior. El hash de la línea número “chain.length” de manifest.json debe ser
   “chain.head”, que está bajo el sello.
{container}
QUÉ PRUEBA Y QUÉ NO

El sello prueba que nada cambió desde que se selló, y quién selló, si confías en su certificado: compara su SHA-256
con el que publica la organización. Es un sello electrónico avanzado de la plataforma, no uno cualificado. Las fotos y
videos de las comprobaciones de identidad no están aquí; sus SHA-256 y resultados, sí.
original.pdf, si está, es el documento tal como se envió, antes de quitarle lo que un PDF no debe hacer. Trátalo con
cuidado: no se mostró a nadie.
"""
EN = """\
EVIDENCE — {name}
{rule}

Process {package}, of {organization}.
This ZIP holds all that it takes to check the process with nobody's help and without a connection.

WHAT IS HERE

{papers}
files/               the files that participants delivered, numbered as in manifest.json
events.jsonl         the chain of events: what happened, who and when; each line carries the hash of the one before
erasures/            if there: signed statements about a person's data that was erased from the events
ledger.json          if there: the proof that the chain is in the organization's signed daily ledger
certificates/        the certificates of the seal and of timestamps (PEM)
timestamps/          the RFC 3161 timestamps, if any
revocation/          revocation lists and responses, if any
index.json           everything in here, with size and SHA-256

HOW TO CHECK IT

1. With one command, offline:   rubrica-verify {file}
2. Part by part, with any PDF reader that checks signatures: open sealed.pdf. The seal must be valid and cover the
   whole file. You can also hand it in at {url}.
3. The files: compute the SHA-256 of each (sha256sum files/*) and compare it with the one on the evidence pages of the
   sealed PDF, or with “files” in manifest.json, which is the attachment rubrica-manifest.json of that PDF.
4. The events: the SHA-256 of the UTF-8 bytes of “canonical” is the “hash” of the line, and the last element of
   “canonical” is the hash of the line before. The hash of line number “chain.length” of manifest.json must be
   “chain.head”, which is under the seal.
{container}
WHAT IT PROVES AND WHAT NOT

The seal proves that nothing has changed since it was sealed, and who sealed, if you trust the certificate: compare its
SHA-256 with the one that the organization publishes. It is an advanced electronic seal by the platform, not a qualified
one. The pictures and videos of identity checks are not here; their SHA-256 and results are.
original.pdf, if there, is the document as it was sent, before what a PDF should not do was taken out of it. Handle it
with care: it was shown to nobody.
"""
PT = """\
EVIDÊNCIA — {name}
{rule}

Processo {package}, de {organization}.
Este ZIP contém tudo o que é preciso para verificar o processo sem a ajuda de ninguém e sem conexão.

O QUE HÁ AQUI

{papers}
files/               os arquivos entregues pelos participantes, numerados como em manifest.json
events.jsonl         a cadeia de eventos: o que aconteceu, quem e quando; cada linha leva o hash da anterior
erasures/            se existir: declarações assinadas sobre os dados de uma pessoa apagados dos eventos
ledger.json          se existir: a prova de que a cadeia está no registro diário assinado da organização
certificates/        os certificados do selo e dos carimbos do tempo (PEM)
timestamps/          os carimbos do tempo RFC 3161, se houver
revocation/          listas e respostas de revogação, se houver
index.json           tudo o que há aqui, com tamanho e SHA-256

COMO VERIFICAR

1. Com um comando, sem conexão:   rubrica-verify {file}
2. Por partes, com qualquer leitor de PDF que verifique assinaturas: abra sealed.pdf. O selo deve ser válido e cobrir
   o arquivo inteiro. Você também pode entregá-lo em {url}.
3. Os arquivos: calcule o SHA-256 de cada um (sha256sum files/*) e compare com o das páginas de evidência do PDF
   selado, ou com “files” em manifest.json, que é o anexo rubrica-manifest.json do mesmo PDF.
4. Os eventos: o SHA-256 dos bytes UTF-8 de “canonical” é o “hash” da linha, e o último elemento de “canonical” é o
   hash da linha anterior. O hash da linha número “chain.length” de manifest.json deve ser “chain.head”, que está sob
   o selo.
{container}
O QUE PROVA E O QUE NÃO

O selo prova que nada mudou desde que foi selado, e quem selou, se você confia no certificado: compare seu SHA-256 com
o que a organização publica. É um selo eletrônico avançado da plataforma, não um qualificado. As fotos e vídeos das
verificações de identidade não estão aqui; seus SHA-256 e resultados, sim.
original.pdf, se existir, é o documento como foi enviado, antes de se retirar o que um PDF não deve fazer. Trate-o com
cuidado: não foi mostrado a ninguém.
"""
TEXTS = (ES, EN, PT)  # as LANGUAGES
DOCUMENT = (
    "el documento sellado, con sus páginas de evidencia, y su manifiesto",
    "the sealed document with its evidence pages, and its manifest",
    "o documento selado, com suas páginas de evidência, e seu manifesto",
)
EVIDENCE = (
    "las páginas de evidencia, selladas, y su manifiesto",
    "the evidence pages, sealed, and their manifest",
    "as páginas de evidência, seladas, e seu manifesto",
)
SIGNED_BY_EACH = (
    "el documento con la firma de cada uno y el sello; el manifiesto de evidence/ lo nombra",
    "the document with everybody's own signature and the seal; the manifest in evidence/ names it",
    "o documento com a assinatura de cada um e o selo; o manifesto em evidence/ o nomeia",
)
CONTAINER = (
    """\
5. Los archivos en su conjunto: META-INF/signature.p7s firma META-INF/ASiCManifest.xml, que nombra cada uno con su
   SHA-256 en Base64 (ASiC-E, ETSI EN 319 162-1):
   openssl cms -verify -binary -inform DER -in META-INF/signature.p7s -content META-INF/ASiCManifest.xml \\
     -noverify -out /dev/null
""",
    """\
5. The files as a whole: META-INF/signature.p7s signs META-INF/ASiCManifest.xml, which names each with its SHA-256 in
   Base64 (ASiC-E, ETSI EN 319 162-1):
   openssl cms -verify -binary -inform DER -in META-INF/signature.p7s -content META-INF/ASiCManifest.xml \\
     -noverify -out /dev/null
""",
    """\
5. Os arquivos em conjunto: META-INF/signature.p7s assina META-INF/ASiCManifest.xml, que nomeia cada um com seu
   SHA-256 em Base64 (ASiC-E, ETSI EN 319 162-1):
   openssl cms -verify -binary -inform DER -in META-INF/signature.p7s -content META-INF/ASiCManifest.xml \\
     -noverify -out /dev/null
""",
)
WIDTH = 20  # of the names in the list


def readme(process: Process, folders: Sequence[str]) -> str:
    """``folders`` are those of the sealed PDFs."""
    column = LANGUAGES.index(process.language) if process.language in LANGUAGES else LANGUAGES.index("en")
    documents = SIGNED_BY_EACH if process.is_signed_by_each else DOCUMENT
    kinds = {folder: (EVIDENCE if folder == "evidence" else documents)[column] for folder in folders}
    has_container = "evidence" in folders and not process.is_signed_by_each
    name = " ".join(process.name.split())
    return TEXTS[column].format(
        name=name,
        rule="=" * min(100, len(name) + 12),
        package=process.public_id,
        organization=" ".join(process.organization.name.split()),
        papers="\n".join(f"{folder + '/':<{WIDTH}} {kind}" for folder, kind in kinds.items()),
        file=f"evidence-{process.public_id}.zip",
        url=f"{settings.PUBLIC_URL}/verify",
        container=CONTAINER[column] if has_container else "",
    )
