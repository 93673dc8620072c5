"""Checks an evidence bundle of Rubrica offline, with two libraries and nothing of Rubrica itself.

    rubrica-verify evidence-9a12….zip [--ca ca.pem]

Everything that it does is described in docs/verify.md, so that anybody could write it again. It trusts the certificate
authority in ``--ca``; without one it prints the fingerprint of the one it found, to be compared with the
installation's. Exit code: 0 everything holds, 1 something does not, 2 there is no bundle to check.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from asn1crypto import cms, parser, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

SIGNATURE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512(),
}  # fmt: skip
COMMITTED = 2  # in the place of the user agent: who acted is a salted commitment
LIMIT = 1 << 30  # bytes of one entry, unpacked; a bundle is no place for bombs


class Wrong(Exception):
    """Something does not hold; the text says what, for a person."""


def expect(holds: object, otherwise: str) -> None:
    if not holds:
        raise Wrong(otherwise)


# ------------------------------------------------------------ the bundle


class Bundle:
    """The entries of a ZIP or a folder, by their paths."""

    def __init__(self, path: Path) -> None:
        self._zip = None if path.is_dir() else zipfile.ZipFile(path)
        self._folder = path
        if self._zip:
            names = [info.filename for info in self._zip.infolist()]
            expect(len(set(names)) == len(names), "Two entries of the bundle have the same name.")
        else:
            names = [str(found.relative_to(path)) for found in path.rglob("*") if found.is_file()]
        self.names = set(names)

    def read(self, name: str) -> bytes:
        expect(name in self.names, f"{name} is missing.")
        if self._zip is None:
            return (self._folder / name).read_bytes()
        expect(self._zip.getinfo(name).file_size <= LIMIT, f"{name} is too large.")
        return self._zip.read(name)


class Check:
    """One run over one bundle: prints what holds and what does not."""

    def __init__(self, bundle: Bundle, roots: Sequence[x509.Certificate]) -> None:
        self.bundle, self.roots = bundle, list(roots)
        self.takes_any = not roots  # each one that is found is printed, to be compared
        self.index: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []
        self.manifests: dict[str, dict[str, Any]] = {}
        self.ends: dict[str, int] = {}  # of what the seal of each PDF covers
        self.erased: dict[str, dict[str, Any]] = {}  # the statements about people who were erased, by their ids
        self.failed = 0

    def run(self) -> int:
        self.step("the list of what is in the bundle", self.check_index)
        for entry in self.of_kind("erasure"):
            self.step(f"the erasure in {entry['path']}", partial(self.check_erasure, entry["path"]))
        self.step("the chain of events", self.check_events)
        sealed = list(self.of_kind("sealed"))
        apart = [entry for entry in sealed if manifest_beside(entry["path"]) not in self.bundle.names]
        for entry in [entry for entry in sealed if entry not in apart]:
            self.step(f"the seal of {entry['path']}", partial(self.check_seal, entry["path"]))
        for entry in apart:
            self.step(f"the signatures in {entry['path']}", partial(self.check_each, entry))
        for path in list(self.manifests):
            self.step(f"the files that {path} lists", partial(self.check_files, path))
        if "META-INF/ASiCManifest.xml" in self.bundle.names:
            self.step("the ASiC-E container", self.check_container)
        if "ledger.json" in self.bundle.names:
            self.step("the ledger", self.check_ledger)
        expect(self.failed or self.manifests, "There is no sealed document in the bundle.")
        return 1 if self.failed else 0

    def step(self, what: str, check: Callable[[], str]) -> None:
        try:
            print(f"ok     {what}: {check()}")
        except Wrong as problem:
            self.fail(what, str(problem))
        except Exception as error:  # whatever cannot be read is not verified
            self.fail(what, f"It cannot be read ({type(error).__name__}: {error}).")

    def fail(self, what: str, why: str) -> None:
        self.failed += 1
        print(f"WRONG  {what}: {why}")

    def of_kind(self, kind: str) -> Iterator[dict[str, Any]]:
        yield from (entry for entry in self.index.get("entries", []) if entry.get("kind") == kind)

    def check_index(self) -> str:
        self.index = json.loads(self.bundle.read("index.json"))
        expect(self.index.get("format") == "rubrica-evidence", "This is no evidence bundle of Rubrica.")
        listed = {entry["path"] for entry in self.index["entries"]}
        expect(listed == self.bundle.names - {"index.json"}, "Files are missing, or there are more than are listed.")
        for entry in self.index["entries"]:
            data = self.bundle.read(entry["path"])
            same = len(data) == entry["size"] and sha256(data) == entry["sha256"]
            expect(same, f"{entry['path']} is not the file that was put in.")
        return f"{len(listed)} entries, each as it was put in."

    # ---------------------------------------------------------- events

    def check_events(self) -> str:
        before = ""
        for number, line in enumerate(self.bundle.read("events.jsonl").splitlines(), start=1):
            event = json.loads(line)
            fields = self.fields_of(event, number)
            expect(fields[0] == self.index["package"], f"Event {number} is of another process.")
            follows = fields[1] == event["sequence"] == number and fields[-1] == event["previous"] == before
            expect(follows, f"Event {number} does not follow the one before: one was dropped, added or moved.")
            shown = (fields[2], fields[3]) == (event["kind"], event["at"])
            expect(shown, f"Event {number} is shown as another one.")
            before = event["hash"]
            self.events.append({"kind": fields[2], "at": fields[3], "data": fields[9], "hash": before})
        chain = self.index["chain"]
        expect((len(self.events), before) == (chain["length"], chain["head"]), "Events at the end are missing.")
        gone = sum("erasure" in json.loads(line) for line in self.bundle.read("events.jsonl").splitlines())
        what = f"; what {gone} of them told of a person was erased" if gone else ""
        return f"{len(self.events)} events, each carrying the hash of the one before{what}."

    def fields_of(self, event: dict[str, Any], number: int) -> list[Any]:
        """What was hashed. Of an event in clear whose person was erased only a hash that is vouched for is left."""
        if "canonical" not in event:
            expect(self.is_vouched_for(event, number), f"Event {number} is missing, and no statement says why.")
            return [self.index["package"], number, event["kind"], event["at"], *[""] * 5, {}, event["previous"]]
        expect(sha256(event["canonical"].encode()) == event["hash"], f"Event {number} was changed.")
        fields: list[Any] = json.loads(event["canonical"])
        if fields[8] == COMMITTED:
            for place, name in ((5, "actor"), (6, "person")):
                if name in event:
                    same = sha256(canonical(event[name])) == fields[place]
                    expect(same, f"What is shown of a person in event {number} is not what was hashed.")
                elif fields[place]:
                    expect(self.is_vouched_for(event, number), f"A part of event {number} is missing without a reason.")
        return fields

    def is_vouched_for(self, event: dict[str, Any], number: int) -> bool:
        """Whether a signed statement says that a person was erased from it."""
        told = self.erased.get(event.get("erasure", ""), {"processes": []})
        about = [one["events"] for one in told["processes"] if one["package"] == self.index["package"]]
        return {"sequence": number, "hash": event["hash"]} in [one for events in about for one in events]

    def check_erasure(self, path: str) -> str:
        text = self.bundle.read(path)
        signed = self.bundle.read(path.removesuffix(".json") + ".p7s")
        told = json.loads(text)
        signer = self.verified(signed, lambda name: hashlib.new(name, text).digest(), moment(told["made"]))
        self.erased[told["id"]] = told
        return f"of {told['made'][:10]}, signed by {signer}."

    # ---------------------------------------------------------- seals

    def check_seal(self, path: str) -> str:
        data = self.bundle.read(path)
        signatures = list(signatures_of(data))
        expect(signatures, "There is no signature in it.")
        seals = [found for found in signatures if not found[2]]
        expect(seals and signatures[-1][1] == len(data), "Something was added that no signature covers.")
        contents, end, _stamp, gap = seals[-1]
        manifest_path = manifest_beside(path)
        packed = manifest_of(data[:end], gap)
        expect(packed == self.bundle.read(manifest_path), "The manifest beside it is not the one that was sealed.")
        manifest = json.loads(packed)
        signer = self.verified(contents, covered(data, gap, end), moment(manifest["sealed_at"]))
        for token, stamped, is_stamp, hole in signatures:
            if is_stamp and stamped > end:
                timestamp(token, covered(data, hole, stamped))
        self.check_binding(manifest, sha256(data[:end]))
        self.manifests[manifest_path] = manifest
        self.ends[path] = end
        document = manifest["document"]
        if document.get("begins_file"):
            same = sha256(data[: document["size"]]) == document["sha256"]
            expect(same, "The file does not begin with the document that was read.")
        later = f" What follows its first {end} bytes was added later, under a timestamp." if end < len(data) else ""
        return f"sealed by {signer} at {manifest['sealed_at']}; nothing was changed since.{later}"

    def check_each(self, entry: dict[str, Any]) -> str:
        """A document in which each signed: there is no manifest in it, and the one of the evidence names it."""
        data = self.bundle.read(entry["path"])
        named = [one for manifest in self.manifests.values() for one in manifest.get("documents", [])]
        (said,) = [one for one in named if one["code"] == entry["document"]] or [None]
        expect(said, "No seal names this document.")
        for size, digest in ((said["size"], said["sha256"]), (said["sealed_size"], said["sealed_sha256"])):
            expect(sha256(data[:size]) == digest, "It does not begin with what the evidence names.")
        signatures = list(signatures_of(data))
        expect(signatures and signatures[-1][1] == len(data), "Something was added that no signature covers.")
        made = {event["data"].get("sha256"): event["at"] for event in self.events}
        names = []
        for contents, end, is_stamp, gap in signatures:
            if is_stamp:
                timestamp(contents, covered(data, gap, end))
                continue
            at = made.get(sha256(data[:end]), "")
            expect(at, "The events do not know of a signature in it.")
            names.append(self.verified(contents, covered(data, gap, end), moment(at)).partition(" ← ")[0])
        return f"{', '.join(names)}; each signed what was there before."

    def check_binding(self, manifest: dict[str, Any], digest: str) -> None:
        expect(manifest["process"]["package"] == self.index["package"], "The seal is about another process.")
        chain = manifest.get("chain")
        if chain:
            known = len(self.events) >= chain["length"] > 0
            expect(known and self.events[chain["length"] - 1]["hash"] == chain["head"],
                   "The events are not those that the seal has seen: the history was rewritten.")  # fmt: skip
        told = [event["data"].get("sha256") for event in self.events if event["kind"].endswith(".sealed")]
        expect(digest in told, "The events know of no sealed file like this one.")

    def verified(self, contents: bytes, digest: Callable[[str], bytes], at: datetime) -> str:
        """The signer's name, once the CMS object holds and leads up to somebody trusted."""
        signer, certificates = cms_signer(contents, digest)
        names, here = [common_name(signer)], signer
        while here.subject != here.issuer:
            expect(here.not_valid_before_utc <= at <= here.not_valid_after_utc, "A certificate was not valid then.")
            if here in self.roots:
                return " ← ".join(names)
            above = [one for one in [*self.roots, *certificates] if one.subject == here.issuer and one != here]
            expect(above, "The chain of certificates does not end in an authority.")
            limits = above[0].extensions.get_extension_for_class(x509.BasicConstraints).value
            expect(limits.ca, "A certificate in the chain is no authority's.")
            here.verify_directly_issued_by(above[0])
            here = above[0]
            names.append(common_name(here))
            expect(len(names) < 16, "The chain of certificates has no end.")
        here.verify_directly_issued_by(here)
        expect(self.takes_any or here in self.roots, f"“{names[-1]}” is not the authority that you trust.")
        if here not in self.roots:
            self.roots.append(here)
            print(f"       authority “{names[-1]}”, SHA-256 {here.fingerprint(hashes.SHA256()).hex()}: compare it")
        return " ← ".join(names)

    # ---------------------------------------------------------- files, container, ledger

    def check_files(self, path: str) -> str:
        files = self.manifests[path]["files"]
        inside = sorted(entry["path"] for entry in self.of_kind("file"))
        for number, file in enumerate(files, start=1):
            found = [name for name in inside if name.startswith(f"files/{number:03}-")]
            if not found and self.was_erased(f"files/{number:03}-", file["size"], file["sha256"]):
                continue
            expect(len(found) == 1, f"“{file['name']}” is missing.")
            data = self.bundle.read(found[0])
            same = (len(data), sha256(data)) == (file["size"], file["sha256"])
            expect(same, f"{found[0]} is not “{file['name']}” as it was delivered.")
        gone = len(self.index.get("erased", []))
        expect(len(inside) + gone == len(files), "There are files that the seal does not list.")
        named = {document["code"] for document in self.manifests[path].get("documents", [])}
        here = {entry.get("document") for entry in self.of_kind("sealed")}
        expect(named <= here, "A document that the seal lists is missing.")
        return f"{len(files)} files, each as it was delivered{f'; {gone} of them erased since' if gone else ''}."

    def was_erased(self, beginning: str, size: int, digest: str) -> bool:
        """Whether the list names it as erased: what it was is under the seal, and it proves nothing any more."""
        gone = self.index.get("erased", [])
        return any((one["size"], one["sha256"]) == (size, digest) and one["path"].startswith(beginning) for one in gone)

    def check_container(self) -> str:
        xml = self.bundle.read("META-INF/ASiCManifest.xml")
        expect(b"<!DOCTYPE" not in xml, "Its manifest declares a document type.")
        (manifest,) = self.manifests.values()
        signer = self.verified(
            self.bundle.read("META-INF/signature.p7s"), lambda name: hashlib.new(name, xml).digest(),
            moment(manifest["sealed_at"]),
        )  # fmt: skip
        references = [node for node in ElementTree.fromstring(xml).iter() if node.tag.endswith("DataObjectReference")]  # noqa: S314 - without a document type there is nothing to expand
        for node in references:
            value = next(child.text for child in node.iter() if child.tag.endswith("DigestValue"))
            path = node.attrib["URI"]
            if path in {one["path"] for one in self.index.get("erased", [])}:
                continue
            # What raised the level of a PDF was appended after the container had been signed.
            data = self.bundle.read(path)[: self.ends.get(path)]
            expect(base64.b64decode(value or "") == hashlib.sha256(data).digest(), f"{path} was changed.")
        return f"{len(references)} files, signed by {signer}."

    def check_ledger(self) -> str:
        ledger = json.loads(self.bundle.read("ledger.json"))
        proof, head = ledger["inclusion"], ledger["head"]
        expect(proof["package"] == self.index["package"], "The proof is about another process.")
        known = 0 < proof["length"] <= len(self.events)
        expect(known and self.events[proof["length"] - 1]["hash"] == proof["chainHead"], "It has seen other events.")
        leaf = hashlib.sha256(b"\0" + canonical([proof["package"], proof["length"], proof["chainHead"]])).digest()
        root = folded(leaf, proof["index"], proof["size"], [bytes.fromhex(one) for one in proof["path"]])
        expect(
            root.hex() == proof["root"] == head["root"] and proof["size"] == head["size"], "The proof does not hold."
        )
        made = head["made"].replace("Z", "+00:00")
        fields = ["rubrica-ledger-head-v1", head["ledger"], head["day"], head["size"], head["root"], made]
        signature = base64.b64decode(head["signature"])
        signer = self.verified(signature, lambda name: hashlib.new(name, canonical(fields)).digest(), moment(made))
        when = ""
        if head.get("timestamp"):
            when = timestamp(base64.b64decode(head["timestamp"]), lambda name: hashlib.new(name, signature).digest())
        rest = len(self.events) - proof["length"]
        return f"day {head['day']}, {head['size']} leaves, signed by {signer}{when}; {rest} events are not in it yet."


