"""Deliveries and their attempts in months. An attempt's key to its delivery is checked by nobody any more: it is stored
in the transaction that looks at the delivery, and a month of both goes as a whole."""

from django.db import migrations

from rubrica.connecting import dividing

NO_KEY = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT conname FROM pg_constraint
        WHERE conrelid = 'webhooks_attempt'::regclass AND contype = 'f' AND confrelid = 'webhooks_delivery'::regclass
    LOOP EXECUTE format('ALTER TABLE webhooks_attempt DROP CONSTRAINT %I', name); END LOOP;
END $$
"""


class Migration(migrations.Migration):
    atomic = False  # each table is read once beforehand, and nobody waits for that

    dependencies = [("webhooks", "0001_initial")]

    operations = [
        migrations.RunSQL(dividing.FUNCTIONS, dividing.NO_FUNCTIONS),
        migrations.RunSQL(NO_KEY, migrations.RunSQL.noop),
        migrations.RunPython(
            dividing.divide("webhooks_delivery", "id", without=("webhooks_delivery_message_id_key",)),
            migrations.RunPython.noop,
        ),
        migrations.RunPython(
            dividing.divide("webhooks_attempt", "delivery_id", without=("webhooks_attempt_pkey",)),
            migrations.RunPython.noop,
        ),
    ]
