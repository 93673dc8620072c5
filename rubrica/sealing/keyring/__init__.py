"""The keys that seal: our own authority's, an owner's, or those that somebody else holds."""
