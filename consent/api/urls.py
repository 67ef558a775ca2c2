"""Consent under /api/v1/."""

from django.urls import path

from consent.api import views

urlpatterns = [
    path("consents", views.ConsentsView.as_view(), name="api_consents"),
    path("consents/withdrawals", views.WithdrawalsView.as_view(), name="api_withdrawals"),
    path("decisions", views.DecisionsView.as_view(), name="api_decisions"),
]
