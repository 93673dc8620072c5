"""The seal: one revision with stamps, evidence, manifest and signature, and a second look at it."""
