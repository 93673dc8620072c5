"""``deploy/install.sh`` as a stranger runs it: in a fresh Debian in a folder, from the wheel in ``dist/``.

Units cannot run there, since a folder has no systemd of its own; they are looked at by ``systemd-analyze verify``, and
what they start is started by hand.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from tools.demo import free_port

ROOT = Path(__file__).resolve().parent.parent
SUITE = "trixie"
UNITS = ["rubrica.service", "rubrica-web.service", "rubrica-work.service"]


def main() -> int:
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        print("This needs root and debootstrap: apt-get install debootstrap", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="rubrica-debian-") as folder:
        root = Path(folder)
        root.chmod(0o755)  # the root of a machine can be read by its users
        subprocess.run(["debootstrap", "--variant=minbase", SUITE, root], check=True, stdout=subprocess.DEVNULL)
        _bring_the_network(root)
        (wheel,) = (ROOT / "dist").glob("rubrica-*.whl")
        shutil.copytree(ROOT / "deploy", root / "srv/deploy")
        shutil.copy(wheel, root / "srv")
        for _ in range(2):  # the second time is an upgrade
            inside(root, ["sh", "/srv/deploy/install.sh", "--wheel", f"/srv/{wheel.name}"])
        inside(root, ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "systemd"])
        inside(root, ["systemd-analyze", "verify", *(f"/etc/systemd/system/{unit}" for unit in UNITS)])
        _start_and_ask(root)
    print("Installed twice, set up, started and answered.")
    return 0


def inside(root: Path, command: Sequence[str]) -> None:
    subprocess.run(_chroot(root, command), check=True, env=_environment())


def _chroot(root: Path, command: Sequence[str]) -> list[str]:
    """With /proc, in mounts of its own, so that nothing is left when the command ends."""
    mounted = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
    return ["unshare", "--mount", "sh", "-c", mounted, str(root), *command]


def _environment() -> dict[str, str]:
    """The proxy and the authorities of this machine's network, and nothing else of it."""
    kept = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    kept |= {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C"}
    if (bundle := os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")) and Path(bundle).exists():
        kept["PIP_CERT"] = "/etc/ssl/certs/of-this-machine.crt"
    return kept


def _bring_the_network(root: Path) -> None:
    """What a machine in this network has: its name servers, package sources, index and authorities."""
    for name in ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/apt/apt.conf.d/99proxy"):
        if Path(name).exists():
            (root / name[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(name, root / name[1:])
    if bundle := os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE"):
        (root / "etc/ssl/certs").mkdir(parents=True, exist_ok=True)
        shutil.copy(bundle, root / "etc/ssl/certs/of-this-machine.crt")
    (root / "dev").mkdir(exist_ok=True)
    for device in ("null", "urandom", "random", "zero"):
        if not (root / "dev" / device).exists():
            subprocess.run(["cp", "-a", f"/dev/{device}", root / "dev"], check=True)


def _start_and_ask(root: Path) -> None:
    port = free_port()
    setup = ["rubrica", "setup", "--organization", "Example Ltd", "--email", "owner@example.com", "--json"]
    inside(root, setup)
    server = subprocess.Popen(_chroot(root, ["rubrica", "serve", "--port", str(port)]), env=_environment())
    try:
        for path in ("/readyz", "/accounts/login/", "/verify"):
            print(path, _status(f"http://127.0.0.1:{port}{path}"))
    finally:
        server.terminate()
        server.wait(60)


def _status(url: str) -> int:
    """Raises httpx.TransportError when nothing answers within a minute."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx.get(url, timeout=10).status_code
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
