from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "rubrica.api"

    def ready(self) -> None:
        from rubrica.api import idempotency
        from rubrica.api.auco import ledger, webhooks
        from rubrica.processes import listeners
        from rubrica.processes.ledger.heads import head_signed

        listeners.register(webhooks.hear)
        listeners.register(idempotency.hear)
        head_signed.connect(ledger.hear)
