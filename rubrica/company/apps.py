from django.apps import AppConfig


class CompanyConfig(AppConfig):
    name = "rubrica.company"

    def ready(self) -> None:
        from rubrica.company import jobs
        from rubrica.webhooks.sending import switched_off

        switched_off.connect(jobs.on_switched_off, dispatch_uid="rubrica.company")