# ------------------------------------------------------------ PDF


def manifest_beside(path: str) -> str:
    return f"{path.rpartition('/')[0]}/manifest.json"


def signatures_of(data: bytes) -> Iterator[tuple[bytes, int, bool, int]]:
    """CMS object, end of what it covers, whether it is a document timestamp, and where its gap begins."""
    for found in SIGNATURE.finditer(data):
        start, gap, after, length = (int(number) for number in found.groups())
        hole = data[gap:after]
        fits = start == 0 and gap < after and hole[:1] == b"<" and hole[-1:] == b">" and after + length <= len(data)
        expect(fits, "A signature leaves out more than itself.")
        contents = bytes.fromhex(hole[1:-1].decode("ascii"))
        size = parser.peek(contents)
        expect(not any(contents[size:]), "There is something behind a signature in the place kept for it.")
        # The dictionary's members may stand before or behind its contents.
        around = data[data.rfind(b" obj", 0, gap) : gap] + data[after : data.index(b"endobj", after)]
        yield contents[:size], after + length, b"/DocTimeStamp" in around, gap


def covered(data: bytes, gap: int, end: int) -> Callable[[str], bytes]:
    after = data.index(b">", gap) + 1
    return lambda name: hashlib.new(name, data[:gap] + data[after:end]).digest()


