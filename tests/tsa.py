"""A timestamp authority, as people run one: real HTTP, RFC 3161, with its own CRL and OCSP responder, good and bad."""

import hashlib
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from rubrica.sealing.keyring.holders.file import in_memory
from rubrica.sealing.values import SigningKey

POLICY = "1.3.6.1.4.1.60000.1"
Builder = x509.CertificateBuilder


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@dataclass
class Authority:
    """Root, one authority under it, and the timestamp server's certificate; ``fault`` is what goes wrong now.

    Faults: hang, 500, garbage, imprint, nonce, refuse, tampered, clock, expired, no purpose, many purposes,
    another certificate; no crl, no ocsp, no revocation, stale, stranger, revoked.
    """

    fault: str = ""
    host: str = "127.0.0.1"
    port: int = 0
    life: timedelta = timedelta(days=3650)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    hung: threading.Event = field(default_factory=threading.Event)
    with_crl: bool = True
    with_ocsp: bool = True
    with_issuers: bool = True  # the authority under the root travels in the token
    signers: list[x509.Certificate] = field(default_factory=list)
    answering: Callable[[bytes], bytes] | None = None  # another way to answer requests
    lock: Any = field(default_factory=threading.Lock)

    @property
    def base(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.base}/tsa"

    @property
    def pem(self) -> str:
        """What an operator names as the anchor."""
        return self.root.public_bytes(Encoding.PEM).decode()

    def begin(self) -> None:
        """Makes the certificates, whose addresses need the port."""
        now = self.clock() - timedelta(hours=1)
        self.root_key, self.middle_key, self.key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        root = self._authority("Test root", "Test root", self.root_key, now, timedelta(days=20_000))
        self.root = root.sign(self.root_key, hashes.SHA256())
        middle = self._authority("Test timestamps CA", "Test root", self.middle_key, now, timedelta(days=10_000))
        self.middle = self._pointing(middle, "root").sign(self.root_key, hashes.SHA256())
        self.certificate = self.issue()

    def issue(self, fault: str = "") -> x509.Certificate:
        """A certificate for the server's key."""
        now = self.clock()
        end = now - timedelta(minutes=5) if fault == "expired" else now + self.life
        purposes = [ExtendedKeyUsageOID.TIME_STAMPING]
        if fault == "many purposes":
            purposes.append(ExtendedKeyUsageOID.CODE_SIGNING)
        leaf = (
            _plain("Test timestamps", "Test timestamps CA", self.key, now - timedelta(hours=1), end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
        )
        if fault != "no purpose":
            leaf = leaf.add_extension(x509.ExtendedKeyUsage(purposes), critical=True)
        return self._pointing(leaf, "middle").sign(self.middle_key, hashes.SHA256())

    def signer(self) -> SigningKey:
        """A key for seals, as an organization may bring one."""
        private, now = ec.generate_private_key(ec.SECP256R1()), self.clock()
        leaf = _plain("Andes", "Test timestamps CA", private, now - timedelta(hours=1), now + timedelta(days=3650))
        leaf = leaf.add_extension(_usage(signs_certificates=False), critical=True)
        certificate = self._pointing(leaf, "middle").sign(self.middle_key, hashes.SHA256())
        self.signers.append(certificate)
        return in_memory(private, certificate, (self.middle, self.root))

    def _authority(self, subject: str, issuer: str, key: Any, begin: datetime, life: timedelta) -> Builder:
        return (
            _plain(subject, issuer, key, begin, begin + life)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
        )

    def _pointing(self, builder: Builder, issuer: str) -> Builder:
        """With the addresses of its issuer's list, responder and certificate."""
        method = AuthorityInformationAccessOID
        access = [x509.AccessDescription(method.CA_ISSUERS, _address(f"{self.base}/{issuer}.crt"))]
        if self.with_ocsp:
            access.append(x509.AccessDescription(method.OCSP, _address(f"{self.base}/{issuer}.ocsp")))
        builder = builder.add_extension(x509.AuthorityInformationAccess(access), critical=False)
        if not self.with_crl:
            return builder
        point = x509.DistributionPoint([_address(f"{self.base}/{issuer}.crl")], None, None, None)
        return builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)

    # ------------------------------------------------------------ answers

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        if self.fault == "500":
            return 500, b"out of order"
        if path == "/tsa":
            return 200, b"<html>" if self.fault == "garbage" else self.reply(body)
        issuer, _, kind = path.strip("/").partition(".")
        if kind == "crt":
            return 200, getattr(self, issuer).public_bytes(Encoding.DER)
        if kind not in {"crl", "ocsp"} or self.fault in {f"no {kind}", "no revocation"}:
            return 404, b""
        return 200, self.crl(issuer) if kind == "crl" else self.ocsp(issuer, body)

    def reply(self, body: bytes) -> bytes:
        if self.answering is not None:
            return self.answering(body)
        request = tsp.TimeStampReq.load(body, strict=True)
        if self.fault == "refuse":
            status = {"status": "rejection", "status_string": ["no credit left"], "fail_info": {"system_failure"}}
            return bytes(core.SequenceOf([tsp.PKIStatusInfo(status)], spec=tsp.PKIStatusInfo).dump())
        imprint, nonce = request["message_imprint"].native, request["nonce"].native
        if self.fault == "imprint":
            imprint["hashed_message"] = hashlib.sha256(b"something else").digest()
        info = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": imprint,
            "serial_number": len(self.calls) + 1,
            "gen_time": (self.clock() + timedelta(hours=9 if self.fault == "clock" else 0)).replace(microsecond=0),
            "nonce": nonce + 1 if self.fault == "nonce" else nonce,
        }
        granted = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": self.token(info)})
        return bytes(granted.dump())

    def token(self, info: dict[str, Any]) -> cms.ContentInfo:
        content = tsp.TSTInfo(info).dump()
        leaf = self.issue(self.fault) if self.fault in {"expired", "no purpose", "many purposes"} else self.certificate
        der = leaf.public_bytes(Encoding.DER)
        named = hashlib.sha256(b"x" if self.fault == "another certificate" else der).digest()
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": ["tst_info"]},
                {"type": "message_digest", "values": [hashlib.sha256(content).digest()]},
                {"type": "signing_certificate_v2", "values": [{"certs": [{"cert_hash": named}]}]},
            ]
        )
        signature = self.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
        if self.fault == "tampered":
            signature = self.key.sign(b"something else", ec.ECDSA(hashes.SHA256()))
        own = asn1_x509.Certificate.load(der)
        above = [asn1_x509.Certificate.load(self.middle.public_bytes(Encoding.DER))] if self.with_issuers else []
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}},
                "digest_algorithm": {"algorithm": "sha256"},
                "signed_attrs": attributes,
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
                "signature": signature,
            }
        )
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": "sha256"}],
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": core.ParsableOctetString(content),
                },
                "certificates": [own, *above],
                "signer_infos": [signer],
            }
        )
        return cms.ContentInfo({"content_type": "signed_data", "content": signed})

    def crl(self, issuer: str) -> bytes:
        """Signed now."""
        now = self.clock()
        authority, key = (self.root, self.root_key) if issuer == "root" else (self.middle, self.middle_key)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(authority.subject)
            .last_update(now - timedelta(minutes=1 if self.fault != "stale" else 9999))
            .next_update(now + timedelta(days=7 if self.fault != "stale" else -1))
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
            .add_extension(x509.CRLNumber(len(self.calls) + 1), critical=False)
        )
        if self.fault == "revoked":
            row = x509.RevokedCertificateBuilder().serial_number(self.certificate.serial_number)
            builder = builder.add_revoked_certificate(row.revocation_date(now - timedelta(days=1)).build())
        signs = key if self.fault != "stranger" else ec.generate_private_key(ec.SECP256R1())
        return builder.sign(signs, hashes.SHA256()).public_bytes(Encoding.DER)

    def ocsp(self, issuer: str, body: bytes) -> bytes:
        """By a responder with a certificate of its own, as large authorities do it."""
        asked, now = ocsp.load_der_ocsp_request(body), self.clock()
        authority, key = (self.root, self.root_key) if issuer == "root" else (self.middle, self.middle_key)
        known = {one.serial_number: one for one in (self.middle, self.certificate, *self.signers)}
        is_revoked = self.fault == "revoked"
        responder_key = ec.generate_private_key(ec.SECP256R1())
        signs = key if self.fault != "stranger" else ec.generate_private_key(ec.SECP256R1())
        responder = (
            _plain("Test responder", "", responder_key, now - timedelta(hours=1), now + timedelta(days=30))
            .issuer_name(authority.subject)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
            .add_extension(x509.OCSPNoCheck(), critical=False)
            .sign(signs, hashes.SHA256())
        )
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=known[asked.serial_number],
                issuer=authority,
                algorithm=asked.hash_algorithm,
                cert_status=ocsp.OCSPCertStatus.REVOKED if is_revoked else ocsp.OCSPCertStatus.GOOD,
                this_update=now - timedelta(minutes=1 if self.fault != "stale" else 9999),
                next_update=now + timedelta(days=1 if self.fault != "stale" else -1),
                revocation_time=now - timedelta(days=1) if is_revoked else None,
                revocation_reason=None,
            )
            .certificates([responder])
            .responder_id(ocsp.OCSPResponderEncoding.HASH, responder)
        )
        return builder.sign(responder_key, hashes.SHA256()).public_bytes(Encoding.DER)

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        with self.lock:
            self.calls.append((handler.path, {key.lower(): value for key, value in handler.headers.items()}))
        if self.fault == "hang":
            self.hung.wait(60)
            handler.close_connection = True
            return
        status, said = self.answer(handler.path, body)
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(said)))
        handler.end_headers()
        handler.wfile.write(said)


