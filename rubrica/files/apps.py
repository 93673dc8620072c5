from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "rubrica.files"

    def ready(self) -> None:
        """Raises SystemExit for an address of a key service that is none: at the start, and not in a request."""
        from django.conf import settings

        if settings.ROOT_KEY_KMS:
            from rubrica.files import roots

            roots.service(settings.ROOT_KEY_KMS)
