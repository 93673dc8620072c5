"""Backup, restore, and moving all bytes to another storage: nothing of it runs unless an operator asks."""
