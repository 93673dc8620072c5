"""From the level that a sealed file has to the highest that can be had now; the sealed file itself is only appended to.

What is done in which order: a document timestamp where the seal has no timestamp of its own (B-T); revocation data of
every certificate (B-LT); and in the same revision a document timestamp over that (B-LTA). A file that has all of it
gets the same again: data about its newest timestamp, and a new one over all.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar, TypeVarTuple, Unpack

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.utils.translation.trans_null import gettext_noop as _

from rubrica import clock
from rubrica.sealing import sandbox
from rubrica.sealing.levels import chain, revocation, strength, token
from rubrica.sealing.levels.asking import ask
from rubrica.sealing.levels.chain import Chain
from rubrica.sealing.levels.check import Expected, check
from rubrica.sealing.levels.revision import Gap, Held, Material, append_material, append_timestamp, read
from rubrica.sealing.levels.server import Server
from rubrica.sealing.levels.token import Token
from rubrica.sealing.levels.trouble import NotRaised
from rubrica.sealing.pdf.gap import fill, sha256_of
from rubrica.sealing.values import Level, SandboxError

SECONDS = 120.0
MEGABYTES = 2048
GROWTH_MEGABYTES = 32
LARGEST_TOKEN = 24 * 1024  # bytes kept free for a timestamp whose size nobody knows yet
SLACK = 1024  # bytes more than the last timestamp had
NOTHING = Material()

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


@dataclass(frozen=True)
class Raised:
    """``trouble`` says why the level is not B-LTA; ``good_until`` when the newest timestamp must have a successor."""

    sha256: str
    size: int
    level: Level
    good_until: datetime
    trouble: NotRaised | None = None


def raise_level(source: Path, target: Path, server: Server) -> Raised:
    """Makes ``target`` of ``source``, with a higher level or a newer archive timestamp.

    Raises ``NotRaised`` where nothing was gained; ``target`` is then of no use.
    """
    shutil.copyfile(source, target)
    file = _File(target, server)
    if not file.held.is_timestamped:
        file.stamp(NOTHING)
    trouble: NotRaised | None = None
    try:
        file.archive()
    except NotRaised as problem:
        if file.is_unchanged():
            raise
        trouble = problem
    return file.result(trouble)


class _File:
    """The file that is being raised. ``held`` is what it has, as far as we have put it in; the check looks itself."""

    def __init__(self, path: Path, server: Server) -> None:
        self.path, self.server = path, server
        self.beginning_sha256, self.beginning_size = sha256_of(path), path.stat().st_size
        self.held = self._sandboxed(read)

    def is_unchanged(self) -> bool:
        return self.path.stat().st_size == self.beginning_size

    def archive(self) -> None:
        """B-LTA. Raises ``NotRaised``, and where only the timestamp failed the file may have B-LT."""
        material = revocation.gather(self._unproven(self.held))
        try:
            self.stamp(material)
        except NotRaised:
            if not self.held.has_material:
                self._sandboxed(append_material, material)
                _sync(self.path)
                self._note(material)
            raise

    def _unproven(self, held: Held) -> list[Chain]:
        """The chains that no archive timestamp covers together with their revocation data."""
        chains = [self._chain(stamp, held) for stamp in map(token.read, held.timestamps[-1:])]
        if held.is_archived:
            return chains
        tokens = [token.read(one) for one in (held.signature_timestamp, *held.timestamps[:-1]) if one]
        signer, *others = map(x509.load_der_x509_certificate, (held.signer, *held.certificates))
        seal = revocation.complete(chain.ordered(signer, others), others, ())
        return [seal, *(self._chain(one, held) for one in tokens), *chains]

    def _chain(self, stamp: Token, held: Held) -> Chain:
        pool = [x509.load_der_x509_certificate(item) for item in held.certificates]
        return revocation.complete(stamp.chain, pool, self.server.anchors)

    def stamp(self, material: Material) -> None:
        """A document timestamp over all, together with ``material``. Raises ``NotRaised``, the file as it was."""
        before = self.path.stat().st_size
        for room in self._rooms():
            try:
                gap = self._sandboxed(append_timestamp, material, f"RubricaTime_{secrets.token_hex(4)}", 2 * room)
                found = ask(self.server, gap.digest)
                _fill(self.path, gap, found.der)
            except NotRaised as trouble:
                os.truncate(self.path, before)
                if trouble.code != "TSA_LARGE" or room == LARGEST_TOKEN:
                    raise
            else:
                self._note(material, found.der)
                return

    def _rooms(self) -> list[int]:
        """Bytes to keep free: what the server's timestamps took before, as every free one is two zeros in the file."""
        sizes = [len(one) for one in (self.held.signature_timestamp, *self.held.timestamps) if one]
        return [max(sizes) + SLACK, LARGEST_TOKEN] if sizes else [LARGEST_TOKEN]

    def _note(self, material: Material, *timestamps: bytes) -> None:
        self.held = replace(
            self.held,
            certificates=(*self.held.certificates, *material.certificates),
            timestamps=(*self.held.timestamps, *timestamps),
            has_material=self.held.has_material or bool(material),
            is_archived=bool(timestamps) and (self.held.has_material or bool(material)),
        )

    def result(self, trouble: NotRaised | None) -> Raised:
        """After another reading has found everything sound. Raises ``NotRaised`` LEVEL_CHECK."""
        held = self.held
        tokens = [token.read(one) for one in (held.signature_timestamp, *held.timestamps) if one]
        links = [self._chain_if_known(one, held) for one in tokens]
        others = [x509.load_der_x509_certificate(one) for one in held.certificates]
        seal = chain.ordered(x509.load_der_x509_certificate(held.signer), others)
        lately = NOTHING
        if held.has_material:
            with suppress(NotRaised):
                lately = revocation.gather(links[-1:])
        expected = Expected(
            self.beginning_sha256,
            self.beginning_size,
            tuple(item[-1].public_bytes(Encoding.DER) for item in (seal, *links)),
            lately,
            clock.now(),
        )
        found = self._sandboxed(check, expected)
        ends = strength.good_until(links[-1])
        return Raised(sha256_of(self.path), self.path.stat().st_size, found.level, ends, trouble)

    def _chain_if_known(self, stamp: Token, held: Held) -> Chain:
        try:
            return self._chain(stamp, held)
        except NotRaised:
            return stamp.chain

    def _sandboxed(self, work: Callable[[str, Unpack[Ts]], T], *args: *Ts) -> T:
        """``work(path, *args)``. Raises ``NotRaised`` also where the child failed."""
        room = (self.path.stat().st_size >> 20) + GROWTH_MEGABYTES
        try:
            return sandbox.run(
                work, str(self.path), *args, seconds=SECONDS, megabytes=MEGABYTES, written_megabytes=room
            )
        except SandboxError as error:
            problem = _("The sealed file could not be read or extended.")
            raise NotRaised("LEVEL_CHECK", problem, f"{error.code} {error.detail}") from error


def _fill(path: Path, gap: Gap, content: bytes) -> None:
    if not fill(path, gap.start, gap.end, content):
        large = _("The timestamp is larger than the space kept for it.")
        raise NotRaised("TSA_LARGE", large, f"{len(content)} bytes")


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
