from django.apps import AppConfig


class SealingConfig(AppConfig):
    name = "rubrica.sealing"
