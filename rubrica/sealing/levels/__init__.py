"""The levels above B-B (ETSI EN 319 142-1): timestamps, revocation data, and archive timestamps that are renewed.

What talks to the network is here and outside the sandbox; what reads or writes a PDF runs inside it (``revision``,
``check``). ``raising`` puts them in order.
"""
