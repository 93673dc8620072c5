from django.apps import AppConfig


class DraftingConfig(AppConfig):
    name = "rubrica.drafting"
    label = "drafting"
