"""What must hold of an installation whatever has died meanwhile, judged from outside: from the rows of the database,
the bytes of the storage, what a client was answered, and what mailboxes and receivers of webhooks got.

Nothing of the product is imported here, so that an error there is not repeated here; docs/verify.md says how things are
hashed and signed.
"""
