"""Bytes in a bucket of a server that speaks S3. Loaded only where one is set: the library takes 30 MB."""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from storages.backends import s3

from rubrica.files.address import Bucket
from rubrica.files.envelope import Changed
from rubrica.web.errors import StorageAway

CONNECT_SECONDS = 5
CONNECTIONS = 32  # held open by a process; more at one time are made and closed again
PART = 8 * 1024 * 1024  # bytes; what is larger goes up in parts of this size
BUFFER = 256 * 1024  # bytes
ATTEMPTS = 4  # to go on after a cut without a single byte between them
GONE = {"404", "NoSuchKey", "NotFound"}


class S3Storage(s3.S3Storage):  # type: ignore[misc]
    """django-storages' own, except that one client serves all threads, that what is read is streamed where theirs
    loads the whole object into memory, and that errors are those of a file."""

    is_remote = True

    def __init__(self, bucket: Bucket) -> None:
        super().__init__(
            bucket_name=bucket.name,
            location=bucket.prefix,
            endpoint_url=bucket.endpoint or None,
            region_name=bucket.region or None,
            access_key=bucket.key or None,
            secret_key=bucket.secret or None,
            verify=bucket.ca or None,
            client_config=_config(bucket),
            transfer_config=_transfers(),
            file_overwrite=True,
            querystring_auth=True,
        )
        self._making = threading.Lock()

    @cached_property
    def _shared(self) -> Any:
        return self._create_session().resource(
            "s3",
            region_name=self.region_name,
            endpoint_url=self.endpoint_url,
            config=self.client_config,
            verify=self.verify,
        )

    @property
    def connection(self) -> Any:
        """One for the process: a client may be shared by threads, and hundreds of them would hold one each. Of the
        resources around it only fresh ones are used."""
        with self._making:
            return self._shared

    def exists(self, name: str) -> bool:
        with _in_our_words():
            return bool(super().exists(name))

    def size(self, name: str) -> int:
        with _in_our_words():
            return int(super().size(name))

    def delete(self, name: str) -> None:
        with _in_our_words():
            super().delete(name)

    def _open(self, name: str, mode: str = "rb") -> "IO[bytes]":
        return self.part(name, 0, None)

    def part(self, name: str, first: int, last: int | None) -> "IO[bytes]":
        """The bytes ``first`` to ``last``, or to the end, as they come. Raises FileNotFoundError."""
        return io.BufferedReader(Coming(self._asked(self._normalize_name(name)), first, last), BUFFER)

    def _asked(self, key: str) -> "Callable[..., Any]":
        def get(**options: str) -> Any:
            with _in_our_words():
                return self.connection.meta.client.get_object(Bucket=self.bucket_name, Key=key, **options)

        return get

    def replace(self, name: str, content: "File[Any]") -> str:
        return self._save(name, content)

    def _save(self, name: str, content: "File[Any]") -> str:
        with _in_our_words():
            if not hasattr(content, "temporary_file_path"):
                return str(super()._save(name, content))
            self._send(self._normalize_name(name), Path(content.temporary_file_path()))
        return name

    def _send(self, key: str, path: Path) -> None:
        """From the disk, so that however large it is no more than a piece of it is in memory. The library adds a
        checksum that the server compares."""
        client, kind = self.connection.meta.client, {"ContentType": self.default_content_type}
        if path.stat().st_size > PART:
            client.upload_file(str(path), self.bucket_name, key, ExtraArgs=kind, Config=self.transfer_config)
        else:
            with path.open("rb") as body:
                client.put_object(Bucket=self.bucket_name, Key=key, Body=body, **kind)

    def keys(self) -> Iterator[tuple[str, int]]:
        """Every key with its size, in the order of the keys."""
        start = f"{self.location.strip('/')}/" if self.location.strip("/") else ""
        pages = self.connection.meta.client.get_paginator("list_objects_v2")
        with _in_our_words():
            for page in pages.paginate(Bucket=self.bucket_name, Prefix=start):
                yield from ((entry["Key"].removeprefix(start), entry["Size"]) for entry in page.get("Contents", ()))

    def direct_url(self, name: str, seconds: int, disposition: str, media_type: str) -> str:
        """Where the server gives the object to whoever has the address, for so long, as a download of this type."""
        answer = {
            "ResponseContentDisposition": disposition,
            "ResponseContentType": media_type,
            "ResponseCacheControl": "private, no-store",
        }
        return str(self.url(name, parameters=answer, expire=seconds))

    def upload_url(self, name: str, seconds: int, size: int, media_type: str) -> str:
        """Where whoever has the address may put one object of this size and type, if they begin in time."""
        asked = {"Bucket": self.bucket_name, "Key": self._normalize_name(name),
                 "ContentLength": size, "ContentType": media_type}  # fmt: skip
        client = self.connection.meta.client
        return str(client.generate_presigned_url("put_object", Params=asked, ExpiresIn=seconds))


class Coming(io.RawIOBase):
    """Bytes of one object on their way. Where the connection is cut it goes on from there: an object never changes."""

    def __init__(self, get: "Callable[..., Any]", first: int, last: int | None) -> None:
        self._get, self._at, self._last = get, first, last
        self._cuts = 0
        self._tag = ""
        self._body: Any = None
        self._ask()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        at = offset + (0, self._at, self._end)[whence]
        if at != self._at:
            self._drop()
            self._at = at
        return at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._end:
            return 0
        while True:
            try:
                count = self._some(memoryview(buffer)[: self._end - self._at])
            except (BotoCoreError, ConnectionError) as error:
                self._drop()
                self._cuts += 1
                if self._cuts > ATTEMPTS:
                    raise StorageAway(f"The storage broke off again and again: {error}") from error
            else:
                self._at += count
                self._cuts = 0
                return count

    def close(self) -> None:
        self._drop()
        super().close()

    def _some(self, buffer: memoryview) -> int:
        if self._body is None:
            self._ask()
        # No ``readinto``: it would count what a decoder holds back. The copy is nothing beside a network.
        chunk = self._body.read(len(buffer))
        if not chunk:
            raise ConnectionError("it ended too early")
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def _ask(self) -> None:
        options = {"IfMatch": self._tag} if self._tag else {}
        if self._at or self._last is not None:
            options["Range"] = f"bytes={self._at}-{'' if self._last is None else self._last}"
        answer = self._get(**options)
        self._body, self._tag = answer["Body"], answer["ETag"]
        self._end = self._at + answer["ContentLength"]

    def _drop(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None


def _config(bucket: Bucket) -> Config:
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=bucket.seconds,
        max_pool_connections=CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": bucket.attempts},
        signature_version="s3v4",
        s3={"addressing_style": bucket.style},
        request_checksum_calculation=bucket.checksums,
        response_checksum_validation="when_required",  # blobs are named by their SHA-256
        tcp_keepalive=True,
    )


def _transfers() -> TransferConfig:
    return TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=4)


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Raises FileNotFoundError, or StorageAway with what the server or the network said."""
    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {})
        if said.get("Code") in GONE:
            raise FileNotFoundError(2, "The storage has no such object") from error
        if said.get("Code") == "InvalidRange":
            raise Changed("an object is shorter than it should be") from error
        raise StorageAway(f"The storage refused: {said.get('Code')} {said.get('Message')}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise StorageAway(f"The storage does not answer: {error}") from error
