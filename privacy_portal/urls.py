"""Every door with an address."""

from django.contrib import admin
from django.urls import include, path

from privacy_portal.api import health

urlpatterns = [
    path("", include("privacy_portal.web.urls")),
    path("", include("dsr.web.urls")),
    path("", include("consent.web.urls")),
    path("", include("governance.web.urls")),
    path("api/v1/", include("privacy_portal.api.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]

handler400 = "privacy_portal.web.errors.bad_request"
handler404 = "privacy_portal.web.errors.not_found"
handler403 = "privacy_portal.web.errors.forbidden"
handler500 = "privacy_portal.web.errors.broken"
