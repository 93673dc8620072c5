from django.apps import AppConfig


class CompletingConfig(AppConfig):
    name = "rubrica.completing"

    def ready(self) -> None:
        from rubrica.completing import editions
        from rubrica.processes import listeners

        listeners.register(editions.void_what_was_taken_back)
