"""Staff pages of the ground floor."""

from django.urls import include, path

from privacy_portal.web import clocks, given_up, home, ledger, outbox, system_switch, tasks

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("clocks/", clocks.clocks, name="clocks"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/verify", ledger.verify_now, name="ledger_verify"),
    path("demo/outbox", outbox.outbox, name="demo_outbox"),
    path("tasks/", include(tasks.urlpatterns)),
    path("tasks/handlers/", include(given_up.urlpatterns)),
    path("tasks/systems/", include(system_switch.urlpatterns)),
]
