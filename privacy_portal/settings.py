"""All settings. Every difference between machines is an environment variable, read once, here."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from privacy_portal import environment
from privacy_portal.environment import env, env_bool, env_int, env_list
from privacy_portal.wiring import SCHEDULE

BASE_DIR = environment.ROOT

# -- where we are -------------------------------------------------------------------------------------------------
PRODUCTION = env_bool("PORTAL_PRODUCTION", False)
DEBUG = env_bool("PORTAL_DEBUG", False)
PORTAL_DEMO = env_bool("PORTAL_DEMO", False)
DATA_DIR = environment.data_dir()
PUBLIC_URL = env("PORTAL_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env_list("PORTAL_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# -- secrets ------------------------------------------------------------------------------------------------------
# Embedded installs make theirs on first start and keep them, owner-readable, under DATA_DIR/keys.
SECRET_KEY = environment.secret("PORTAL_SECRET_KEY", DATA_DIR, production=PRODUCTION)
PORTAL_MASTER_KEYS = environment.secret("PORTAL_MASTER_KEYS", DATA_DIR, production=PRODUCTION)
PORTAL_INDEX_KEY = environment.secret("PORTAL_INDEX_KEY", DATA_DIR, production=PRODUCTION)
PORTAL_LEDGER_KEY = environment.secret("PORTAL_LEDGER_KEY", DATA_DIR, production=PRODUCTION)
PORTAL_LEDGER_ORIGIN = env("PORTAL_LEDGER_ORIGIN", "privacy.example.org/ledger")

# -- apps ---------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "privacy_portal.apps.PortalConfig",
    "governance.apps.GovernanceConfig",
    "consent.apps.ConsentConfig",
    "dsr.apps.DsrConfig",
    "privacy_portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "oauth2_provider",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "simple_history",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "privacy_portal.web.middleware.FastLane",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "privacy_portal.web.middleware.DomainErrors",
]
ROOT_URLCONF = "privacy_portal.urls"
WSGI_APPLICATION = "privacy_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "privacy_portal.web.navigation.navigation",
            ],
            "builtins": ["privacy_portal.templatetags.portal"],
        },
    }
]

# -- database: rows are the queue of record ------------------------------------------------------------------------
DATABASES = {"default": environment.database(env("DATABASE_URL", ""), DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- cache and Celery: the broker is only a bell -------------------------------------------------------------------
REDIS_URL = env("REDIS_URL", "")
CACHES: dict[str, Any] = environment.caches(REDIS_URL)
BROKER_URL = environment.broker_url()
CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_TRANSPORT_OPTIONS = environment.broker_options(BROKER_URL, DATA_DIR)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = environment.BELLS
CELERY_TASK_ROUTES = ("privacy_portal.celery.route",)
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {name: entry.as_celery() for name, entry in SCHEDULE.items()}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
EXECUTOR_GROUPS = env_list("PORTAL_EXECUTOR_GROUPS", "default")

# -- people sign in -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "privacy_portal.web.sign_in.InvitedOnly"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
MFA_ADAPTER = "privacy_portal.web.sign_in.SealedFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Privacy office"
PORTAL_SECOND_FACTOR = env_bool("PORTAL_SECOND_FACTOR", PRODUCTION)
SESSION_COOKIE_AGE = env_int("PORTAL_SESSION_SECONDS", 8 * 3600)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# -- services sign in ---------------------------------------------------------------------------------------------
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"
OAUTH2_PROVIDER = {
    "SCOPES_BACKEND_CLASS": "privacy_portal.api.scopes.ClientScopes",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    # RFC 9700 throughout: only client credentials are used here, and nothing weaker may be switched on by accident.
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "PKCE_REQUIRED": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["privacy_portal.api.sign_in.ServiceAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["privacy_portal.api.sign_in.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "privacy_portal.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Privacy compliance back-office",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
}
DATA_UPLOAD_MAX_MEMORY_SIZE = env_int("PORTAL_MAX_BODY_BYTES", 2 * 1024 * 1024)

# -- outbound -----------------------------------------------------------------------------------------------------
PORTAL_OUTBOUND_ALLOW = frozenset(env_list("PORTAL_OUTBOUND_ALLOW", ""))
EMAIL_BACKEND = env("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = str(DATA_DIR / "outbox")
EMAIL_HOST = env("EMAIL_HOST", "localhost")
EMAIL_PORT = env_int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", False)
DEFAULT_FROM_EMAIL = env("PORTAL_MAIL_FROM", "privacy@example.org")

# -- pages --------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
FILES = "django.core.files.storage.FileSystemStorage"
STORAGES = {
    "default": {"BACKEND": FILES, "OPTIONS": {"location": DATA_DIR / "files"}},
    "parcels": {"BACKEND": FILES, "OPTIONS": {"location": DATA_DIR / "parcels"}},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env_bool("PORTAL_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

# -- logs: structured, without personal data ------------------------------------------------------------------------
LOGGING_CONFIG = None
environment.configure_logging(level=env("PORTAL_LOG_LEVEL", "INFO"), json=PRODUCTION)
logging.captureWarnings(True)


def _refuse_unsafe_production() -> None:
    """Production does not start on defaults that were made for a laptop."""
    if not PRODUCTION:
        return
    problems = []
    if DEBUG:
        problems.append("PORTAL_DEBUG must be off")
    if not env("DATABASE_URL", "").startswith("postgres"):
        problems.append("DATABASE_URL must name a PostgreSQL server")
    if not PUBLIC_URL.startswith("https://"):
        problems.append("PORTAL_PUBLIC_URL must start with https://")
    if BROKER_URL.startswith("filesystem"):
        problems.append("BROKER_URL or REDIS_URL must name a broker")
    if problems:
        raise ImproperlyConfigured("PORTAL_PRODUCTION is on, but " + "; ".join(problems) + ".")


_refuse_unsafe_production()
