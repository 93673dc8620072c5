"""A bucket on a bad day: the server is gone, unwell or slow, the wire is cut, a certificate is unknown; and memory."""

import datetime as dt
import hashlib
import ipaddress
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.files.base import ContentFile

from rubrica.files.storage import OnDisk
from rubrica.files.tests.conftest import opened
from rubrica.web.errors import StorageAway
from tests import s3
from tools.demo import free_port

KEY = "7/ab/abcdef"


# The network


def test_a_server_that_is_gone_is_an_error_of_files(bucket: str) -> None:
    kept = opened(s3.url(f"http://127.0.0.1:{free_port()}", bucket, attempts="1"))
    for use in (lambda: kept.exists(KEY), lambda: kept.save(KEY, ContentFile(b"x")), lambda: kept.open(KEY),
                lambda: kept.delete(KEY), lambda: list(kept.keys())):  # fmt: skip
        with pytest.raises(StorageAway, match="does not answer"):
            use()


def test_a_server_that_says_nothing_is_not_waited_for_longer_than_set(bucket: str, wire: s3.Wire) -> None:
    wire.silent = True
    kept = opened(s3.url(wire.endpoint, bucket, attempts="1", seconds="1"))
    with pytest.raises(StorageAway, match=r"[Rr]ead timeout"):
        kept.exists(KEY)


def test_an_unwell_server_is_asked_again(bucket: str, wire: s3.Wire) -> None:
    kept = opened(s3.url(wire.endpoint, bucket))
    wire.fails = 1
    kept.save(KEY, ContentFile(b"bytes"))
    assert kept.exists(KEY)


def test_a_server_that_stays_unwell_is_an_error_and_nothing_was_kept(bucket: str, wire: s3.Wire, server: str) -> None:
    kept = opened(s3.url(wire.endpoint, bucket, attempts="2"))
    wire.fails = 2
    with pytest.raises(StorageAway, match="refused: 500"):
        kept.save(KEY, ContentFile(b"bytes"))
    assert not opened(s3.url(server, bucket)).exists(KEY)


def test_a_download_goes_on_where_the_wire_was_cut(bucket: str, wire: s3.Wire, server: str) -> None:
    content = os.urandom(3_000_000)
    opened(s3.url(server, bucket)).save(KEY, ContentFile(content))
    wire.cut_after, wire.cuts = 1_000_000, 2
    with opened(s3.url(wire.endpoint, bucket)).open(KEY) as file:
        assert file.read() == content
    assert wire.connections == 3


def test_a_part_goes_on_too_and_ends_where_it_should(bucket: str, wire: s3.Wire, server: str) -> None:
    content = os.urandom(2_000_000)
    opened(s3.url(server, bucket)).save(KEY, ContentFile(content))
    wire.cut_after, wire.cuts = 500_000, 1
    with opened(s3.url(wire.endpoint, bucket)).part(KEY, 100_000, 1_700_000) as file:
        assert file.read() == content[100_000:1_700_001]


def test_a_wire_that_is_cut_again_and_again_is_an_error(bucket: str, wire: s3.Wire, server: str) -> None:
    opened(s3.url(server, bucket)).save(KEY, ContentFile(os.urandom(3_000_000)))
    wire.cut_after, wire.cuts = 700_000, 1
    with opened(s3.url(wire.endpoint, bucket, attempts="1")).open(KEY) as file:
        assert file.read(100)
        wire.cut_after, wire.cuts = 0, 1_000_000
        with pytest.raises(StorageAway):
            file.read()


def test_a_cut_upload_of_many_parts_leaves_no_object(bucket: str, wire: s3.Wire, server: str, tmp_path: Path) -> None:
    source = tmp_path / "large"
    source.write_bytes(os.urandom(20_000_000))
    wire.cut_after, wire.cuts = 0, 1_000_000
    with source.open("rb") as file, pytest.raises(StorageAway):
        opened(s3.url(wire.endpoint, bucket, attempts="1")).save(KEY, OnDisk(file, str(source)))
    assert not opened(s3.url(server, bucket)).exists(KEY)


def test_a_bucket_that_is_not_there_is_named(server: str) -> None:
    kept = opened(s3.url(server, "no-such-bucket"))
    with pytest.raises(StorageAway, match="NoSuchBucket"):
        kept.save(KEY, ContentFile(b"x"))
    with pytest.raises(StorageAway, match="NoSuchBucket"):
        kept.open(KEY)


def test_keys_lie_under_the_prefix_and_what_others_keep_is_not_seen(server: str, bucket: str) -> None:
    kept = opened(s3.url(server, bucket, "of/ours"))
    kept.save(KEY, ContentFile(b"x"))
    s3.client(server).put_object(Bucket=bucket, Key="of/others", Body=b"")
    found = [entry["Key"] for entry in s3.client(server).list_objects_v2(Bucket=bucket)["Contents"]]
    assert found == ["of/others", f"of/ours/{KEY}"]
    assert list(kept.keys()) == [(KEY, 1)]


# TLS


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = _self_signed(folder)
    with s3.serving(certificate, key) as endpoint:
        s3.make_bucket(endpoint, "papers", verify=str(certificate))
        yield endpoint, certificate


def _self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "ca.pem", folder / "key.pem"


def test_a_private_authority_is_believed_where_it_is_named(tls: tuple[str, Path]) -> None:
    endpoint, certificate = tls
    kept = opened(s3.url(endpoint, "papers", ca=str(certificate)))
    kept.save(KEY, ContentFile(b"bytes"))
    with kept.open(KEY) as file:
        assert file.read() == b"bytes"


def test_and_nowhere_else(tls: tuple[str, Path]) -> None:
    endpoint, _ = tls
    with pytest.raises(StorageAway, match="CERTIFICATE_VERIFY_FAILED"):
        opened(s3.url(endpoint, "papers", attempts="1")).exists(KEY)


# Memory

FLAT = """
import hashlib, resource, sys
from pathlib import Path
import django
django.setup()
from django.core.files import File
from rubrica.files import address, storage
from rubrica.files.storage import OnDisk
kept = storage.of(address.read(sys.argv[1]))
source = Path(sys.argv[2])
def use(path):
    with path.open("rb") as file:
        kept.save("7/ab/" + path.name, OnDisk(file, str(path)))
    digest = hashlib.sha256()
    with kept.open("7/ab/" + path.name) as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
use(source / "small")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = use(source / "large")
print(found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_hundred_megabytes_go_up_and_come_down_in_the_same_memory(server: str, bucket: str, tmp_path: Path) -> None:
    (tmp_path / "small").write_bytes(os.urandom(20_000_000))
    (tmp_path / "large").write_bytes(os.urandom(100_000_000))
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "rubrica.settings"}
    done = subprocess.run([sys.executable, "-c", FLAT, s3.url(server, bucket), str(tmp_path)], env=environment,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    digest, grown = done.stdout.split()
    assert digest == hashlib.sha256((tmp_path / "large").read_bytes()).hexdigest()
    assert int(grown) < 16 * 1024  # KiB
