"""Writing DER (ITU-T X.690), as far as a CMS signature needs it."""

from datetime import UTC, datetime

NULL = b"\x05\x00"


def tagged(tag: int, *parts: bytes) -> bytes:
    """An element of that identifier octet around its parts."""
    content = b"".join(parts)
    if len(content) < 128:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def sequence(*parts: bytes) -> bytes:
    return tagged(0x30, *parts)


def octets(data: bytes) -> bytes:
    return tagged(0x04, data)


def integer(number: int) -> bytes:
    """A positive number; the leading bit is its sign."""
    return tagged(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def utc_time(moment: datetime) -> bytes:
    """RFC 5652 §11.3: two digits of the year until 2049, then a GeneralizedTime."""
    at = moment.astimezone(UTC)
    tag, text = (0x17, f"{at:%y%m%d%H%M%SZ}") if at.year < 2050 else (0x18, f"{at:%Y%m%d%H%M%SZ}")
    return tagged(tag, text.encode())


def oid(dotted: str) -> bytes:
    first, second, *others = (int(part) for part in dotted.split("."))
    data = bytes([first * 40 + second])
    for part in others:
        digits = [part & 127]
        while part := part >> 7:
            digits.insert(0, 128 | part & 127)
        data += bytes(digits)
    return tagged(0x06, data)
