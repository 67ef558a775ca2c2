"""Under /api/v1/."""

from django.urls import path

from governance.api import views

urlpatterns = [
    path("systems", views.SystemsView.as_view(), name="api_systems"),
    path("systems/<slug:code>", views.SystemView.as_view(), name="api_system"),
    path("breaches", views.BreachesView.as_view(), name="api_breaches"),
]
