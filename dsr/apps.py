from django.apps import AppConfig


class DsrConfig(AppConfig):
    name = "dsr"
