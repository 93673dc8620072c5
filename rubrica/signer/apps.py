from typing import Any

from django.apps import AppConfig


class SignerConfig(AppConfig):
    name = "rubrica.signer"

    def ready(self) -> None:
        from rubrica.files.models import Blob, wiped
        from rubrica.signer import pages

        def forget(sender: type[Blob], blob: Blob, **_more: Any) -> None:
            pages.forget(blob)

        wiped.connect(forget, weak=False, dispatch_uid="rubrica.signer")
