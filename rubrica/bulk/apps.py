from django.apps import AppConfig


class BulkConfig(AppConfig):
    name = "rubrica.bulk"
    label = "bulk"
