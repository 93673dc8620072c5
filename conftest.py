import pytest

from tests.cast import Acme, make_acme


@pytest.fixture(autouse=True)
def _plain_static_files(settings: object) -> None:
    """Pages in unit tests name their static files as they are in the sources, whether or not those were built."""
    settings.STORAGES = {  # type: ignore[attr-defined]
        **settings.STORAGES,  # type: ignore[attr-defined]
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def acme(db: None) -> Acme:
    return make_acme()


@pytest.fixture
def other(db: None) -> Acme:
    return make_acme("Other", "other.example")
