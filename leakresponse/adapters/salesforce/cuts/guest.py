"""Guests of a site: they have no session, so what the guest profile lets them read is taken away. The site stays up.

By a deploy of the profile, which changes what it names alone (Metadata API guide, Profile).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import requests

from leakresponse.adapters.salesforce.cuts.types import Hands, Proof, check_given_back
from leakresponse.adapters.salesforce.inventory_users import metadata_name, read_rights
from leakresponse.adapters.salesforce.metadata import component, deploy, element
from leakresponse.core.containment import ActionKind
from leakresponse.core.errors import Refused
from leakresponse.core.soql.build import all_of, count, equals, isin, select

Rights = Mapping[str, str]
_ACTS: Mapping[str, str] = {
    "allowCreate": "Create", "allowDelete": "Delete", "allowEdit": "Edit", "allowRead": "Read",
    "modifyAllRecords": "ModifyAllRecords", "viewAllRecords": "ViewAllRecords",
}  # fmt: skip
#: What a guest is tried with: the lists that published thefts read (incidents, guest access).
_TRIED = ("Contact", "Account", "Case", "Lead", "Order")
_LIST = (
    "serviceComponent://ui.force.components.controllers.lists.selectableListDataProvider."
    "SelectableListDataProviderController/ACTION$getItems"
)


class RestrictGuest:
    """Every object and field right of a guest profile. What Apex gives without sharing goes past it."""

    kind: ActionKind = "restrict_guest"
    source = "V: Metadata API guide, Profile; containment facts, guest access: no reader on a guest profile has told it"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Take away what is there now."""
        held = _held(hands, target)
        if not held:
            return {"already": True}
        _deploy(hands, target, dict.fromkeys(held, ""))
        return {"taken": len(held)}

    def dead(self, hands: Hands, target: str) -> Proof:
        """Asked by query, and tried as a guest on the site; a site that does not answer proves nothing."""
        held, besides = _held(hands, target), _besides(hands, target)
        if held or besides:
            return Proof(False, f"rights still there: {len(held)}; by permission sets besides: {besides}")
        tried = _lists_for_guests(hands)
        if tried:
            return Proof(False, f"a guest still lists {len(tried)} objects")
        if tried is None:  # that a guest profile's rights end so was shown by nobody: it has to be seen in this org
            return Proof(False, "no rights by query, but the site could not be tried as a guest")
        return Proof(True, "no rights; a guest lists nothing")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """The very same rights."""
        if _held(hands, target) == dict(inverse):
            return {"already": True}
        _deploy(hands, target, inverse)
        check_given_back(Proof(_held(hands, target) != dict(inverse), ""))
        return {"given": len(inverse)}


def _held(hands: Hands, profile_id: str) -> dict[str, str]:
    return dict(read_rights(hands.client, [profile_id]).get(profile_id, ()))


def _besides(hands: Hands, profile_id: str) -> int:
    """Object rights that permission sets give to the profile's users: a deploy of the profile does not reach them."""
    where = all_of(equals("Assignee.ProfileId", profile_id), equals("PermissionSet.IsOwnedByProfile", False))
    rows = hands.client.query(select("PermissionSetAssignment", ["PermissionSetId"], where=where))
    sets = {row["PermissionSetId"] for row in rows}
    return hands.client.count(count("ObjectPermissions", where=isin("ParentId", sets))) if sets else 0


def _deploy(hands: Hands, profile_id: str, rights: Rights) -> None:
    rows = hands.client.query(select("Profile", ["Name"], where=equals("Id", profile_id)))
    name = next((metadata_name(row["Name"]) for row in rows), "")
    if not name:
        raise Refused("no such profile", "NOT_FOUND")
    inside = _fields(rights) + _objects(rights)
    deploy(hands.client, [component("Profile", name, f"profiles/{name}.profile", inside)])


def _objects(rights: Rights) -> str:
    parts = []
    for name, acts in sorted(rights.items()):
        if "." not in name:
            held = set(acts.split(","))
            flags = "".join(element(tag, act in held) for tag, act in _ACTS.items() if tag < "m")
            wide = "".join(element(tag, act in held) for tag, act in _ACTS.items() if tag > "m")
            all_records, _, view = wide.partition("</modifyAllRecords>")
            parts.append(f"{flags}{all_records}</modifyAllRecords>{element('object', name)}{view}")
    return "".join(f"<objectPermissions>{one}</objectPermissions>" for one in parts)


def _fields(rights: Rights) -> str:
    parts = []
    for name, acts in sorted(rights.items()):
        if "." in name:
            held = set(acts.split(","))
            parts.append(
                element("editable", "Edit" in held) + element("field", name) + element("readable", "Read" in held)
            )
    return "".join(f"<fieldPermissions>{one}</fieldPermissions>" for one in parts)


def _lists_for_guests(hands: Hands) -> list[str] | None:
    """Objects that a guest lists just now; None where no site answers here, which proves nothing."""
    actions = [
        {"id": str(number), "descriptor": _LIST, "callingDescriptor": "UNKNOWN",
         "params": {"entityNameOrId": name, "pageSize": 1, "currentPage": 0}}
        for number, name in enumerate(_TRIED)
    ]  # fmt: skip
    form = {
        "message": json.dumps({"actions": actions}),
        "aura.context": json.dumps({"mode": "PROD"}),
        "aura.token": "null",
    }
    url = hands.client.access.instance_url.rstrip("/") + "/s/sfsites/aura"
    answer = hands.client.wire.form(url, form)
    return _listed(answer) if answer.status_code == 200 else None


def _listed(answer: requests.Response) -> list[str] | None:
    try:
        done: Iterable[Mapping[str, Any]] = answer.json()["actions"]
    except (ValueError, KeyError, TypeError):
        return None
    return [_TRIED[int(one["id"])] for one in done if one.get("state") == "SUCCESS" and _rows(one)]


def _rows(one: Mapping[str, Any]) -> bool:
    return bool((one.get("returnValue") or {}).get("result"))
