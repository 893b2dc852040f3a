"""Which secrets of the vault open which org: by their tags, and by a search of their JSON.

Tags of a secret, all optional but the first: the org (its name is the vault block's), `leak-response:kind`, `:app`,
`:username`, `:owner`, and `:consumers`, the services that read it, parted by spaces (a tag takes no comma).
The search looks for the hosts of Salesforce and for consumer keys, which the org itself tells; keys are compared by
fingerprint. A secret that cannot be read is listed as unread: nobody knows what it opens.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.certificates import ECA, AppPlace, find_apps
from leakresponse.adapters.salesforce.oauth_tokens import fingerprint
from leakresponse.adapters.secrets_manager import SecretInfo
from leakresponse.core.errors import LeakResponseError, code_of
from leakresponse.core.soql.build import select
from leakresponse.rotation.types import RotationContext, SecretEntry

_TAG = "leak-response:"
#: Kinds that are known by the names of their values, whatever these are.
_NAMES = {
    "user_password": frozenset({"username", "password", "security_token"}),
    "principal_credential": frozenset({"external_credential", "principal", "protocol"}),
    "aws_access_key": frozenset({"iam_user", "access_key_id", "secret_access_key"}),
}
_HOST = re.compile(r"(?<![\w.-])((?:[\w-]+\.)*(?:salesforce|force)\.com)(?!\.?[\w-])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OrgMarks:
    """What a secret of an org is known by: its host, and its apps by the fingerprint of their consumer keys."""

    org_id: str
    host: str
    apps: Mapping[str, AppPlace]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Unread:
    """A secret that the role may list and not read, or that holds no text: `code` says why."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """Every secret that opens one of the orgs. An entry with an empty `kind` or `org_id` needs a person's look."""

    entries: tuple[SecretEntry, ...] = ()
    unread: tuple[Unread, ...] = ()
    listed: int = 0


def marks_of(client: SalesforceClient) -> OrgMarks:
    """What the org tells of itself."""
    org_id = str(next(client.query(select("Organization", ["Id"])))["Id"])
    labels = {str(row["Name"]): str(row["Label"]) for row in client.query(select("AppMenuItem", ["Name", "Label"]))}
    host = (urlsplit(client.access.instance_url).hostname or "").lower()
    return OrgMarks(org_id, host, find_apps(client), labels)


def take_inventory(context: RotationContext, orgs: Sequence[OrgMarks], org_tag: str) -> Inventory:
    """List every secret, take the tagged ones, and read the others: in parallel, within the policy's bound."""
    known = {marks.org_id: marks for marks in orgs}
    infos = list(context.vault.listed())

    def look(info: SecretInfo) -> SecretEntry | Unread | None:
        tagged = info.tags.get(org_tag)
        if tagged is not None and tagged not in known:
            return None
        return _look(context, info, orgs, tagged or "")

    with ThreadPoolExecutor(context.rules.parallel) as pool:
        found = list(pool.map(look, infos))
    entries = sorted((one for one in found if isinstance(one, SecretEntry)), key=lambda one: one.name)
    return Inventory(tuple(entries), tuple(one for one in found if isinstance(one, Unread)), len(infos))


def _look(
    context: RotationContext, info: SecretInfo, orgs: Sequence[OrgMarks], tagged: str
) -> SecretEntry | Unread | None:
    """The entry of one secret; None where nothing in it points to Salesforce. A full set of tags needs no reading."""
    if tagged and f"{_TAG}kind" in info.tags:
        return _entry(context, info, tagged, {}, "")
    try:
        text = context.vault.read_text(info.name).reveal()
    except LeakResponseError as refused:
        return Unread(info.name, code_of(refused))
    value = strings_of(text)
    marks, place = _match(value, orgs)
    if not (tagged or marks or _HOST.search(text)):
        return None
    org_id = tagged or (marks.org_id if marks else "")
    known = {one.org_id: one for one in orgs}.get(org_id)
    label = known.labels.get(place.app, place.app) if known and place else ""
    return _entry(context, info, org_id, {**value, **({"app": label} if label else {})}, _kind_of(value, place))


def _entry(context: RotationContext, info: SecretInfo, org_id: str, value: Mapping[str, str], kind: str) -> SecretEntry:
    tags = {name.removeprefix(_TAG): text for name, text in info.tags.items() if name.startswith(_TAG)}
    return SecretEntry(
        name=info.name,
        kind=tags.get("kind", kind),
        org_id=org_id,
        app=tags.get("app") or value.get("app", ""),
        username=tags.get("username") or value.get("username", ""),
        consumers=tuple(tags.get("consumers", "").split()),
        owner=tags.get("owner", ""),
        last_rotated=context.vault.current_since(info.name),
        last_accessed=info.last_accessed,
        found_by="search" if value and not tags.get("kind") else "tag",
        tags=dict(info.tags),
    )


def _match(value: Mapping[str, str], orgs: Sequence[OrgMarks]) -> tuple[OrgMarks | None, AppPlace | None]:
    """The org that a value belongs to, by a consumer key of its, else by its host."""
    handles = {fingerprint(text) for text in value.values()}
    for marks in orgs:
        for handle in handles & set(marks.apps):
            return marks, marks.apps[handle]
    hosts = {found.lower() for text in value.values() for found in _HOST.findall(text)}
    hosts |= {(urlsplit(text).hostname or "").lower() for text in value.values() if "://" in text}
    return next((marks for marks in orgs if marks.host in hosts), None), None


def _kind_of(value: Mapping[str, str], place: AppPlace | None) -> str:
    """The kind that the names of its values speak of, empty where they do not."""
    if {"consumer_key", "username", "private_key_pem"} <= set(value):
        return "jwt_key_pair"
    if {"consumer_key", "consumer_secret"} <= set(value) and place is not None:
        if place.kind == ECA:
            return "eca_key_secret"
        return "refresh_token" if "refresh_token" in value else "client_secret"
    return next((kind for kind, names in _NAMES.items() if names <= set(value)), "")


def strings_of(text: str) -> dict[str, str]:
    """Every text of a JSON document by its innermost name; a secret that is no JSON is one text."""
    try:
        return dict(_walk("", json.loads(text)))
    except ValueError:
        return {"": text}


def _walk(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(str(key), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(name, inner)
    elif isinstance(value, str):
        yield name, value