def manifest_of(data: bytes, gap: int) -> bytes:
    """The attachment that the signature dictionary itself points to."""
    around = data[data.rfind(b" obj", 0, gap) : data.index(b"endobj", gap)]
    pointer = re.search(rb"/RubricaManifest\s+(\d+)\s+(\d+)\s+R", around)
    expect(pointer, "The seal points to no manifest.")
    specification = last_object(data, pointer)
    stream = last_object(data, re.search(rb"/EF\s*<<[^>]*?/F\s+(\d+)\s+(\d+)\s+R", specification))
    head, _word, rest = stream.partition(b"stream")
    packed = rest[2 if rest[:1] == b"\r" else 1 : rest.rindex(b"endstream")]
    return zlib.decompressobj().decompress(packed, LIMIT) if b"/FlateDecode" in head else packed.rstrip(b"\r\n")


def last_object(data: bytes, reference: Any) -> bytes:
    """The newest object of this number, up to its end."""
    found = list(re.finditer(rb"(?<![0-9])%s\s+%s\s+obj\b" % reference.groups(), data))
    expect(found, "The manifest cannot be found.")
    return data[found[-1].end() : data.index(b"endobj", found[-1].end())]


# ------------------------------------------------------------ CMS


def cms_signer(contents: bytes, digest: Callable[[str], bytes]) -> tuple[x509.Certificate, list[x509.Certificate]]:
    """The certificate of whoever signed, and all certificates inside, once the signature is found to hold."""
    signed = cms.ContentInfo.load(contents, strict=True)["content"]
    (info,) = signed["signer_infos"]
    certificates = [x509.load_der_x509_certificate(item.chosen.dump()) for item in signed["certificates"]]
    sid = info["sid"].chosen
    (signer,) = [one for one in certificates if one.serial_number == sid["serial_number"].native
                 and asn1_x509.Name.load(one.issuer.public_bytes()) == sid["issuer"]]  # fmt: skip
    attributes = {item["type"].native: item["values"][0] for item in info["signed_attrs"]}
    name = info["digest_algorithm"]["algorithm"].native
    expect(name in HASHES, f"The algorithm {name} is not safe.")
    expect(attributes["message_digest"].native == digest(name), "Bytes were changed after they were signed.")
    if "signing_certificate_v2" in attributes:
        binding = attributes["signing_certificate_v2"]["certs"][0]
        bound = binding["hash_algorithm"]["algorithm"].native
        expect(binding["cert_hash"].native == signer.fingerprint(HASHES[bound]), "The certificate was exchanged.")
    try:
        verify(signer.public_key(), info["signature"].native, info["signed_attrs"].untag().dump(), HASHES[name], info)
    except InvalidSignature:
        raise Wrong("The signature does not fit the certificate.") from None
    return signer, certificates


