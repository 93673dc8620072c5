"""The services that hold keys, as far as their public contracts go: each checks who calls and what is asked, and signs
with a real key. One server plays all of them; what it refuses is what the providers refuse.
"""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding

from rubrica.sealing.tests.holders.material import KEYS, LEAVES, MIDDLE, ROOT, key_pem

ACCESS_KEY, SECRET_KEY, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1"
TENANT, CLIENT, CLIENT_SECRET, PIN = "tenant-1", "client-1", "very secret words", "9876"
GOOGLE_KEY = "projects/p/locations/global/keyRings/r/cryptoKeys/{kind}/cryptoKeyVersions/1"
ACCOUNT_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SHA256_OID = "2.16.840.1.101.3.4.2.1"
SIGN_OIDS = {"rsa": "1.2.840.113549.1.1.11", "ec": "1.2.840.10045.4.3.2"}


class Refused(Exception):
    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status, self.body = status, body


def need(true: object, status: int, **body: Any) -> None:
    if not true:
        raise Refused(status, body or {"error": {"code": "BadParameter", "message": "the test's server refuses this"}})


def service_account(url: str) -> str:
    return json.dumps({
        "type": "service_account", "client_email": "seal@p.iam.gserviceaccount.com", "private_key_id": "k1",
        "private_key": key_pem(ACCOUNT_KEY).decode(), "token_uri": f"{url}/google/token",
    })  # fmt: skip


