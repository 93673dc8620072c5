"""The organization "Demo": made on the first start; ``make run`` and ``make demo`` read its secrets from the data."""

import json
import os
import secrets
import subprocess
from pathlib import Path

from tools.frontend import BIN

EMAIL = "owner@demo.example"


def credentials(data_dir: Path) -> dict[str, str]:
    """What ``rubrica setup`` printed, and the owner's password. Readable by the owner of the files alone."""
    path = data_dir / "demo.json"
    if path.exists():
        known: dict[str, str] = json.loads(path.read_text())
        return known
    password = secrets.token_urlsafe(12)
    command: list[str | Path] = [
        BIN / "rubrica",
        "setup",
        "--organization",
        "Demo",
        "--email",
        EMAIL,
        "--password-stdin",
        "--json",
    ]
    environment = {**os.environ, "RUBRICA_DATA_DIR": str(data_dir)}
    done = subprocess.run(command, input=password + "\n", text=True, capture_output=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(done.stderr or done.stdout)
    made: dict[str, str] = {**json.loads(done.stdout.splitlines()[-1]), "password": password}
    path.touch(mode=0o600)
    path.write_text(json.dumps(made, indent=2))
    return made
