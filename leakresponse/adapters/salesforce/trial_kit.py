"""Making what a cut trial needs, and taking it away again.

A user cannot be deleted in Salesforce: it stays, inactive and without rights, and the next trial takes it again. New
connected apps cannot be made since Spring '26 (salesforce_api.md): an existing one can be lent, and gets its own
certificate back. External Client Apps are made and deleted by metadata (salesforce_api.md 3.4).
"""

from __future__ import annotations

from typing import Any

from leakresponse.adapters.salesforce.certificates import CONNECTED, AppPlace, deploy_certificate
from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.cuts import CUTS, Hands
from leakresponse.adapters.salesforce.metadata import component, deploy, element
from leakresponse.adapters.salesforce.metadata_soap import list_components, read_components
from leakresponse.adapters.salesforce.oauth_tokens import fingerprint
from leakresponse.adapters.salesforce.trial_types import LABEL, NAME, Borrowed, Kit, TrialApp
from leakresponse.core.errors import Refused
from leakresponse.core.redact import Redacted
from leakresponse.core.soql.build import all_of, equals, select

_PROFILES = ("Minimum Access - Salesforce", "Standard User")
#: The types of an External Client App, each with its file, and its own name behind the app's.
_HEADER = ("ExternalClientApplication", "externalClientApps", "eca", "")
_GLOBAL = ("ExtlClntAppGlobalOauthSettings", "extlClntAppGlobalOauthSets", "ecaGlblOauth", "_glbloauth")
_SETTINGS = ("ExtlClntAppOauthSettings", "extlClntAppOauthSettings", "ecaOauth", "_oauth")
_OAUTH = ("ExtlClntAppOauthConfigurablePolicies", "extlClntAppOauthPolicies", "ecaOauthPlcy", "_oauthPlcy")
_POLICIES = ("ExtlClntAppConfigurablePolicies", "extlClntAppPolicies", "ecaPlcy", "_plcy")
_PARTS = (_HEADER, _GLOBAL, _SETTINGS, _OAUTH, _POLICIES)
_CALLBACK = "https://localhost/leak-response-cut-trial"


def borrow(client: SalesforceClient, developer_name: str) -> Borrowed:
    """A connected app that may be used. Raises Refused where there is none, or where anybody may let it in."""
    root = read_components(client, "ConnectedApp", [developer_name]).get(developer_name)
    where = all_of(equals("Name", developer_name), equals("Type", "ConnectedApplication"))
    items = list(client.query(select("AppMenuItem", ["ApplicationId"], where=where)))
    if root is None or not items:
        raise Refused("no connected app of that developer name", "NOT_FOUND")
    if root.findtext("oauthConfig/isAdminApproved") != "true":
        raise Refused("the app must be for admin approved users only", "NOT_PRE_AUTHORIZED")
    key = root.findtext("oauthConfig/consumerKey") or ""
    app = TrialApp("connected_app", str(items[0]["ApplicationId"]), developer_name, key)
    return Borrowed(app, (root.findtext("oauthConfig/certificate") or "").strip())


def make_kit(client: SalesforceClient, key_pem: Redacted[str], certificate_pem: str, borrowed: Borrowed | None) -> Kit:
    """Make everything. Raises Refused where the org has no licence or no right for it."""
    username = _username(client)
    user_id, set_id = _user(client, username), _permission_set(client)
    _once(client, "PermissionSetAssignment", {"AssigneeId": user_id, "PermissionSetId": set_id})
    apps = [_eca(client, certificate_pem, set_id)]
    if borrowed:
        apps.insert(0, borrowed.app)
        deploy_certificate(client, _place(borrowed), certificate_pem)
        _once(client, "SetupEntityAccess", {"ParentId": set_id, "SetupEntityId": borrowed.app.app_id})
    return Kit(client, key_pem, username, user_id, set_id, tuple(apps))


def tidy(client: SalesforceClient, borrowed: Borrowed | None) -> list[str]:
    """Take away whatever a trial made, this one's or an earlier one's; the answer is what has to stay.

    Idempotent, and by name alone: nothing has to be remembered but a lent app's own certificate.
    """
    left = []
    user_id = _found(client, "User", equals("Username", _username(client)))
    if user_id:
        _end_user(client, user_id)
        left.append("its user, inactive: Salesforce deletes no users")
    if NAME in list_components(client, _HEADER[0]):
        deploy(client, deletions={kind: [NAME + ending] for kind, _, _, ending in reversed(_PARTS)})
    set_id = _found(client, "PermissionSet", equals("Name", NAME))
    if set_id:
        _drop(client, "SetupEntityAccess", "ParentId", set_id)
        _drop(client, "PermissionSetAssignment", "PermissionSetId", set_id)
        client.delete("PermissionSet", set_id)
    if borrowed:
        left += _give_back(client, borrowed)
    return left


def end_credentials(client: SalesforceClient, user_id: str) -> None:
    """Revoke every token and end every session of the trial's user."""
    for row in client.query(select("OauthToken", ["DeleteToken"], where=equals("UserId", user_id))):
        client.revoke(Redacted(str(row["DeleteToken"])))
    _drop(client, "AuthSession", "UsersId", user_id)


def login_row(client: SalesforceClient, user_id: str) -> str:
    """The UserLogin row, by which a user is frozen."""
    return _found(client, "UserLogin", equals("UserId", user_id))


