"""Requests under /api/v1/."""

from django.urls import path

from dsr.api import views

urlpatterns = [
    path("requests", views.RequestsView.as_view(), name="api_requests"),
    path("requests/<uuid:request_id>", views.RequestView.as_view(), name="api_request"),
    path(
        "requests/<uuid:request_id>/confirmation", views.ConfirmationView.as_view(), name="api_confirmation"
    ),
    path("requests/<uuid:request_id>/codes", views.CodesView.as_view(), name="api_codes"),
]
