"""Every setting, read from the environment: `.env.example` explains each variable."""

from datetime import timedelta
from pathlib import Path

import environ
from celery.schedules import crontab

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(environ.Env().str("CLINIC_VAR", str(BASE_DIR / "var")))

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "")
if not SECRET_KEY:
    from clinic.demo.secret import demo_secret_key

    SECRET_KEY = demo_secret_key(VAR_DIR)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "phonenumber_field",
    "django_countries",
    "clinic.journal",
    "clinic.practice",
    "clinic.staff",
    "clinic.rota",
    "clinic.patients",
    "clinic.appointments",
    "clinic.waiting",
    "clinic.recalls",
    "clinic.reminders",
    "clinic.feeds",
    "clinic.hours",
    "clinic.fees",
    "clinic.supplies",
    "clinic.treatments",
    "clinic.invoices",
    "clinic.dayend",
    "clinic.reports",
    "clinic.desk",
    "clinic.demo",
    "odoo_bridge",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clinic.staff.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "clinic.staff.middleware.SignInMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "clinic.staff.middleware.BranchMiddleware",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
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
        },
    }
]

# SQLite takes its write lock at BEGIN, so that two writers queue instead of failing half way.
DATABASES = {"default": env.db("DATABASE_URL", f"sqlite:///{VAR_DIR / 'clinic.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    VAR_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    # A database whose packets vanish would hold a page for as long as the system waits: many minutes.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        **DATABASES["default"].get("OPTIONS", {}),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "staff.User"
LOGIN_URL = "staff:login"
LOGIN_REDIRECT_URL = "desk:day"
LOGOUT_REDIRECT_URL = "staff:login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())

# How long what was done with a visit can be taken back; no notice about it goes out before.
UNDO_SECONDS = env.int("UNDO_SECONDS", 30)

LANGUAGE_CODE = "en"
# Each by the name that its own readers know.
LANGUAGES = [("en", "English"), ("es", "Español"), ("fr", "Français"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "clinic" / "locale"]
FORMAT_MODULE_PATH = ["clinic.formats"]
LANGUAGE_COOKIE_AGE = int(timedelta(days=365).total_seconds())
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_TZ = True
PHONENUMBER_DEFAULT_REGION = env.str("PHONE_REGION", "IE")
PHONENUMBER_DB_FORMAT = "E164"
PHONENUMBER_DEFAULT_FORMAT = "INTERNATIONAL"

# Messages to patients. Without a mail server or a gateway they are put into files, and nobody gets any.
EMAIL_BACKEND, EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", VAR_DIR / "outbox"
if env.str("EMAIL_URL", ""):
    globals().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", "") or "clinic@localhost"
SMS_BACKEND = env.str("SMS_BACKEND", "") or "clinic.reminders.sms.filebased.Backend"
SMS_FILE_PATH = VAR_DIR / "outbox"
SMS_URL, SMS_TOKEN, SMS_FROM = env.str("SMS_URL", ""), env.str("SMS_TOKEN", ""), env.str("SMS_FROM", "")
# The address of the clinic in links that patients get.
CLINIC_URL = env.str("CLINIC_URL", "http://localhost:8000")
# Whatever is being sent for longer than this was cut off, and its fate is unknown.
REMINDER_LEASE_SECONDS = env.float("REMINDER_LEASE_SECONDS", 180)

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Files are served from where they lie; the manifest storage is for deployments that run collectstatic.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": env.str("STATICFILES_BACKEND", "django.contrib.staticfiles.storage.StaticFilesStorage")},
}
WHITENOISE_USE_FINDERS = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
HTTPS = env.bool("HTTPS", False)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_SUBDOMAINS", HTTPS)
# Browsers' preload lists are for the owner of the whole domain to join, not for one host of it.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

# Celery is a doorbell and a clock; the work itself is always in the database.
REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 1.0,
    "socket_connect_timeout": 0.5,
    "visibility_timeout": 900,
    "global_keyprefix": env.str("CELERY_PREFIX", ""),
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5.0
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# A broker may be away for a whole night: nobody is there to start worker and beat again.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Nor after a proxy has answered in the broker's place: without this a worker ends over what it cannot read.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BEAT_SCHEDULER = "odoo_bridge.beat.Clock"

# The journal rings this when something changed; a lost ring costs one sweep interval.
JOURNAL_DOORBELL = "odoo_bridge.doorbell.ring"
# Asked by /healthz/ready: "ok", or what is wrong in a word.
HEALTH_OF_THE_SYNC = "odoo_bridge.status.health"

# Odoo: with no address of its own, the app uses the sandbox that ships with it.
ODOO_URL = env.str("ODOO_URL", "")
ODOO_DB = env.str("ODOO_DB", "")
ODOO_USERNAME = env.str("ODOO_USERNAME", "")
ODOO_API_KEY = env.str("ODOO_API_KEY", "")
if not ODOO_API_KEY and (key_file := env.str("ODOO_API_KEY_FILE", "")):
    ODOO_API_KEY = Path(key_file).read_text().strip()
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
ODOO_TRANSPORT = env.str("ODOO_TRANSPORT", "auto")
ODOO_SANDBOX_URL = env.str("ODOO_SANDBOX_URL", "http://127.0.0.1:8070")
ODOO_POLL_SECONDS = env.float("ODOO_POLL_SECONDS", 15)
ODOO_SWEEP_SECONDS = env.float("ODOO_SWEEP_SECONDS", 5)
ODOO_DELETIONS_SECONDS = env.float("ODOO_DELETIONS_SECONDS", 300)
ODOO_TIMEOUT_SECONDS = env.float("ODOO_TIMEOUT_SECONDS", 120)
ODOO_CANARY_SECONDS = env.float("ODOO_CANARY_SECONDS", 20)
ODOO_RING = env.bool("ODOO_RING", True)
CELERY_BEAT_SCHEDULE = {
    "sweep the journal": {
        "task": "odoo_bridge.tasks.push",
        "schedule": ODOO_SWEEP_SECONDS,
        "options": {"expires": ODOO_SWEEP_SECONDS},
    },
    "poll Odoo": {
        "task": "odoo_bridge.tasks.pull",
        "kwargs": {"scheduled": True},
        "schedule": ODOO_POLL_SECONDS,
        "options": {"expires": ODOO_POLL_SECONDS},
    },
    "go on with imports": {
        "task": "clinic.patients.tasks.take_up",
        "schedule": 30,
        "options": {"expires": 30},
    },
    "plan reminders": {"task": "clinic.reminders.tasks.plan", "schedule": 30.0, "options": {"expires": 30}},
    "send reminders": {"task": "clinic.reminders.tasks.send", "schedule": 10.0, "options": {"expires": 10}},
    "let recalls catch up by night": {"task": "clinic.recalls.tasks.catch_up", "schedule": crontab(hour=2, minute=30)},
    "compare both sides by night": {"task": "odoo_bridge.tasks.audit", "schedule": crontab(hour=3, minute=30)},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "clinic.discretion.DiscreetFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {"()": "clinic.discretion.DiscreetJsonFormatter"},
    },
    "filters": {"secrets": {"()": "clinic.discretion.WithoutSecrets"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.str("LOG_FORMAT", "line"),
            "filters": ["secrets"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}
