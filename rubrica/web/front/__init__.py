"""What stands between the wire and the WSGI application: it takes bodies in, hands answers out, and knows when to stop.

Granian reads HTTP and calls us as an RSGI application. A request without a body goes to a thread at once. A body is
taken in by the event loop, into memory or a file, under a clock; only when it is whole does a thread begin with it. A
long answer goes out by the event loop as well. So who is slow costs a socket, and no thread.
"""
