"""Whether two XMP packets (ISO 16684-1) say the same of a document, but for when and by what it was last written."""

from __future__ import annotations

from xml.etree import ElementTree

LAST_WRITTEN = {"ModifyDate", "MetadataDate", "Producer", "InstanceID", "xmptk"}
LARGEST = 1 << 20  # bytes

Facts = list[tuple[str, str, tuple[tuple[str, str], ...]]]


def say_the_same(old: bytes, new: bytes) -> bool:
    """False for whatever cannot be read."""
    try:
        return _facts(old) == _facts(new)
    except (ElementTree.ParseError, ValueError):
        return False


def _facts(packet: bytes) -> Facts:
    if len(packet) > LARGEST or b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        raise ValueError("not a packet of XMP")
    nodes = ElementTree.fromstring(packet).iter()  # noqa: S314 - without a document type there is nothing to expand
    facts = [(node.tag, (node.text or "").strip(), _attributes(node)) for node in nodes]
    return sorted(fact for fact in facts if _local(fact[0]) not in LAST_WRITTEN and any(fact[1:]))


def _attributes(node: ElementTree.Element) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in node.attrib.items() if _local(name) not in LAST_WRITTEN))


def _local(name: str) -> str:
    return name.rpartition("}")[2]
