"""The addresses for developers, below /console/developers; webhooks and deliveries stay below the settings."""

from django.urls import path

from rubrica.console.developers import events, keys

urlpatterns = [
    path("", keys.keys, name="developers"),
    path("/keys/make", keys.make_keys, name="make_keys"),
    path("/keys/<int:pk>/revoke", keys.revoke_key, name="revoke_key"),
    path("/tokens", keys.tokens, name="tokens"),
    path("/tokens/make", keys.make_token, name="make_token"),
    path("/tokens/<int:pk>/revoke", keys.revoke_token, name="revoke_token"),
    path("/events", events.events, name="developer_events"),
]
