"""Repeatable benchmarks against floors and peers."""
