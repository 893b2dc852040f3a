"""What the ledger's kinds of action and of access path are called in the report."""

from __future__ import annotations

from collections.abc import Mapping

#: What was done, in the plural, by kind of action. Kinds that are no news to a reader have no words.
DONE: Mapping[str, str] = {
    "revoke_token": "OAuth tokens revoked",
    "revoke_eca_usage": "tokens of external client apps revoked",
    "block_app": "apps blocked",
    "disable_eca": "external client apps switched off",
    "delete_session": "sessions ended",
    "remove_grant": "app grants removed",
    "freeze_user": "users frozen",
    "expire_password": "passwords reset",
    "deactivate_user": "users deactivated",
    "remove_factor": "second factors removed",
    "end_idp_session": "sign-on sessions ended at the identity provider",
    "restrict_guest": "guest profiles stripped of their rights",
    "strip_permission": "risky permissions taken away",
    "unschedule": "schedules stopped",
    "close_named_credential": "named credentials closed",
    "add_login_ranges": "login ranges set",
    "abort_job": "bulk jobs aborted",
    "rotate_create": "new credentials made",
    "rotate_set": "new credentials set where they are used",
    "rotate_finish": "new credentials made current",
    "rotate_end_old": "old credentials ended",
    "rotate_undo": "rotations taken back",
    "restore_grant": "app grants given back",
    "unfreeze_user": "users unfrozen",
}
#: Book-keeping: whose turn it was.
SILENT = frozenset({"phase_run", "rotate_outage"})
_ROTATION = frozenset(
    {"rotate_create", "rotate_set", "rotate_finish", "rotate_end_old", "rotate_undo", "restore_grant", "unfreeze_user"}
)

PATHS: Mapping[str, str] = {
    "revoke_token": "OAuth token",
    "revoke_eca_usage": "tokens of an external client app",
    "block_app": "blocked app",
    "disable_eca": "external client app",
    "delete_session": "session",
    "remove_grant": "app access by permission set",
    "freeze_user": "user login",
    "restrict_guest": "guest profile",
    "remove_factor": "second factor",
    "unschedule": "schedule",
    "abort_job": "bulk job",
    "jwt_login": "JWT bearer login",
    "refresh_login": "refresh token login",
}


#: Kinds of credential, as the vault's tags name them.
CREDENTIALS: Mapping[str, str] = {"jwt_key_pair": "JWT key pair", "eca_key_secret": "consumer key and secret"}


def credential(kind: str) -> str:
    """A kind of credential in words."""
    return CREDENTIALS.get(kind, kind.replace("_", " ") or "unknown")


def done(kind: str) -> str:
    """What was done; the way back of a cut is named after the cut."""
    undone = kind.removeprefix("undo_")
    if undone != kind:
        return f"given back: {DONE.get(undone, undone.replace('_', ' '))}"
    return DONE.get(kind, kind.replace("_", " "))


def phase_of(kind: str) -> str:
    """The phase that an action belongs to."""
    if kind in _ROTATION:
        return "rotate"
    return "recover" if kind.startswith("undo_") else "contain" if kind in DONE else ""