def verify(key: Any, signature: bytes, data: bytes, algorithm: hashes.HashAlgorithm, info: Any) -> None:
    """Raises InvalidSignature."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, data, ec.ECDSA(algorithm))
    elif isinstance(key, rsa.RSAPublicKey) and info["signature_algorithm"].signature_algo == "rsassa_pss":
        salt = info["signature_algorithm"]["parameters"]["salt_length"].native
        key.verify(signature, data, padding.PSS(padding.MGF1(algorithm), salt), algorithm)
    else:
        key.verify(signature, data, padding.PKCS1v15(), algorithm)


def timestamp(token: bytes, digest: Callable[[str], bytes]) -> str:
    """What an RFC 3161 token says; whether its authority is to be trusted is for the reader to judge."""
    inside = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"]
    info = tsp.TSTInfo.load(inside.native if isinstance(inside.native, bytes) else inside.parsed.dump())
    imprint = info["message_imprint"]
    same = imprint["hashed_message"].native == digest(imprint["hash_algorithm"]["algorithm"].native)
    expect(same, "A timestamp is about something else.")
    authority, _all = cms_signer(token, lambda name: hashlib.new(name, inside.contents).digest())
    return f", time confirmed by {common_name(authority)} at {info['gen_time'].native:%Y-%m-%dT%H:%M:%SZ}"


# ------------------------------------------------------------ small things


def folded(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162 §2.1.3.2)."""
    here, last, root = index, size - 1, leaf
    for other in path:
        expect(last, "The proof is too long.")
        if here & 1 or here == last:
            root = hashlib.sha256(b"\1" + other + root).digest()
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            root = hashlib.sha256(b"\1" + root + other).digest()
        here, last = here >> 1, last >> 1
    expect(not last and 0 <= index < size, "The proof is too short.")
    return root


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()


def main(arguments: Sequence[str] | None = None, trusted: Sequence[x509.Certificate] = ()) -> int:
    options = argparse.ArgumentParser(prog="rubrica-verify", description="Check an evidence bundle offline.")
    options.add_argument("bundle", type=Path, help="the ZIP, or the folder that it was unpacked into")
    options.add_argument("--ca", type=Path, help="whom to trust, a PEM file: the installation's pki/ca.pem")
    chosen = options.parse_args(arguments)
    try:
        roots = x509.load_pem_x509_certificates(chosen.ca.read_bytes()) if chosen.ca else trusted
        failed = Check(Bundle(chosen.bundle), roots).run()
    except (Wrong, OSError, ValueError, zipfile.BadZipFile) as problem:
        print(f"There is nothing to check: {problem}", file=sys.stderr)
        return 2
    print("Everything holds." if not failed else "Do not rely on this bundle.")
    return failed


if __name__ == "__main__":
    sys.exit(main())
