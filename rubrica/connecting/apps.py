from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ConnectingConfig(AppConfig):
    name = "rubrica.connecting"

    def ready(self) -> None:
        from rubrica.connecting import months

        post_migrate.connect(months.keep_up, sender=self)
