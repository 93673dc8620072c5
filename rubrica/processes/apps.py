from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ProcessesConfig(AppConfig):
    name = "rubrica.processes"

    def ready(self) -> None:
        from rubrica.processes import event_order, listeners, readers

        listeners.register(readers.tell_readers)
        post_migrate.connect(event_order.go_on, sender=self)
