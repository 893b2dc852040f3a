"""Ways out of the org by deploy: remote sites, trusted sites, named and external credentials, as rows of their objects.

`NamedCredential.calloutStatus` Disabled stops what goes out through it (salesforce_api.md section 13). Secrets are
neither taken nor returned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.metadata_kinds import (
    Apply,
    ComponentRefused,
    Kind,
    Outcome,
    Read,
    Remove,
    Run,
    stored_tree,
)
from leakresponse.rehearsal.org.metadata_xml import Element, overlaid, said, tree, truth
from leakresponse.rehearsal.org.store import first_row, put
from leakresponse.rehearsal.org.world import World


@dataclass(frozen=True, slots=True)
class _Rows:
    """How a type lies in a table: the column of its full name, elements by column, which are needed, and defaults."""

    kind: str
    table: str
    key: str
    texts: Mapping[str, str]
    flags: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    action: str = ""

    def find(self, db: Any, name: str) -> dict[str, Any] | None:
        """The row of a component."""
        return first_row(db, " ".join(("SELECT * FROM", self.table, "WHERE", self.key, "= ?")), name)

    def names(self, world: World) -> list[str]:
        """Every component."""
        return [row["name"] for row in world.store.all(" ".join(("SELECT", self.key, "AS name FROM", self.table)))]


_TABLES = (
    _Rows("RemoteSiteSetting", "RemoteProxy", "SiteName", {"EndpointUrl": "url", "Description": "description"},
          {"IsActive": "isActive", "ProtocolMismatch": "disableProtocolSecurity"}, ("url", "isActive"),
          action="RemoteProxy"),
    _Rows("CspTrustedSite", "CspTrustedSite", "DeveloperName",
          {"EndpointUrl": "endpointUrl", "Description": "description", "Context": "context"},
          {"IsActive": "isActive", "IsApplicableToConnectSrc": "isApplicableToConnectSrc",
           "IsApplicableToFrameSrc": "isApplicableToFrameSrc", "IsApplicableToImgSrc": "isApplicableToImgSrc",
           "IsApplicableToStyleSrc": "isApplicableToStyleSrc", "IsApplicableToFontSrc": "isApplicableToFontSrc",
           "IsApplicableToMediaSrc": "isApplicableToMediaSrc", "CanAccessCamera": "canAccessCamera",
           "CanAccessMicrophone": "canAccessMicrophone"}, ("endpointUrl", "isActive"),
          {"MasterLabel": None, "Context": "All", "Language": "en_US"}, "CspTrustedSite"),
    _Rows("NamedCredential", "NamedCredential", "DeveloperName",
          {"MasterLabel": "label", "Endpoint": "endpoint", "CalloutStatus": "calloutStatus",
           "NamedCredentialType": "namedCredentialType", "PrincipalType": "principalType"},
          {"CalloutOptionsGenerateAuthorizationHeader": "generateAuthorizationHeader",
           "CalloutOptionsAllowMergeFieldsInHeader": "allowMergeFieldsInHeader",
           "CalloutOptionsAllowMergeFieldsInBody": "allowMergeFieldsInBody"}, ("label",),
          {"CalloutStatus": "Enabled", "NamedCredentialType": "Legacy", "PrincipalType": "Anonymous",
           "Language": "en_US"}, "NamedCredential"),
    _Rows("ExternalCredential", "ExternalCredential", "DeveloperName",
          {"MasterLabel": "label", "AuthenticationProtocol": "authenticationProtocol", "Description": "description"},
          {}, ("label", "authenticationProtocol"), {"Language": "en_US"}, "ExternalCredential"),
)  # fmt: skip
#: Elements that carry secrets.
_SECRET = ("password", "awsSecretKey", "oauthToken", "oauthRefreshToken")


def _applier(table: _Rows) -> Apply:
    def apply(run: Run, name: str, root: Element) -> Outcome:
        missing = [tag for tag in table.needs if not said(root, tag)]
        if missing:
            raise ComponentRefused(f"Required fields are missing: [{', '.join(missing)}]")
        there = table.find(run.db, name)
        obj = run.world.store.schema.objects[table.table]
        row: dict[str, Any] = {column: said(root, tag) for column, tag in table.texts.items()}
        row |= {column: int(truth(said(root, tag))) for column, tag in table.flags.items()}
        if table.kind == "NamedCredential":
            row |= _address(root, row)
        for column, value in table.defaults.items():
            row[column] = row.get(column) or value or (name if column == "MasterLabel" else None)
        stamps = {column: value for column, value in run.stamps(there is None).items() if column in obj.fields}
        row_id = there["Id"] if there else new_id(obj.key_prefix)
        if there is None:
            put(run.db, table.table, {"Id": row_id, table.key: name, **row, **stamps})
        else:
            sets = ", ".join(f"{column} = ?" for column in (*row, *stamps))
            sql = " ".join(("UPDATE", table.table, "SET", sets, "WHERE Id = ?"))
            run.db.execute(sql, (*row.values(), *stamps.values(), row_id))
        did = "Created" if there is None else "Changed"
        run.trail(f"{did.lower()}{table.action}", "Security Controls", f"{did} {table.kind} {name}")
        return Outcome(there is None, row_id)

    return apply


def _address(root: Element, row: Mapping[str, Any]) -> dict[str, Any]:
    """The address of a newer credential is its parameter of type Url (salesforce_api.md section 13)."""
    for one in root.findall("namedCredentialParameters"):
        if said(one, "parameterType") == "Url":
            return {"Endpoint": said(one, "parameterValue")}
    return {"Endpoint": row["Endpoint"]}


def _reader(table: _Rows) -> Read:
    def read(world: World, name: str) -> Element | None:
        row = table.find(world.store.reader, name)
        if row is None:
            return None
        kept = stored_tree(world, table.kind, name)
        root = Element(table.kind) if kept is None else kept
        parts: list[tuple[str, object]] = [(tag, row[column]) for column, tag in table.texts.items()]
        parts += [(tag, bool(row[column])) for column, tag in table.flags.items()]
        if table.kind == "NamedCredential" and root.find("namedCredentialParameters") is not None:
            parts = [one for one in parts if one[0] != "endpoint"]
        return overlaid(root, list(tree("x", parts)), (*table.texts.values(), *table.flags.values(), *_SECRET))

    return read


def _remover(table: _Rows) -> Remove:
    def remove(run: Run, name: str) -> bool:
        row = table.find(run.db, name)
        if row is None:
            return False
        run.db.execute(" ".join(("DELETE FROM", table.table, "WHERE Id = ?")), (row["Id"],))
        run.trail(f"deleted{table.action}", "Security Controls", f"Deleted {table.kind} {name}")
        return True

    return remove


_PLACES = {
    "RemoteSiteSetting": ("remoteSiteSettings", "remoteSite"), "CspTrustedSite": ("cspTrustedSites", "cspTrustedSite"),
    "NamedCredential": ("namedCredentials", "namedCredential"),
    "ExternalCredential": ("externalCredentials", "externalCredential"),
}  # fmt: skip
KINDS = tuple(
    Kind(one.kind, *_PLACES[one.kind], apply=_applier(one), read=_reader(one), names=one.names, remove=_remover(one))
    for one in _TABLES
)
