"""Which records must be fetched beside the exposed ones, to know whose data it is and where that person lives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from leakresponse.core.exposure_ids import among
from leakresponse.core.exposure_types import Lookup
from leakresponse.core.people_addresses import has_address
from leakresponse.core.people_nodes import HOUSEHOLD, about_people, nodes_of, text
from leakresponse.core.types import ObjectInfo


def missing_links(
    exposures: pd.DataFrame, records: Mapping[str, pd.DataFrame], describe: Mapping[str, ObjectInfo]
) -> list[Lookup]:
    """Lookups for what `records` does not hold yet; empty once everything that exists is there.

    One round finds what the next one needs (a note leads to its case, the case to its contact), so it is called again
    after fetching. What does not exist in the org, and members of households, are asked for again: fetch nothing twice.
    """
    nodes = nodes_of(records, describe)
    found = [
        *_exposed_without_values(exposures, records, describe),
        *_targets(nodes, records, describe),
        *_by_email(nodes, describe),
        *_household_members(nodes, exposures, describe),
        *_household_addresses(records, describe),
    ]
    return [one for one in found if len(one.values)]


def _exposed_without_values(
    exposures: pd.DataFrame, records: Mapping[str, pd.DataFrame], describe: Mapping[str, ObjectInfo]
) -> Iterator[Lookup]:
    for name, group in exposures.groupby("object"):
        info = describe.get(str(name))
        if info is not None and about_people(info):
            yield Lookup(
                info.name, "Id", _absent(group["record_id"], records.get(info.name)), "exposed, values unknown"
            )


def _targets(
    nodes: pd.DataFrame, records: Mapping[str, pd.DataFrame], describe: Mapping[str, ObjectInfo]
) -> Iterator[Lookup]:
    """People (and cases) that records point to."""
    pointing = nodes[nodes["target"] != ""]
    for name, group in pointing.groupby("target_object"):
        info = describe.get(str(name))
        if info is not None:
            wanted = group["target"]
            if info.key_prefix:
                wanted = wanted[wanted.str.startswith(info.key_prefix)]
            yield Lookup(info.name, "Id", _absent(wanted, records.get(info.name)), "person behind a record")


def _by_email(nodes: pd.DataFrame, describe: Mapping[str, ObjectInfo]) -> Iterator[Lookup]:
    """Contacts and leads with the e-mail of a record that points to nobody, such as a web form."""
    lone = nodes[(nodes["target"] == "") & (nodes["rank"] > 3) & (nodes["email"] != "")]
    known = set(nodes.loc[nodes["rank"] <= 3, "email"])
    emails = sorted(set(lone["email"]) - known)
    for name in ("Contact", "Lead"):
        if name in describe and "Email" in describe[name].fields:
            yield Lookup(name, "Email", emails, "person with the e-mail of a record")


def _household_members(
    nodes: pd.DataFrame, exposures: pd.DataFrame, describe: Mapping[str, ObjectInfo]
) -> Iterator[Lookup]:
    """All contacts of households whose account, or an order without a contact, was exposed.

    One who is known says nothing of the others, so they are asked for every time: the caller asks nothing twice.
    """
    lone = nodes[(nodes["target"] == "") & (nodes["email"] == "") & (nodes["rank"] > 3) & (nodes["household"] != "")]
    homes = set(lone.loc[among(lone["id"], exposures["record_id"]), "household"])
    if "Contact" in describe and "AccountId" in describe["Contact"].fields:
        yield Lookup("Contact", "AccountId", sorted(homes), "members of an exposed household")


def _household_addresses(records: Mapping[str, pd.DataFrame], describe: Mapping[str, ObjectInfo]) -> Iterator[Lookup]:
    """Accounts of contacts that have no address of their own."""
    contacts = records.get("Contact")
    if contacts is None or contacts.empty or HOUSEHOLD not in describe:
        return
    homeless = contacts[~has_address(contacts, "Contact")]
    homes = text(homeless, "AccountId")
    yield Lookup(HOUSEHOLD, "Id", _absent(homes, records.get(HOUSEHOLD)), "address of a contact without one")


def _absent(ids: pd.Series, frame: pd.DataFrame | None) -> list[str]:
    wanted = ids[ids != ""]
    if frame is not None and "Id" in frame:
        wanted = wanted[~among(wanted, frame["Id"])]
    return sorted(str(one) for one in wanted.unique())
