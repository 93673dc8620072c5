from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "rubrica.api"

    def ready(self) -> None:
        from rubrica.api import idempotency
        from rubrica.api.auco import webhooks
        from rubrica.processes import listeners

        listeners.register(webhooks.hear)
        listeners.register(idempotency.hear)
