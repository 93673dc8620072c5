"""What an address of a database becomes: time-outs from the first statement on, and nothing that a pooler cannot do."""

import psycopg
import pytest
from django.db import connection

from rubrica import settings

ADDRESS = "postgresql://me:p%40ss@db.example/shop?sslmode=require&connect_timeout=3&options=-c%20work_mem%3D9MB"


@pytest.mark.django_db
def test_time_outs_hold_from_the_first_statement_on() -> None:
    with psycopg.connect(**connection.get_connection_params()) as found:
        asked = "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"
        said = [(found.execute(f"SHOW {name}").fetchone() or ("",))[0] for name in asked]
    assert said == ["1min", "30s", "2min"]


def test_the_address_has_the_last_word() -> None:
    made = settings.database("RUBRICA_DATABASE_URL", ADDRESS)
    options = made["OPTIONS"]
    assert (made["USER"], made["PASSWORD"], made["HOST"], made["NAME"]) == ("me", "p@ss", "db.example", "shop")
    assert options["connect_timeout"] == "3" and options["sslmode"] == "require"
    assert options["options"].startswith("-c statement_timeout=60s") and options["options"].endswith("-c work_mem=9MB")


def test_a_pooler_is_asked_for_nothing_that_stays_with_a_connection() -> None:
    made = settings.database("RUBRICA_DATABASE_URL", "postgresql://db.example/shop", pooler=True)
    assert made["OPTIONS"]["prepare_threshold"] is None
    assert made["DISABLE_SERVER_SIDE_CURSORS"] is True
    assert "options" not in made["OPTIONS"]


def test_an_address_of_another_kind_is_refused_by_the_name_of_its_setting() -> None:
    with pytest.raises(SystemExit, match="RUBRICA_REPLICA_URL must begin with postgresql://, not mysql://"):
        settings.database("RUBRICA_REPLICA_URL", "mysql://db.example/shop")