class Services:
    """What came, and what goes wrong: ``trouble`` are statuses that are answered first."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.trouble: list[int] = []
        self.tokens: set[str] = set()
        self.activation: dict[str, list[str]] = {}
        self.mode = "explicit"

    @property
    def paths(self) -> list[str]:
        return [path for path, _headers, _body in self.calls]

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        self.calls.append((path, headers, body))
        if self.trouble:
            raise Refused(self.trouble.pop(0), {})
        routes: dict[str, Callable[[str, str, dict[str, str], bytes], dict[str, Any]]] = {
            "aws": self.aws, "azure": self.azure, "google": self.google, "csc": self.csc
        }  # fmt: skip
        return routes[path.split("/")[1]](method, path, headers, body)

    def aws(self, method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        need(method == "POST" and path == "/aws/", 404)
        need(_aws_signature(method, path, headers, body), 403, __type="IncompleteSignatureException")
        need(headers["x-amz-target"] == "TrentService.Sign", 400, __type="UnknownOperationException")
        need(headers["content-type"] == "application/x-amz-json-1.1", 400)
        asked = json.loads(body)
        kind = asked["KeyId"].removeprefix("alias/")
        need(kind in KEYS, 400, __type="NotFoundException", message=f"Alias {asked['KeyId']} is not found.")
        wanted = {"rsa": "RSASSA_PKCS1_V1_5_SHA_256", "ec": "ECDSA_SHA_256"}[kind]
        need(asked["SigningAlgorithm"] == wanted, 400, __type="InvalidKeyUsageException")
        need(asked["MessageType"] == "DIGEST", 400, __type="ValidationException")
        signature = signed(kind, base64.b64decode(asked["Message"], validate=True))
        return {"KeyId": asked["KeyId"], "Signature": encoded(signature), "SigningAlgorithm": wanted}

    def azure(self, method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        parts = urlsplit(path)
        if parts.path == f"/azure/{TENANT}/oauth2/v2.0/token":
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            need(form["grant_type"] == "client_credentials" and form["scope"].endswith("/.default"), 400)
            need((form["client_id"], form["client_secret"]) == (CLIENT, CLIENT_SECRET), 401,
                 error="invalid_client", error_description="Invalid client secret provided.")  # fmt: skip
            return self.token()
        self.check_token(headers)
        need(parse_qs(parts.query).get("api-version") == ["7.4"], 400)
        _empty, _service, where, kind, *rest = parts.path.split("/")
        need(kind in KEYS, 404, error={"code": "KeyNotFound", "message": f"A key with name {kind} was not found"})
        if where == "certificates":
            return {"id": kind, "cer": encoded(LEAVES[kind].public_bytes(Encoding.DER))}
        need(method == "POST" and where == "keys" and rest[-1:] == ["sign"], 404)
        asked = json.loads(body)
        need(asked["alg"] == {"rsa": "RS256", "ec": "ES256"}[kind], 400)
        signature = signed(kind, base64.urlsafe_b64decode(asked["value"] + "="))
        if kind == "ec":
            signature = b"".join(one.to_bytes(32, "big") for one in utils.decode_dss_signature(signature))
        return {"kid": f"{self.url}/keys/{kind}/1", "value": base64.urlsafe_b64encode(signature).decode().rstrip("=")}

    def google(self, method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        if path == "/google/token":
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            need(form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer", 400)
            need(self.is_assertion(form["assertion"]), 400, error="invalid_grant", error_description="Invalid JWT")
            return self.token()
        self.check_token(headers)
        name = path.removeprefix("/google/v1/").removesuffix(":asymmetricSign")
        kind = next((kind for kind in KEYS if GOOGLE_KEY.format(kind=kind) == name), "")
        need(method == "POST" and path.endswith(":asymmetricSign") and kind, 404,
             error={"code": 404, "message": "CryptoKeyVersion not found.", "status": "NOT_FOUND"})  # fmt: skip
        digest = base64.b64decode(json.loads(body)["digest"]["sha256"], validate=True)
        return {"signature": encoded(signed(kind, digest)), "name": name, "protectionLevel": "HSM"}

    def is_assertion(self, token: str) -> bool:
        signed_part, _dot, signature = token.rpartition(".")
        head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in signed_part.split("."))
        try:
            ACCOUNT_KEY.public_key().verify(
                base64.urlsafe_b64decode(signature + "=="), signed_part.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except InvalidSignature:
            return False
        return bool(
            head == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
            and claims["iss"] == "seal@p.iam.gserviceaccount.com"
            and claims["aud"] == f"{self.url}/google/token"
            and claims["scope"] == "https://www.googleapis.com/auth/cloudkms"
            and claims["iat"] <= time.time() < claims["exp"] <= claims["iat"] + 3600
        )

    def csc(self, method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        need(method == "POST", 405)
        call = path.removeprefix("/csc/v2/")
        if call == "oauth2/token":
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            need(form["grant_type"] == "client_credentials", 400, error="unsupported_grant_type")
            need((form["client_id"], form["client_secret"]) == (CLIENT, CLIENT_SECRET), 401, error="invalid_client")
            return self.token()
        need(headers["content-type"].startswith("application/json"), 400, error="invalid_request")
        asked = json.loads(body)
        if call == "info":
            return {"specs": "2.0.0.2", "name": "Test", "authType": ["oauth2client"], "oauth2": f"{self.url}/csc/v2",
                    "methods": ["credentials/info", "credentials/authorize", "signatures/signHash"]}  # fmt: skip
        self.check_token(headers)
        kind = asked["credentialID"]
        need(kind in KEYS, 400, error="invalid_request", error_description="Invalid parameter credentialID")
        steps = {"credentials/info": self.info, "credentials/authorize": self.authorize,
                 "signatures/signHash": self.sign_hash}  # fmt: skip
        return steps[call](kind, asked)

    def info(self, kind: str, asked: dict[str, Any]) -> dict[str, Any]:
        need(asked["certificates"] in {"none", "single", "chain"}, 400, error="invalid_request")
        chain = [encoded(one.public_bytes(Encoding.DER)) for one in (LEAVES[kind], MIDDLE, ROOT)]
        return {
            "key": {"status": "enabled", "algo": [SIGN_OIDS[kind]], "len": 2048 if kind == "rsa" else 256},
            "cert": {"status": "valid", "certificates": chain},
            "auth": {"mode": self.mode, "expression": "PIN", "objects": [{"type": "Password", "id": "PIN"}]},
            "SCAL": "2", "multisign": 1,
        }  # fmt: skip

    def authorize(self, kind: str, asked: dict[str, Any]) -> dict[str, Any]:
        need(asked["numSignatures"] == len(asked["hashes"]) == 1, 400, error="invalid_request")
        need(asked["hashAlgorithmOID"] == SHA256_OID, 400, error="invalid_request")
        need(asked.get("authData") == [{"id": "PIN", "value": PIN}], 400, error="invalid_pin",
             error_description="The PIN is invalid")  # fmt: skip
        activation = f"sad-{secrets.token_hex(8)}"
        self.activation[activation] = [kind, *asked["hashes"]]
        return {"SAD": activation, "expiresIn": 60}

    def sign_hash(self, kind: str, asked: dict[str, Any]) -> dict[str, Any]:
        """What was authorised is used up, and good for these hashes alone."""
        need(self.activation.pop(asked["SAD"], None) == [kind, *asked["hashes"]], 400, error="invalid_sad")
        need(asked["signAlgo"] == SIGN_OIDS[kind] and asked["hashAlgorithmOID"] == SHA256_OID, 400)
        return {"signatures": [encoded(signed(kind, base64.b64decode(asked["hashes"][0], validate=True)))]}

    def token(self) -> dict[str, Any]:
        token = f"token-{secrets.token_hex(8)}"
        self.tokens.add(token)
        return {"access_token": token, "token_type": "Bearer", "expires_in": 3600}

    def check_token(self, headers: dict[str, str]) -> None:
        word, _space, token = headers.get("authorization", "").partition(" ")
        need(word == "Bearer" and token in self.tokens, 401, error="invalid_token")


def signed(kind: str, digest: bytes) -> bytes:
    need(len(digest) == 32, 400)
    private = KEYS[kind]
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    return private.sign(digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _aws_signature(method: str, path: str, headers: dict[str, str], body: bytes) -> bool:
    """Recomputed from what came over the wire, as Amazon's guide to Signature Version 4 says."""
    algorithm, _space, rest = headers.get("authorization", "").partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    access_key, day, region, service, end = fields["Credential"].split("/")
    names = fields["SignedHeaders"].split(";")
    lines = [method, path, ""] + [f"{name}:{headers[name].strip()}" for name in names]
    lines += ["", ";".join(names), hashlib.sha256(body).hexdigest()]
    request = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{day}/{region}/{service}/aws4_request\n{request}"
    key = b"AWS4" + SECRET_KEY.encode()
    for step in (day, region, service, end):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    right = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    is_complete = {"host", "x-amz-date"} <= set(names) and names == sorted(names)
    is_now = headers["x-amz-date"].startswith(day) and (region, service, end) == (REGION, "kms", "aws4_request")
    return (
        algorithm == "AWS4-HMAC-SHA256" and access_key == ACCESS_KEY and is_complete and is_now
        and hmac.compare_digest(right, fields["Signature"])
    )  # fmt: skip


@contextmanager
def serving(host: str = "127.0.0.2") -> Iterator[Services]:
    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                status, answer = 200, services.answer(self.command, self.path, headers, body)
            except Refused as refused:
                status, answer = refused.status, refused.body
            except (KeyError, ValueError, TypeError) as error:
                status, answer = 400, {"error": {"message": f"{type(error).__name__} {error}"}}
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = respond

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer((host, 0), Handler)
    services = Services(f"http://{host}:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield services
    finally:
        server.shutdown()
        server.server_close()
