"""Rubrica under load while its parts are killed, cut off and lose power; afterwards ``tools.invariants`` judges.

``python -m tools.trial kills|machines|power|steady``: each builds a stage of its own, lets whole signings run on it,
breaks what it is about, waits until all has had its time, and prints figures.
"""
