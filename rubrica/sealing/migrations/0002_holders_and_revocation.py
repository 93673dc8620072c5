import django.db.models.deletion
from cryptography import x509
from django.db import migrations, models

import rubrica.clock


# Keys of the first version: the authority's record of what it issued, and until when each can seal.
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
    dependencies = [
        ("accounts", "0002_brand_and_policies"),
        ("sealing", "0001_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="sealingkey",
            name="chain_pem",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="sealingkey",
            name="checked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="sealingkey",
            name="holder",
            field=models.CharField(
                choices=[
                    ("file", "In this installation, encrypted"),
                    ("pkcs11", "HSM or token (PKCS #11)"),
                    ("aws", "AWS KMS"),
                    ("azure", "Azure Key Vault"),
                    ("google", "Google Cloud KMS"),
                    ("csc", "Signing service (CSC API)"),
                ],
                db_default="file",
                default="file",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="sealingkey",
            name="problem",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddField(
            model_name="sealingkey",
            name="reference",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="sealingkey",
            name="usable_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="IssuedCertificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("serial", models.CharField(max_length=40, unique=True)),
                ("subject", models.TextField()),
                ("not_after", models.DateTimeField()),
                ("issued_at", models.DateTimeField(default=rubrica.clock.now)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("key_compromise", "Somebody else may have the key"),
                            ("superseded", "Another certificate takes its place"),
                            ("cessation_of_operation", "It is not needed any more"),
                            ("affiliation_changed", "The name in it is no longer right"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="issued_certificates",
                        to="accounts.organization",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="sealingkey",
            name="issued",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="key",
                to="sealing.issuedcertificate",
            ),
        ),
        migrations.RunPython(record, migrations.RunPython.noop),
    ]
