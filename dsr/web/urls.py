"""Pages of requests."""

from django.urls import path

from dsr.web.views import person, staff

app_name = "dsr"
urlpatterns = [
    path("privacy/<slug:controller_code>/request", person.request_form, name="request_form"),
    path("privacy/confirm/<str:token>", person.confirm, name="confirm"),
    path("privacy/confirm/<str:token>/again", person.send_again, name="send_again"),
    path("privacy/request/<str:token>", person.tracking, name="tracking"),
    path("privacy/request/<str:token>/cancel", person.cancel, name="cancel"),
    path("privacy/request/<str:token>/download", person.download, name="download"),
    path("requests/", staff.request_list, name="request_list"),
    path("requests/<uuid:pk>/", staff.request_detail, name="request_detail"),
    path("requests/<uuid:pk>/live", staff.request_live, name="request_live"),
    path("requests/<uuid:pk>/acceptance", staff.accept, name="accept"),
    path("requests/<uuid:pk>/approval", staff.approve, name="approve"),
    path("requests/<uuid:pk>/return", staff.return_plan, name="return_plan"),
    path("requests/<uuid:pk>/refusal", staff.refuse, name="refuse"),
    path("requests/<uuid:pk>/extension", staff.extend, name="extend"),
    path("requests/<uuid:pk>/delivery", staff.deliver, name="deliver"),
    path("requests/<uuid:pk>/owner", staff.take, name="take"),
    path("requests/<uuid:pk>/identifiers", staff.reveal, name="reveal"),
]
