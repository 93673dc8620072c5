"""None of its own: Django sends the signal after migrations only to apps that have this module."""
