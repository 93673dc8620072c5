"""The sentence that a signer agrees to. It is stored whole with each signature, so old ones keep their wording."""

SENTENCES = {
    "es": "He leído el documento y acepto firmarlo por medios electrónicos. Mi firma electrónica tiene para mí el "
    "mismo valor que mi firma manuscrita.",
    "en": "I have read the document and agree to sign it electronically. My electronic signature binds me as my "
    "handwritten signature would.",
    "pt": "Li o documento e concordo em assiná-lo por meios eletrônicos. Minha assinatura eletrônica tem para mim o "
    "mesmo valor que a manuscrita.",
}


def sentence(language: str) -> str:
    return SENTENCES.get(language, SENTENCES["en"])


# What a participant agrees to before a picture of them is taken: asked for apart from the signature, and refusable.
# A change of the words is a new version, which the event and the evidence name beside the SHA-256 of what was shown.
PICTURES_VERSION = "2026-1"
PICTURES = {
    "es": "Autorizo que las imágenes de mi rostro y de mi documento de identidad, que son datos sensibles, se usen "
    "únicamente para comprobar mi identidad en este proceso, incluida la comparación automática de mi rostro con la "
    "foto del documento, y que se guarden como prueba. Sé que no estoy obligado a autorizarlo.",
    "en": "I agree that pictures of my face and of my identity card, which are sensitive data, are used only to "
    "confirm my identity in this process, also by comparing my face with the picture on the card automatically, and "
    "that they are kept as evidence. I know that I do not have to agree.",
    "pt": "Autorizo que as imagens do meu rosto e do meu documento de identidade, que são dados sensíveis, sejam "
    "usadas apenas para confirmar a minha identidade neste processo, inclusive pela comparação automática do meu "
    "rosto com a foto do documento, e que sejam guardadas como prova. Sei que não sou obrigado a autorizar.",
}


def to_pictures(language: str) -> str:
    return PICTURES.get(language, PICTURES["en"])
