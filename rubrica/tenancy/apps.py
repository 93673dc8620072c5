from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenancyConfig(AppConfig):
    name = "rubrica.tenancy"

    def ready(self) -> None:
        from rubrica.tenancy.installing import install_after_migrations

        post_migrate.connect(install_after_migrations, sender=self)
