from django.apps import AppConfig


class TeamConfig(AppConfig):
    name = "rubrica.team"
    label = "team"

    def ready(self) -> None:
        from rubrica.team import listening

        listening.begin()
