"""What ``RUBRICA_STORAGE_URL`` says: a folder of this machine, or a bucket of a server that speaks S3."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

NAME = "RUBRICA_STORAGE_URL"
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
STYLES = ("auto", "path", "virtual")
OPTIONS = {"endpoint", "region", "style", "ca", "checksums", "seconds", "attempts"}
CHECKSUMS = ("when_supported", "when_required")


@dataclass(frozen=True)
class Folder:
    path: Path

    def __str__(self) -> str:
        return self.path.as_uri()


@dataclass(frozen=True)
class Bucket:
    """``key`` and ``secret`` may be empty: then the library looks where such programs keep theirs."""

    name: str
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    style: str = "auto"
    ca: str = ""
    checksums: str = "when_supported"  # some servers do not know the checksums that newer clients send
    seconds: float = 30  # without a byte, until a call counts as lost
    attempts: int = 4
    key: str = ""
    secret: str = field(default="", repr=False)

    def origins(self) -> tuple[str, ...]:
        """Where browsers meet it: the library decides by style, region and endpoint, so one address is signed to
        look at it. For that the login does not matter, and may be somewhere that takes time to ask."""
        try:
            import boto3
            from botocore.config import Config
        except ImportError as error:
            raise SystemExit(f"{NAME} names a bucket: install rubrica[s3] ({error}).") from None
        how = Config(signature_version="s3v4", s3={"addressing_style": self.style})
        login = {"aws_access_key_id": "-", "aws_secret_access_key": "-"}
        place = {"region_name": self.region or None, "endpoint_url": self.endpoint or None}
        client = boto3.client("s3", config=how, **login, **place)
        parts = urlsplit(client.generate_presigned_url("put_object", Params={"Bucket": self.name, "Key": "-"}))
        return (f"{parts.scheme}://{parts.netloc}",)

    def __str__(self) -> str:
        """For people: without the login."""
        place = f"{self.name}/{self.prefix}" if self.prefix else self.name
        return f"s3://{place}" + (f" at {self.endpoint}" if self.endpoint else "")


def read(url: str, key: str = "", secret: str = "") -> Folder | Bucket:
    """``key`` and ``secret`` are used where the URL has no login. Raises SystemExit with a sentence."""
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path and not parts.netloc:
        return Folder(Path(unquote(parts.path)))
    if parts.scheme != "s3":
        _refuse("must be file:///absolute/folder or s3://bucket/prefix")
    found = _bucket(parts, key, secret)
    if bool(found.key) != bool(found.secret):
        _refuse("has one half of a login: give key and secret, or neither")
    return found


def _bucket(parts: SplitResult, key: str, secret: str) -> Bucket:
    name = parts.netloc.rpartition("@")[2]
    if not BUCKET_NAME.fullmatch(name):
        _refuse(f"has no name of a bucket in {name!r}: lower-case letters, digits, dots and hyphens")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := options.keys() - OPTIONS:
        _refuse(f"has an option that nobody knows: {', '.join(sorted(unknown))}")
    return Bucket(
        name,
        prefix=unquote(parts.path).strip("/"),
        endpoint=_endpoint(options.get("endpoint", "")),
        region=options.get("region", ""),
        style=_one_of(STYLES, "style", options.get("style", "auto")),
        ca=_file(options.get("ca", "")),
        checksums=_one_of(CHECKSUMS, "checksums", options.get("checksums", "when_supported")),
        seconds=_number("seconds", options.get("seconds", "30"), 1, 600),
        attempts=int(_number("attempts", options.get("attempts", "4"), 1, 20)),
        key=unquote(parts.username or "") or key,
        secret=unquote(parts.password or "") or secret,
    )


def _endpoint(text: str) -> str:
    if text and not re.fullmatch(r"https?://[^/?#@\s]+/?", text):
        _refuse("has an endpoint that is no address: write https://host:port, without a login")  # it may have one
    return text.rstrip("/")


def _one_of(words: tuple[str, ...], option: str, text: str) -> str:
    if text not in words:
        _refuse(f"has {option}={text!r}; choose {', '.join(words)}")
    return text


def _number(option: str, text: str, low: float, high: float) -> float:
    try:
        found = float(text)
    except ValueError:
        found = low - 1
    if not low <= found <= high:
        _refuse(f"has {option}={text!r}; it is a number from {low} to {high}")
    return found


def _file(path: str) -> str:
    if path and not Path(path).is_file():
        _refuse(f"names a file of certificates that is not there: {path}")
    return path


def _refuse(why: str) -> NoReturn:
    raise SystemExit(f"{NAME} {why}.")
