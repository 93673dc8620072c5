"""Two web servers and two workers on machines of their own, PostgreSQL and a bucket on a fifth, nginx in front.

Under load one web server and one worker are killed and started again, then cut off from the network and joined again.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import boto3
import httpx
from botocore.config import Config

from tools import system
from tools.frontend import ROOT
from tools.trial.database import Database
from tools.trial.network import NETWORK, Machine, machines
from tools.trial.programs import Program, plain_environment
from tools.trial.stage import Stage, fresh, ready, verdict

NAMES = ("store", "front", "web1", "web2", "work1", "work2")
PORT, S3_PORT, POSTGRES_PORT = 8000, 9000, 5432
KEY, SECRET, BUCKET = "AKIATRIAL", "secretoftrials", "papers"
AWAY_SECONDS = 20.0


def run(at_once: int = 4, minutes: float = 30) -> int:
    for program, package in {"nginx": "nginx-light", "openssl": "openssl"}.items():
        if not shutil.which(program):
            system.install(package)
    stage = Stage(fresh("machines"), host=f"{NETWORK}.1")
    with machines(*NAMES) as found:
        try:
            build(stage, found)
            with stage.loaded(at_once) as load:
                story(stage, found, time.monotonic() + minutes * 60)
            result = stage.judge()
            return verdict(result) or bool(load.world.tally.given_up)
        finally:
            stage.keeper.end()


def build(stage: Stage, found: dict[str, Machine]) -> None:
    store, front = found["store"], found["front"]
    stage.database = Database(
        stage.folder / "postgres", store.address, POSTGRES_PORT, stage.log("database"), store.before
    )
    stage.database.make()
    stage.keeper.start()
    stage.keeper.add(stage.database.program)
    stage.database.wait()
    stage.database.create()
    begin_bucket(stage, store)
    stage.url = f"https://{front.address}"
    stage.settings = {"RUBRICA_TRUSTED_PROXIES": front.address}
    stage.set_up()
    for name in ("web1", "web2"):
        words = ("serve", "--no-jobs", "--host", found[name].address, "--port", str(PORT))
        stage.keeper.add(stage.rubrica(name, *words, before=found[name].before))
    for name in ("work1", "work2"):
        stage.keeper.add(stage.rubrica(name, "work", before=found[name].before))
    begin_nginx(stage, found)
    for name in ("web1", "web2"):
        ready(f"http://{found[name].address}:{PORT}")
    ready(stage.url)


def begin_bucket(stage: Stage, store: Machine) -> None:
    endpoint = f"http://{store.address}:{S3_PORT}"
    command = [sys.executable, "-m", "moto.server", "-H", store.address, "-p", str(S3_PORT)]
    stage.keeper.add(Program("bucket", command, plain_environment(), stage.log("bucket"), store.before))
    for _ in range(600):
        with suppress(httpx.HTTPError):
            httpx.get(endpoint, timeout=2)
            break
        time.sleep(0.1)
    style = Config(s3={"addressing_style": "path"})
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=KEY,
                          aws_secret_access_key=SECRET, config=style)  # fmt: skip
    client.create_bucket(Bucket=BUCKET)
    stage.storage_url = f"s3://{KEY}:{SECRET}@{BUCKET}?endpoint={endpoint}&region=us-east-1&style=path"


def begin_nginx(stage: Stage, found: dict[str, Machine]) -> None:
    """With the configuration that we ship, at these addresses and with a certificate that the load trusts."""
    folder = stage.folder / "nginx"
    folder.mkdir()
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    webs = "\n".join(f"    server {found[name].address}:{PORT};" for name in ("web1", "web2"))
    certificate, key = a_certificate(folder, found["front"].address)
    for name, value in {
        "    server 10.0.0.11:8000;\n    server 10.0.0.12:8000;": webs,
        "listen 443 ssl;": f"listen {found['front'].address}:443 ssl;",
        "    listen [::]:443 ssl;\n": "",
        "sign.example.com;": f"{found['front'].address};",
        "/etc/ssl/sign.example.com.pem": str(certificate),
        "/etc/ssl/sign.example.com.key": str(key),
        "/var/log/nginx": str(folder),
    }.items():
        assert name in text, name
        text = text.replace(name, value)
    whole = f"daemon off;\npid {folder}/pid;\nuser root;\nevents {{ worker_connections 4096; }}\nhttp {{\n"
    whole += f"client_body_temp_path {folder}/body;\nproxy_temp_path {folder}/proxy;\n{text}\n}}\n"
    (folder / "nginx.conf").write_text(whole)
    command = ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log"), "-p", str(folder)]
    stage.keeper.add(Program("front", command, plain_environment(), stage.log("front"), found["front"].before))


def a_certificate(folder: Path, address: str) -> tuple[Path, Path]:
    """For that address alone, with its key; from here on this program and what it starts trust it, and nothing else."""
    certificate, key = folder / "front.pem", folder / "front.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-subj", f"/CN={address}", "-addext", f"subjectAltName=IP:{address}"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    os.environ["SSL_CERT_FILE"] = str(certificate)
    return certificate, key


def story(stage: Stage, found: dict[str, Machine], until: float) -> None:
    """Each part is away for twenty seconds and comes back, one after the other, and again while there is time."""
    named = {program.name: program for program in stage.keeper.programs}
    scenes: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("web1 is killed", lambda: off(named["web1"]), lambda: on(named["web1"])),
        ("work1 is killed", lambda: off(named["work1"]), lambda: on(named["work1"])),
        ("web2 is cut off", found["web2"].cut_off, found["web2"].join),
        ("work2 is cut off", found["work2"].cut_off, found["work2"].join),
    ]
    for name, away, back in scenes:
        if time.monotonic() > until:
            break
        time.sleep(10)
        away()
        begun = time.monotonic()
        asked, failed = probe(stage.url, AWAY_SECONDS)
        back()
        print(f"{name}: {asked} questions meanwhile, {failed} without an answer", flush=True)
        web = found[name.split()[0]]
        if "web" in name:
            ready(f"http://{web.address}:{PORT}")
            print(f"  it works again {time.monotonic() - begun - AWAY_SECONDS:.1f} s after it came back", flush=True)


def off(program: Program) -> None:
    program.is_wanted = False
    program.kill()


def on(program: Program) -> None:
    program.is_wanted = True


def probe(url: str, seconds: float) -> tuple[int, int]:
    """Asks through nginx whether it is ready, twice a second; how often, and how often there was no good answer."""
    asked = failed = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        asked += 1
        try:
            failed += httpx.get(f"{url}/readyz", timeout=10).status_code != 200
        except httpx.HTTPError:
            failed += 1
        time.sleep(0.5)
    return asked, failed
