"""Changing a connected app's certificate by a metadata deploy over REST.

`ConnectedApp.oauthConfig.certificate` holds one PEM, so there is no overlap: the old key is expected to fail when the
deploy lands (Metadata API guide `meta_connectedapp`; unconfirmed, therefore proven by use after every rotation).
Multipart parts and polling: REST guide "Deploy Metadata with REST API".
"""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from xml.sax.saxutils import escape

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.core.errors import Refused, Unavailable

_NAMESPACE = "http://soap.sforce.com/2006/04/metadata"


def deploy_certificate(
    client: SalesforceClient, app: str, consumer_key: str, certificate_pem: str, wait_seconds: float = 600
) -> str:
    """Deploy the app with this certificate and wait; the answer is the deploy id. Raises Refused where it failed."""
    package = _package(app, consumer_key, certificate_pem, client.access.api_version)
    options = {
        "deployOptions": {"checkOnly": False, "singlePackage": True, "rollbackOnError": True, "testLevel": "NoTestRun"}
    }
    parts = {
        "json": (None, json.dumps(options), "application/json"),
        "file": ("deploy.zip", package, "application/zip"),
    }
    started = client.call("POST", "/metadata/deployRequest", files=parts, repeatable=True).json()
    return _wait(client, str(started["id"]), wait_seconds)


def _wait(client: SalesforceClient, deploy_id: str, wait_seconds: float) -> str:
    deadline = time.monotonic() + wait_seconds
    pause = 0.05
    while time.monotonic() < deadline:
        body = client.call("GET", f"/metadata/deployRequest/{deploy_id}", params={"includeDetails": "true"}).json()
        result = body["deployResult"]
        if result["done"]:
            if result["success"] and result["status"] == "Succeeded":
                return deploy_id
            raise Refused("the org refused the certificate", f"DEPLOY_{result['status'].upper()}")
        time.sleep(pause)
        pause = min(pause * 2, 5)
    raise Unavailable("metadata deploy did not end in time")


def developer_name(app: str) -> str:
    """The API name that a label gets: letters, digits and single underscores."""
    return re.sub(r"_+", "_", re.sub(r"[^A-Za-z0-9]", "_", app)).strip("_")


def _package(app: str, consumer_key: str, certificate_pem: str, version: str) -> bytes:
    name = developer_name(app)
    component = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ConnectedApp xmlns="{_NAMESPACE}">\n'
        f"    <label>{escape(app)}</label>\n    <oauthConfig>\n"
        f"        <certificate>{escape(certificate_pem)}</certificate>\n"
        f"        <consumerKey>{escape(consumer_key)}</consumerKey>\n    </oauthConfig>\n</ConnectedApp>\n"
    )
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Package xmlns="{_NAMESPACE}">\n    <types>\n'
        f"        <members>{name}</members>\n        <name>ConnectedApp</name>\n    </types>\n"
        f"    <version>{version}</version>\n</Package>\n"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("package.xml", manifest)
        archive.writestr(f"connectedApps/{name}.connectedApp", component)
    return buffer.getvalue()
