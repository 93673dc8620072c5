"""How we reach PostgreSQL: Django's own engine with a pool that notices cut connections, and a replica for reads."""
