"""None; with this module Django counts the package among those that hear of the end of a migration."""
