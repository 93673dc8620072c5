"""``make run``: everything on this machine, with an organization to try it with."""

import json
import os
import subprocess
from pathlib import Path

from tools import system
from tools.demo_organization import credentials
from tools.frontend import BIN

EXAMPLE = {
    "email": "owner@demo.example",
    "packageName": "Onboarding Ana",
    "subject": "Papers we need",
    "message": "Please send us these papers.",
    "signProfile": [
        {
            "name": "Ana Ruiz",
            "email": "ana@example.com",
            "phone": "+573000000000",
            "files": [{"name": "ID card"}, {"name": "Proof of address", "optional": True}],
        }
    ],
}


def main() -> None:
    data_dir = Path(os.environ.get("RUBRICA_DATA_DIR", "./var")).resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    port = os.environ.get("RUBRICA_PORT", "8000")
    url = os.environ.setdefault("RUBRICA_PUBLIC_URL", f"http://127.0.0.1:{port}")
    system.ensure_pango()
    made = credentials(data_dir)
    print(
        f"""
  Rubrica        {url}
  Sign in        {made["email"]}  /  {made["password"]}
  Public key     {made["public_key"]}
  Private key    {made["private_key"]}
  Bearer token   {made["bearer_token"]}
  Mail           {url}/outbox  (no RUBRICA_SMTP_URL is set)

  Ask somebody for papers:

  curl {url}/v1.5/ext/attachments -H 'Authorization: {made["private_key"]}' \\
    -H 'Content-Type: application/json' -d '{json.dumps(EXAMPLE)}'
""",
        flush=True,
    )
    server = subprocess.Popen([BIN / "rubrica", "serve", "--port", port])
    try:
        raise SystemExit(server.wait())
    except KeyboardInterrupt:
        server.wait()


if __name__ == "__main__":
    main()
