"""Rows of logins and logouts: Login, Logout, LoginEvent, LogoutEvent, IdentityVerificationEvent."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from leakresponse.rehearsal.org.calls import Call, Client, LogRow
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.events_common import SERVER_ADDRESS, common, stored
from leakresponse.rehearsal.org.ids import new_id, request_id
from leakresponse.rehearsal.org.world import World


def login_row(
    world: World, client: Client, at: datetime, user: tuple[str, str], key: str, status: str, sub_type: str
) -> LogRow:
    """Login: one attempt. `user` is id and username; SESSION_KEY is blank there, and CLIENT_IP a word."""
    return "Login", {
        **common(world, "Login", at, user[0], request_id()), "RUN_TIME": 110, "CPU_TIME": 25,
        "URI": "/services/oauth2/token", "LOGIN_KEY": key, "USER_TYPE": "Standard", "DB_TOTAL_TIME": 40_000_000,
        "LOGIN_TYPE": "i", "BROWSER_TYPE": client.agent, "API_VERSION": "9998.0", "USER_NAME": user[1],
        "TLS_PROTOCOL": "TLSv1.2", "CIPHER_SUITE": "ECDHE-RSA-AES256-GCM-SHA384",
        "LOGIN_URL": "login.salesforce.com", "LOGIN_SUB_TYPE": sub_type, "CLIENT_IP": SERVER_ADDRESS,
        "LOGIN_STATUS": status, "SOURCE_IP": client.address,
    }  # fmt: skip


def logout_row(world: World, at: datetime, user_id: str, session_key: str, login_key: str) -> LogRow:
    """Logout: a session that somebody else ended."""
    return "Logout", {
        **common(world, "Logout", at, user_id, request_id()), "SESSION_KEY": session_key, "LOGIN_KEY": login_key,
        "USER_TYPE": "Standard", "SESSION_TYPE": "Oauth2", "SESSION_LEVEL": "1", "USER_INITIATED_LOGOUT": 0,
    }  # fmt: skip


def login_event(
    world: World, client: Client, at: datetime, user: tuple[str, str], key: str, history: str, app: str, status: str
) -> tuple[str, dict[str, Any]]:
    """LoginEvent of one attempt; `status` in words, as LoginHistory has it."""
    when = iso(at)
    return "LoginEvent", {
        "Id": new_id("7pX"), "EventDate": when, "EventIdentifier": str(uuid.uuid4()), "CreatedDate": when,
        "UserId": user[0] or None, "Username": user[1], "SourceIp": client.address, "SessionLevel": "STANDARD",
        "LoginKey": key or None, "LoginHistoryId": history or None, "EvaluationTime": 0.0,
        "LoginType": "Remote Access 2.0", "LoginUrl": "login.salesforce.com", "Status": status, "Application": app,
        "Browser": client.agent[:255] or "Unknown", "Platform": "Unknown", "ApiType": "N/A", "ApiVersion": "N/A",
        "CipherSuite": "ECDHE-RSA-AES256-GCM-SHA384", "TlsProtocol": "TLS 1.2", "HttpMethod": "POST",
        "UserType": "Standard", "ClientVersion": "N/A", "AdditionalInfo": "{}",
    }  # fmt: skip


def logout_event(call: Call, session_key: str, login_key: str) -> tuple[str, dict[str, Any]]:
    """LogoutEvent: the caller logged out himself; sessions that others end or that time out leave none."""
    return "LogoutEvent", {**stored(call, "LogoutEvent"), "SessionKey": session_key, "LoginKey": login_key}


def verification_event(
    world: World, client: Client, at: datetime, user: tuple[str, str], keys: tuple[str, str, str], method: str,
    status: str,
) -> tuple[str, dict[str, Any]]:  # fmt: skip
    """IdentityVerificationEvent of a login: `keys` are login key, session key and LoginHistory id.

    `method` as in published rows (`Totp`), `status` `Succeeded` or `InProgress`. It has no stream.
    """
    when = iso(at)
    login_key, session_key, history = keys
    return "IdentityVerificationEvent", {
        "Id": new_id("7pG"), "EventDate": when, "EventIdentifier": str(uuid.uuid4()), "CreatedDate": when,
        "UserId": user[0], "Username": user[1], "SourceIp": client.address, "SessionLevel": "STANDARD",
        "LoginKey": login_key or None, "SessionKey": session_key or None, "LoginHistoryId": history or None,
        "Activity": "Login", "EventGroup": "000000001", "Policy": "TwoFactorAuthentication", "Status": status,
        "VerificationMethod": method,
    }  # fmt: skip
