"""README.txt of an export of a person, in the language that was asked for.

Kept here and not in the message catalogues, as the words of the evidence pages are.
"""

ES = """\
TUS DATOS EN {organization}

Esto es todo lo que {organization} guarda aquí sobre {identifier}, a {made}.

data.json       los datos: en qué procesos participaste, qué se te pidió, qué hiciste y cuándo, qué mensajes se te
                enviaron, y en qué otros lugares aparece tu dirección, tu número o tu documento
files/          los archivos que entregaste
pictures/       las imágenes y videos de las comprobaciones de identidad
signatures/     tus firmas dibujadas o enviadas como imagen
documents/      los documentos que firmaste o aprobaste, ya sellados

Un archivo que está en data.json y no aquí ya se borró; su SHA-256 dice cuál era.
Los procesos son también de otras personas: de ellas no hay aquí más que lo que está en los documentos.
"""
EN = """\
YOUR DATA AT {organization}

This is everything that {organization} keeps here about {identifier}, as of {made}.

data.json       the data: which processes you took part in, what you were asked for, what you did and when, which
                messages were sent to you, and where else your address, your number or your document stands
files/          the files that you delivered
pictures/       the pictures and videos of identity checks
signatures/     your signatures that were drawn or sent as a picture
documents/      the documents that you signed or approved, as they were sealed

A file that is in data.json and not here has been erased; its SHA-256 says which one it was.
Processes are other people's too: of them there is nothing here but what stands in the documents.
"""
PT = """\
SEUS DADOS EM {organization}

Isto é tudo o que {organization} guarda aqui sobre {identifier}, em {made}.

data.json       os dados: de quais processos você participou, o que foi pedido, o que você fez e quando, quais
                mensagens foram enviadas a você, e onde mais aparece seu endereço, seu número ou seu documento
files/          os arquivos que você entregou
pictures/       as imagens e vídeos das verificações de identidade
signatures/     suas assinaturas desenhadas ou enviadas como imagem
documents/      os documentos que você assinou ou aprovou, já selados

Um arquivo que está em data.json e não aqui já foi apagado; seu SHA-256 diz qual era.
Os processos são também de outras pessoas: delas não há aqui mais do que está nos documentos.
"""
TEXTS = {"es": ES, "en": EN, "pt": PT}


def readme(language: str, organization: str, identifier: str, made: str) -> str:
    values = {"organization": " ".join(organization.split()), "identifier": identifier, "made": made}
    return TEXTS.get(language, EN).format(**values)
