"""Everything under /api/v1/."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from oauth2_provider.views import TokenView

from privacy_portal.api import inbox, ledger, schema  # noqa: F401 - the schema learns how services sign in

urlpatterns = [
    path("token", TokenView.as_view(), name="api_token"),
    path("schema", SpectacularAPIView.as_view(), name="api_schema"),
    path("inbox/<slug:controller_code>/<slug:connection_code>", inbox.receive_message, name="inbox"),
    path("ledger/checkpoint", ledger.CheckpointView.as_view(), name="ledger_checkpoint"),
    path("ledger/entries", ledger.EntriesView.as_view(), name="ledger_entries"),
    path("ledger/proofs/inclusion", ledger.InclusionView.as_view(), name="ledger_inclusion"),
    path("ledger/proofs/consistency", ledger.ConsistencyView.as_view(), name="ledger_consistency"),
    path("", include("governance.api.urls")),
    path("", include("consent.api.urls")),
    path("", include("dsr.api.urls")),
]
