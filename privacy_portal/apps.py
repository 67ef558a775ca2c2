"""Django finds the ground floor here; the switchboard is plugged in when all apps are loaded."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.core.checks import Tags, register


class PortalConfig(AppConfig):
    name = "privacy_portal"
    label = "portal"

    def ready(self) -> None:
        import privacy_portal.celery  # noqa: F401 - bells are rung through this app
        from privacy_portal import durability, wiring
        from privacy_portal.fanout import connections, letters
        from privacy_portal.ledger import record

        register(durability.commits_wait_for_the_disk, Tags.database)
        record.subscribe(wiring.HANDLERS)
        connections.register(wiring.CONNECTORS)
        letters.register(wiring.LETTERS)


class PortalAdminConfig(AdminConfig):
    """Django's admin behind the door of all staff pages."""

    default_site = "privacy_portal.web.admin_site.StaffSite"
