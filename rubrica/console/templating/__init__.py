"""The templates of an organization: what each asks, where the answers go, and where people sign."""
