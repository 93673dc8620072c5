"""The kinds of holders: what each has to be told, and how it is opened."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rubrica.sealing.keyring.holders.aws import AwsHolder
from rubrica.sealing.keyring.holders.azure import AzureHolder
from rubrica.sealing.keyring.holders.base import Holder
from rubrica.sealing.keyring.holders.csc import CscHolder
from rubrica.sealing.keyring.holders.file import FileHolder
from rubrica.sealing.keyring.holders.google import GoogleHolder
from rubrica.sealing.keyring.holders.pkcs11 import Pkcs11Holder

Told = Mapping[str, str]


@dataclass(frozen=True)
class Asked:
    """One thing that a holder has to be told. What is secret is kept encrypted and never shown again."""

    name: str
    label: str | Promise
    hint: str | Promise = ""
    is_secret: bool = False
    is_optional: bool = False
    is_long: bool = False


@dataclass(frozen=True)
class Kind:
    asks: tuple[Asked, ...]
    open: Callable[[Told, Told], Holder]
    has_certificates: bool = False  # whether they usually lie with the key


OUTSIDE: dict[str, Kind] = {
    "pkcs11": Kind(
        (
            Asked("token", _("Name of the token"), _("Its label, as pkcs11-tool --list-slots shows it.")),
            Asked("label", _("Name of the key"), _("Its label on the token."), is_optional=True),
            Asked("id", _("Id of the key"), _("In hexadecimal, where the name is not enough."), is_optional=True),
            Asked("pin", _("PIN"), is_secret=True),
        ),
        Pkcs11Holder,
        has_certificates=True,
    ),
    "aws": Kind(
        (
            Asked("region", _("Region"), _("For instance us-east-1.")),
            Asked("key", _("Key"), _("Its id, ARN or alias; a key for signing, RSA or ECC_NIST_P256.")),
            Asked("access_key", _("Access key id"), _("Of a user who may use this key to sign, and nothing else.")),
            Asked("secret_key", _("Secret access key"), is_secret=True),
            Asked("session_token", _("Session token"), is_secret=True, is_optional=True),
            Asked("endpoint", _("Other address"), _("Where KMS is not called at Amazon's own."), is_optional=True),
        ),
        AwsHolder,
    ),
    "azure": Kind(
        (
            Asked("vault", _("Address of the vault"), _("For instance https://name.vault.azure.net.")),
            Asked("key", _("Name of the key or certificate")),
            Asked("version", _("Version"), _("Empty for the newest."), is_optional=True),
            Asked("tenant", _("Directory (tenant) id")),
            Asked("client", _("Application (client) id")),
            Asked("client_secret", _("Client secret"), is_secret=True),
            Asked(
                "login",
                _("Other address to sign in"),
                _("Where it is not Microsoft's own."),
                is_optional=True,
            ),
        ),
        AzureHolder,
        has_certificates=True,
    ),
    "google": Kind(
        (
            Asked("key", _("Key version"), _("projects/…/locations/…/keyRings/…/cryptoKeys/…/cryptoKeyVersions/1")),
            Asked("service_account", _("Service account"), _("The whole JSON file."), is_secret=True, is_long=True),
            Asked("endpoint", _("Other address"), _("Where KMS is not called at Google's own."), is_optional=True),
        ),
        GoogleHolder,
    ),
    "csc": Kind(
        (
            Asked("url", _("Address of the service"), _("For instance https://service.example/csc/v2.")),
            Asked("credential", _("Credential id")),
            Asked("client", _("Client id")),
            Asked("client_secret", _("Client secret"), is_secret=True),
            Asked("pin", _("PIN of the credential"), is_secret=True, is_optional=True),
        ),
        CscHolder,
        has_certificates=True,
    ),
}


def opened(kind: str, reference: Told, secret: bytes) -> Holder:
    """The holder of a stored key; ``secret`` is the PKCS #8 of a key in a file, else JSON. Raises HolderFailed."""
    if kind == "file":
        return FileHolder.from_der(secret)
    return OUTSIDE[kind].open(reference, json.loads(secret))
