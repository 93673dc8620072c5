"""An OpenID Connect provider that is real here."""

from collections.abc import Iterator
from typing import Any

import pytest

from rubrica.doctor import signing_in
from rubrica.team import oidc_settings
from tests import oidc


@pytest.fixture(scope="module")
def provider() -> Iterator[oidc.Provider]:
    with oidc.running() as running:
        yield running


def test_a_good_one_is_praised(provider: oidc.Provider, settings: Any) -> None:
    settings.OIDC_ISSUER = provider.url
    settings.SOCIALACCOUNT_PROVIDERS = oidc_settings.providers(provider.url, oidc.CLIENT, oidc.SECRET, "x")
    assert signing_in.oidc().status == "ok"


def test_none_is_set(settings: Any) -> None:
    settings.OIDC_ISSUER = ""
    assert signing_in.oidc().status == "ok"


def test_a_client_without_a_secret_is_a_failure(provider: oidc.Provider, settings: Any) -> None:
    settings.OIDC_ISSUER = provider.url
    settings.SOCIALACCOUNT_PROVIDERS = oidc_settings.providers(provider.url, oidc.CLIENT, "", "x")
    found = signing_in.oidc()
    assert found.status == "failure" and "RUBRICA_OIDC_CLIENT_SECRET" in found.do


def test_one_that_calls_itself_otherwise_is_a_failure(provider: oidc.Provider) -> None:
    other = provider.url.replace("127.0.0.1", "localhost")
    found = signing_in.look_at(other)
    assert found.status == "failure" and provider.url in found.sentence


def test_one_that_is_away_is_a_failure() -> None:
    assert signing_in.look_at("http://127.0.0.1:9").status == "failure"
