import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import rubrica.clock

# As with the events of processes: nobody changes or deletes what is written here, a mistake of ours least of all. The
# function is made again under a name of its own, since that of the processes comes in a later migration.
REFUSE = """
CREATE FUNCTION refuse_rewriting_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: its rows are history', lower(TG_OP), TG_TABLE_NAME
          USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_audit();
"""
ALLOW = "DROP TRIGGER append_only ON accounts_auditentry; DROP FUNCTION refuse_rewriting_audit();"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_token_environment")]

    operations = [
        migrations.AddField("apikey", "last_used_at", models.DateTimeField(null=True)),
        migrations.AddField("apikey", "name", models.CharField(blank=True, db_default="", default="", max_length=100)),
        migrations.AddField("bearertoken", "last_used_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "bearertoken", "name", models.CharField(blank=True, db_default="", default="", max_length=100)
        ),
        migrations.AddField(
            "organization", "oidc_domain", models.CharField(blank=True, db_default="", default="", max_length=253)
        ),
        migrations.AddField(
            "organization", "oidc_role", models.CharField(db_default="viewer", default="viewer", max_length=10)
        ),
        migrations.AddField(
            "organization", "requires_second_factor", models.BooleanField(db_default=False, default=False)
        ),
        migrations.AddConstraint(
            "organization",
            models.UniqueConstraint(
                condition=models.Q(("oidc_domain", ""), _negated=True),
                fields=("oidc_domain",),
                name="organization_oidc_domain_once",
            ),
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=rubrica.clock.now)),
                ("kind", models.CharField(max_length=30)),
                ("member_id", models.BigIntegerField(null=True)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("subject", models.CharField(blank=True, max_length=500)),
                ("details", models.JSONField(default=dict)),
                ("address", models.GenericIPAddressField(null=True)),
                ("agent", models.CharField(blank=True, max_length=300)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="audit",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["organization", "-id"], name="audit_newest_first")]},
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                ("role", models.CharField(max_length=10)),
                ("language", models.CharField(max_length=2)),
                ("nonce", models.CharField(max_length=32)),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("created_at", models.DateTimeField(default=rubrica.clock.now)),
                ("sent_at", models.DateTimeField(default=rubrica.clock.now)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                        fields=("organization", "email"),
                        name="invitation_once_open",
                    )
                ]
            },
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
