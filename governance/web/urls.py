"""Pages of governance."""

from django.urls import path

from governance.web.views import breaches, holds, register, retention

app_name = "governance"

urlpatterns = [
    path("register/", register.system_list, name="system_list"),
    path("register/<uuid:system_id>/", register.system_detail, name="system_detail"),
    path("retention/", retention.sweep_list, name="sweep_list"),
    path("retention/plan/", retention.plan, name="sweep_plan"),
    path("retention/holds/", holds.hold_list, name="hold_list"),
    path("retention/holds/<uuid:hold_id>/lift/", holds.lift, name="hold_lift"),
    path("retention/<uuid:sweep_id>/", retention.sweep_detail, name="sweep_detail"),
    path("retention/<uuid:sweep_id>/release/", retention.release, name="sweep_release"),
    path("retention/<uuid:sweep_id>/hold/", retention.hold_back, name="sweep_hold"),
    path("retention/<uuid:sweep_id>/cancel/", retention.cancel, name="sweep_cancel"),
    path("breaches/", breaches.breach_list, name="breach_list"),
    path("breaches/new/", breaches.breach_form, name="breach_form"),
    path("breaches/<uuid:breach_id>/", breaches.breach_detail, name="breach_detail"),
    path("breaches/<uuid:breach_id>/assessment/", breaches.assess, name="breach_assess"),
    path("breaches/<uuid:breach_id>/notification/", breaches.notify, name="breach_notify"),
    path("breaches/<uuid:breach_id>/close/", breaches.close, name="breach_close"),
]
