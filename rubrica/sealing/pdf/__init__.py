"""The format itself: read by our own strict reader, written as incremental updates, and through qpdf and pyHanko."""