def _username(client: SalesforceClient) -> str:
    """Unique among all of Salesforce, and the same in every run."""
    org = next(iter(client.query(select("Organization", ["Id"]))))
    return f"cut-trial@{str(org['Id']).lower()}.leak-response.invalid"


def _user(client: SalesforceClient, username: str) -> str:
    """Made, or taken again: active and not frozen. Its mail goes to the responder's own address."""
    there = _found(client, "User", equals("Username", username))
    if there:
        client.update("User", there, {"IsActive": True})
        client.update("UserLogin", login_row(client, there), {"IsFrozen": False})
        return there
    fields = ["Email", "TimeZoneSidKey", "LocaleSidKey", "EmailEncodingKey", "LanguageLocaleKey"]
    own = next(iter(client.query(select("User", fields, where=equals("Username", client.access.username)))))
    profiles = {row["Name"]: row["Id"] for row in client.query(select("Profile", ["Id", "Name"]))}
    profile = next((profiles[name] for name in _PROFILES if name in profiles), None)
    if profile is None:
        raise Refused(f"none of the profiles {', '.join(_PROFILES)} is there", "NO_PROFILE")
    usual = {
        "TimeZoneSidKey": "GMT",
        "LocaleSidKey": "en_US",
        "EmailEncodingKey": "UTF-8",
        "LanguageLocaleKey": "en_US",
    }
    values = {name: own[name] or usual.get(name) for name in fields}
    names = {"Username": username, "LastName": LABEL, "Alias": "cuttrial", "ProfileId": profile, "IsActive": True}
    return client.create("User", {**values, **names})


def _permission_set(client: SalesforceClient) -> str:
    values = {"Name": NAME, "Label": LABEL, "PermissionsApiEnabled": True}
    return _found(client, "PermissionSet", equals("Name", NAME)) or client.create("PermissionSet", values)


def _once(client: SalesforceClient, sobject: str, values: dict[str, Any]) -> None:
    where = all_of(*(equals(name, value) for name, value in values.items()))
    if not _found(client, sobject, where):
        client.create(sobject, values)


def _eca(client: SalesforceClient, certificate_pem: str, set_id: str) -> TrialApp:
    """An External Client App for this permission set alone, with the key login and the device flow on."""
    insides = {
        _HEADER: element("contactEmail", "cut-trial@leak-response.invalid") + element("distributionState", "Local"),
        _GLOBAL: element("callbackUrl", _CALLBACK) + element("certificate", certificate_pem)
        + _of_app() + element("isConsumerSecretOptional", True) + element("isDeviceFlowEnabled", True)
        + element("isSecretRequiredForRefreshToken", False),
        _SETTINGS: element("commaSeparatedOauthScopes", "Api,Web,RefreshToken") + _of_app(),
        _OAUTH: element("commaSeparatedPermissionSet", set_id) + _of_app()
        + element("permittedUsersPolicyType", "AdminApprovedPreAuthorized"),
        _POLICIES: _of_app() + element("isEnabled", True),
    }  # fmt: skip
    deploy(client, [_part(part, inside) for part, inside in insides.items()])
    root = read_components(client, _GLOBAL[0], [NAME + _GLOBAL[3]]).get(NAME + _GLOBAL[3])
    where = all_of(equals("Name", NAME), equals("Type", _HEADER[0]))
    items = list(client.query(select("AppMenuItem", ["ApplicationId"], where=where, order_by=["CreatedDate DESC"])))
    key = root.findtext("consumerKey") if root is not None else None
    if not key or not items:
        raise Refused("the External Client App is not there after its deploy", "NOT_FOUND")
    return TrialApp("eca", str(items[0]["ApplicationId"]), NAME, key)


def _part(part: tuple[str, str, str, str], inside: str) -> Any:
    kind, folder, suffix, ending = part
    name = NAME + ending
    return component(kind, name, f"{folder}/{name}.{suffix}", inside + element("label", LABEL))


def _of_app() -> str:
    return element("externalClientApplication", NAME)


def _end_user(client: SalesforceClient, user_id: str) -> None:
    end_credentials(client, user_id)
    login = login_row(client, user_id)
    if login:
        client.update("UserLogin", login, {"IsFrozen": False})
    client.update("User", user_id, {"IsActive": False})


def _give_back(client: SalesforceClient, borrowed: Borrowed) -> list[str]:
    """No block of ours, and the lent app's own certificate. Where it had none, the trial's stays; its key is gone."""
    CUTS["block_app"].undo(Hands(client, {}), fingerprint(borrowed.app.consumer_key), {})
    if not borrowed.certificate_pem:
        return ["the certificate of the lent app, which had none; its key is thrown away"]
    deploy_certificate(client, _place(borrowed), borrowed.certificate_pem)
    return []


def _place(borrowed: Borrowed) -> AppPlace:
    return AppPlace(CONNECTED, borrowed.app.developer_name, borrowed.app.developer_name)


def _found(client: SalesforceClient, sobject: str, where: Any) -> str:
    return next((str(row["Id"]) for row in client.query(select(sobject, ["Id"], where=where))), "")


def _drop(client: SalesforceClient, sobject: str, field: str, value: str) -> None:
    for row in list(client.query(select(sobject, ["Id"], where=equals(field, value)))):
        client.delete(sobject, str(row["Id"]))
