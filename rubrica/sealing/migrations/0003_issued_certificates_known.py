"""Keys of the first version: the authority's record of what it issued, and until when each can seal."""

from cryptography import x509
from django.db import migrations


def record(apps, schema_editor):
    authority = apps.get_model("sealing", "Authority").objects.first()
    for key in apps.get_model("sealing", "SealingKey").objects.filter(issued=None, chain_pem="", holder="file"):
        certificate = x509.load_pem_x509_certificate(key.certificate_pem.encode())
        root = x509.load_pem_x509_certificate(authority.certificate_pem.encode())
        key.issued = apps.get_model("sealing", "IssuedCertificate").objects.create(
            organization_id=key.organization_id,
            serial=f"{certificate.serial_number:x}",
            subject=certificate.subject.rfc4514_string(),
            not_after=certificate.not_valid_after_utc,
            issued_at=key.created_at,
        )
        key.usable_until = min(certificate.not_valid_after_utc, root.not_valid_after_utc)
        key.save(update_fields=["issued", "usable_until"])


class Migration(migrations.Migration):
    dependencies = [("sealing", "0002_holders_and_revocation")]
    operations = [migrations.RunPython(record, migrations.RunPython.noop)]
