"""The addresses of one's own account and of the team, below /console; their names are in the console's namespace."""

from django.urls import path

from rubrica.console.members import account, team

MEMBER, INVITATION = "team/<int:pk>", "team/invitations/<int:pk>"

urlpatterns = [
    path("account", account.account, name="account"),
    path("account/save", account.save_account, name="save_account"),
    path("account/sessions/end", account.end_sessions, name="end_sessions"),
    path("account/sessions/<int:pk>/end", account.end_session, name="end_session"),
    path("team", team.team, name="team"),
    path("team/invite", team.invite, name="invite_member"),
    path(f"{INVITATION}/again", team.invite_again, name="invite_again"),
    path(f"{INVITATION}/revoke", team.revoke_invitation, name="revoke_invitation"),
    path(f"{MEMBER}/role", team.change_role, name="change_role"),
    path(f"{MEMBER}/deactivate", team.deactivate, name="deactivate_member"),
    path(f"{MEMBER}/reactivate", team.reactivate, name="reactivate_member"),
    path(f"{MEMBER}/hand-over", team.hand_over, name="hand_over"),
    path(f"{MEMBER}/factors/clear", team.clear_factors, name="clear_factors"),
]
