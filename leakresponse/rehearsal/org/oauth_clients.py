"""Which app asks, and whether it proves it: by its secret, in the form or in a Basic header, or by a signed assertion.

Salesforce Help, "OAuth 2.0 Refresh Token Flow", "OAuth 2.0 Client Credentials Flow", "OpenID Connect Token
Introspection". An app may be set up so that its secret is not asked for ("Require Secret for Refresh Token Flow").
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from leakresponse.rehearsal.org import assertions
from leakresponse.rehearsal.org.errors import OauthRefused
from leakresponse.rehearsal.org.oauth_apps import app_by_key
from leakresponse.rehearsal.org.world import World

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def with_basic(form: Mapping[str, str], header: str) -> dict[str, str]:
    """The form, with the client of an `Authorization: Basic` header where the form names none."""
    kind, _, coded = header.strip().partition(" ")
    if kind.lower() != "basic" or "client_id" in form:
        return dict(form)
    try:
        name, _, secret = base64.b64decode(coded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return dict(form)
    return {**form, "client_id": unquote(name), "client_secret": unquote(secret)}


def named_app(world: World, form: Mapping[str, str]) -> dict[str, Any]:
    """The app of `client_id`, or of an assertion. Raises OauthRefused for an unknown one."""
    if not form.get("client_id") and form.get("client_assertion"):
        return assertions.app_of(world, form["client_assertion"])
    app = app_by_key(world, form.get("client_id", ""))
    if app is None:
        raise OauthRefused("invalid_client_id", "client identifier invalid")
    return app


def proven_app(world: World, form: Mapping[str, str], secret_needed: bool = True) -> dict[str, Any]:
    """The app, which must have proved itself; without `secret_needed` an app that is set up so may send no secret.

    A wrong secret is refused whether it was needed or not.
    """
    app = named_app(world, form)
    if form.get("client_assertion"):
        assertions.verify(world, app, form["client_assertion"])
        return app
    given = form.get("client_secret", "")
    if not given and not secret_needed and (app["secret_optional"] or not app["consumer_secret"]):
        return app
    if not app["consumer_secret"] or not secrets.compare_digest(given.encode(), app["consumer_secret"].encode()):
        raise OauthRefused("invalid_client", "invalid client credentials")
    return app
