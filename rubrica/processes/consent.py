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
