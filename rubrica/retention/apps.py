from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "rubrica.retention"
    default_auto_field = "django.db.models.BigAutoField"
