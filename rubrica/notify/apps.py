from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "rubrica.notify"
    label = "notify"
