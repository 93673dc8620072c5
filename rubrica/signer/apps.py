from django.apps import AppConfig


class SignerConfig(AppConfig):
    name = "rubrica.signer"