class OpenSsl:
    """Answers by ``openssl ts``, with the certificate of an authority of ours."""

    CONFIGURATION = """
[tsa]
default_tsa = tsa
dir = .
serial = serial
crypto_device = builtin
signer_cert = leaf.pem
certs = middle.pem
signer_key = key.pem
signer_digest = sha256
default_policy = 1.3.6.1.4.1.60000.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""

    def __init__(self, authority: Authority, folder: Path) -> None:
        self.folder = folder
        for name, one in [("leaf", authority.certificate), ("middle", authority.middle), ("root", authority.root)]:
            (folder / f"{name}.pem").write_bytes(one.public_bytes(Encoding.PEM))
        key = authority.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "key.pem").write_bytes(key)
        (folder / "tsa.cnf").write_text(self.CONFIGURATION)

    def reply(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        command = [
            "openssl",
            "ts",
            "-reply",
            "-config",
            "tsa.cnf",
            "-section",
            "tsa",
            "-queryfile",
            "query",
            "-out",
            "reply",
        ]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "reply").read_bytes()


def _plain(subject: str, issuer: str, key: Any, begin: datetime, end: datetime) -> Builder:
    builder = (
        Builder()
        .subject_name(name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(begin, end - timedelta(minutes=1)))
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.issuer_name(name(issuer)) if issuer else builder


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    signs = not signs_certificates
    return x509.KeyUsage(signs, signs, False, False, False, signs_certificates, signs_certificates, False, False)


def _address(url: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(url)


@contextmanager
def authority(**options: Any) -> Iterator[Authority]:
    running = Authority(**options)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            running.take(self)

        do_GET = do_POST

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer((running.host, 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    running.port = server.server_address[1]
    running.begin()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        running.hung.set()
        server.shutdown()
        server.server_close()
        thread.join()
