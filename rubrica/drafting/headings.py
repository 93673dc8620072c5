"""What columns of people are called in the three languages, as ``searchable`` writes it."""

HEADINGS = {
    "name": {
        "name", "full name", "names", "nombre", "nombre completo", "nombres", "nombres y apellidos", "nome",
        "nome completo", "person", "persona", "pessoa", "signer", "firmante", "signatario",
    },
    "email": {
        "email", "e mail", "mail", "correo", "correo electronico", "e mail address", "email address", "endereco",
        "correo e", "endereco de e mail",
    },
    "phone": {
        "phone", "telephone", "mobile", "telefono", "celular", "movil", "telefone", "whatsapp", "numero",
        "phone number", "numero de telefono",
    },
    "language": {"language", "idioma", "lengua", "lingua"},
    "title": {"process", "process name", "proceso", "nombre del proceso", "processo", "nome do processo", "subject",
              "title", "titulo", "contract", "contrato"},
}  # fmt: skip
LANGUAGES = {
    "es": {"es", "spa", "spanish", "espanol", "castellano", "espanhol"},
    "en": {"en", "eng", "english", "ingles"},
    "pt": {"pt", "por", "portuguese", "portugues", "pt br"},
}
