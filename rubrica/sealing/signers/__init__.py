"""Signer by signer: everybody's signature in a revision of its own."""
