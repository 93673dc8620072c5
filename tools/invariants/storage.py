"""Bytes by their keys, from a folder or a bucket."""

from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit


class Storage(Protocol):
    def read(self, key: str) -> bytes | None:
        """None where there is nothing."""


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, key: str) -> bytes | None:
        try:
            return (self.path / key).read_bytes()
        except FileNotFoundError:
            return None


class Bucket:
    def __init__(self, client: Any, name: str, prefix: str) -> None:
        self.client, self.name, self.prefix = client, name, prefix

    def read(self, key: str) -> bytes | None:
        try:
            found: bytes = self.client.get_object(Bucket=self.name, Key=self.prefix + key)["Body"].read()
        except self.client.exceptions.NoSuchKey:
            return None
        return found


def at(url: str) -> Storage:
    """As ``RUBRICA_STORAGE_URL`` says it: ``file:///…`` or ``s3://key:secret@bucket/prefix?endpoint=…``."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Folder(Path(unquote(parts.path)))
    import boto3
    from botocore.config import Config

    options = dict(parse_qsl(parts.query))
    client = boto3.client(
        "s3",
        endpoint_url=options.get("endpoint"),
        region_name=options.get("region", "us-east-1"),
        aws_access_key_id=unquote(parts.username or ""),
        aws_secret_access_key=unquote(parts.password or ""),
        config=Config(s3={"addressing_style": options.get("style", "path")}),
    )
    prefix = unquote(parts.path).strip("/")
    return Bucket(client, parts.netloc.rpartition("@")[2], f"{prefix}/" if prefix else "")
