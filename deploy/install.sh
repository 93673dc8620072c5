#!/bin/sh
# Installs or upgrades Rubrica on Debian 12 or newer, with systemd where it runs. Run it as root, as often as you like.
#
#   sh install.sh                        the newest release from the package index
#   sh install.sh --wheel rubrica-….whl  a wheel that `make wheel` has built
#   sh install.sh --extras s3,faces      with optional parts
#   sh install.sh --no-service           without units: for containers
#
# What it makes: the user rubrica, /opt/rubrica (programs), /var/lib/rubrica (data: back this up),
# /etc/rubrica/rubrica.env (settings, kept on upgrades), and the units rubrica, rubrica-web and rubrica-work.
set -eu

what=rubrica extras= service=yes
while [ $# -gt 0 ]; do
  case "$1" in
    --wheel) what=$(realpath "$2"); shift 2 ;;
    --extras) extras="[$2]"; shift 2 ;;
    --no-service) service=no; shift ;;
    *) echo "install.sh does not know $1; its first lines say what it knows." >&2; exit 2 ;;
  esac
done
[ "$(id -u)" = 0 ] || { echo "Run this as root: it makes a user and installs packages." >&2; exit 1; }
[ -f /etc/debian_version ] || { echo "This is for Debian; docs/install.md has the steps for other systems." >&2; exit 1; }
here=$(cd "$(dirname "$0")" && pwd)

echo "1/5 Packages of the system"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# Pango sets documents that are made from templates (WeasyPrint); everything else comes with the wheels.
apt-get install -y -qq --no-install-recommends python3 python3-venv ca-certificates tzdata \
  libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 >/dev/null
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed." >&2; exit 1; }

echo "2/5 User and folders"
if ! id rubrica >/dev/null 2>&1; then
  adduser --system --group --home /var/lib/rubrica --no-create-home --quiet rubrica 2>/dev/null ||
    useradd --system --user-group --home-dir /var/lib/rubrica --shell /usr/sbin/nologin rubrica
fi
install -d -m 755 /opt/rubrica
install -d -m 750 -o rubrica -g rubrica /var/lib/rubrica
install -d -m 750 -o root -g rubrica /etc/rubrica

echo "3/5 Programs"
[ -x /opt/rubrica/bin/python ] || python3 -m venv /opt/rubrica
/opt/rubrica/bin/pip install --quiet --disable-pip-version-check --upgrade "$what$extras"
cat >/usr/local/bin/rubrica <<'END'
#!/bin/sh
# The command with the settings and the user of the service, whoever calls it with enough rights.
set -a; . /etc/rubrica/rubrica.env; set +a
if [ "$(id -u)" = 0 ]; then exec runuser -u rubrica -- /opt/rubrica/bin/rubrica "$@"; fi
exec /opt/rubrica/bin/rubrica "$@"
END
chmod 755 /usr/local/bin/rubrica

echo "4/5 Settings"
if [ ! -e /etc/rubrica/rubrica.env ]; then
  cat >/etc/rubrica/rubrica.env <<'END'
# Settings of Rubrica, NAME=value, read by the units and by the command `rubrica`; docs/install.md lists them all.
RUBRICA_DATA_DIR=/var/lib/rubrica
# The address that people reach it at, through your web server with TLS:
#RUBRICA_PUBLIC_URL=https://sign.example.com
#RUBRICA_TRUSTED_PROXIES=127.0.0.1
#RUBRICA_SMTP_URL=smtp+starttls://user:password@mail.example.com:587
#RUBRICA_MAIL_FROM="Example Ltd <sign@example.com>"
END
  chown root:rubrica /etc/rubrica/rubrica.env
  chmod 640 /etc/rubrica/rubrica.env
fi

echo "5/5 Service"
if [ "$service" = no ]; then
  echo "No units were asked for. Start it with: rubrica serve"
  exit 0
fi
install -m 644 "$here"/systemd/rubrica.service "$here"/systemd/rubrica-web.service "$here"/systemd/rubrica-work.service \
  /etc/systemd/system/
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl enable --quiet rubrica
  systemctl restart rubrica
  echo "Rubrica runs at http://127.0.0.1:8000. Make the first organization:"
else
  echo "systemd does not run here; the units are in /etc/systemd/system. Make the first organization:"
fi
echo "  rubrica setup --organization 'Example Ltd' --email you@example.com"
