"""The simulated retailer's ways to the outside: named credentials, remote sites, trusted sites, packages."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from leakresponse.rehearsal.org.ids import numbered_id
from leakresponse.rehearsal.org.store import put

#: Developer name, label, address.
NAMED_CREDENTIALS = (
    ("Payment_Gateway", "Payment Gateway", "https://gateway.harborpay.example/v2"),
    ("Order_Management", "Order Management", "https://orders.harborpine.example/api"),
    ("Email_Marketing", "Email Marketing", "https://api.brightmail.example/v3"),
)
EXTERNAL_CREDENTIALS = (("Harborpay", "Harborpay", "Custom"), ("Brightmail", "Brightmail", "OAuth"))
REMOTE_SITES = (
    ("Shipping_Rates", "https://rates.parcelwise.example"), ("Address_Check", "https://verify.streetright.example"),
    ("Legacy_Export", "http://10.20.0.4:8080"),
)  # fmt: skip
#: Developer name, address, whether pages may send data there (connect-src).
TRUSTED_SITES = (
    ("Chat_Widget", "https://widget.drift.example", True),
    ("Web_Fonts", "https://fonts.harborpine.example", False),
)
#: Namespace, name, version, whether Salesforce has reviewed it.
PACKAGES = (
    ("driftapp", "Drift", (4, 2), True), ("parcelwise", "Parcelwise Labels", (2, 0), True),
    ("", "Survey Helper", (0, 9), False),
)  # fmt: skip


def make_outward(db: sqlite3.Connection, audit: Mapping[str, Any]) -> None:
    """Write them, with the audit fields given."""
    for number, (name, label, endpoint) in enumerate(NAMED_CREDENTIALS, 1):
        put(db, "NamedCredential", {
            "Id": numbered_id("0XA", number), "DeveloperName": name, "MasterLabel": label, "Endpoint": endpoint,
            "PrincipalType": "NamedUser", "NamedCredentialType": "SecuredEndpoint", "CalloutStatus": "Enabled",
            "CalloutOptionsGenerateAuthorizationHeader": 1, "Language": "en_US", **audit,
        })  # fmt: skip
    for number, (name, label, protocol) in enumerate(EXTERNAL_CREDENTIALS, 1):
        put(db, "ExternalCredential", {
            "Id": numbered_id("0pk", number), "DeveloperName": name, "MasterLabel": label,
            "AuthenticationProtocol": protocol, "Language": "en_US", **audit,
        })  # fmt: skip
    for number, (name, endpoint) in enumerate(REMOTE_SITES, 1):
        put(db, "RemoteProxy", {
            "Id": numbered_id("0rp", number), "SiteName": name, "EndpointUrl": endpoint, "IsActive": 1, **audit,
        })  # fmt: skip
    for number, (name, endpoint, sends) in enumerate(TRUSTED_SITES, 1):
        put(db, "CspTrustedSite", {
            "Id": numbered_id("08y", number), "DeveloperName": name, "MasterLabel": name.replace("_", " "),
            "EndpointUrl": endpoint, "IsActive": 1, "Context": "All", "IsApplicableToConnectSrc": int(sends),
            "IsApplicableToFontSrc": int(not sends), "Language": "en_US", **audit,
        })  # fmt: skip
    _packages(db)


def _packages(db: sqlite3.Connection) -> None:
    for number, (space, name, (major, minor), reviewed) in enumerate(PACKAGES, 1):
        package, version = numbered_id("033", number), numbered_id("04t", number)
        put(db, "SubscriberPackage", {"Id": package, "Name": name, "NamespacePrefix": space, "IsPackageValid": 1})
        put(db, "SubscriberPackageVersion", {
            "Id": version, "Name": f"{major}.{minor}", "SubscriberPackageId": package, "MajorVersion": major,
            "MinorVersion": minor, "PatchVersion": 0, "BuildNumber": 1, "IsManaged": int(bool(space)),
            "IsSecurityReviewed": int(reviewed), "PublisherName": name, "ReleaseState": "Released",
        })  # fmt: skip
        put(db, "InstalledSubscriberPackage", {
            "Id": numbered_id("0A3", number), "SubscriberPackageId": package, "SubscriberPackageVersionId": version,
        })  # fmt: skip
