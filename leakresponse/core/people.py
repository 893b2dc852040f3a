"""Whose data it is: one person across all exposed records, with the elements that were really in them.

    lookups = missing_links(exposures, records, describe)     # until none is left, at most a few rounds
    people, recipients, addresses = people_of(exposures, records, describe)

`records` has the values that came back, one frame per object with `Id` unique. Households (Account) are shared: what an
account exposes counts for every contact of it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakresponse.core.elements import (
    PERSON_OBJECTS,
    Override,
    bits_to_lists,
    classify,
    mapping_for,
    text_fields,
)
from leakresponse.core.elements_scan import SecretFinding, find_secrets
from leakresponse.core.elements_text import mark_bit, scan
from leakresponse.core.elements_values import read_fields
from leakresponse.core.exposure import merge_exposures
from leakresponse.core.exposure_ids import among
from leakresponse.core.people_addresses import blocks_of, evidence_of
from leakresponse.core.people_flags import flags_by_person
from leakresponse.core.people_links import missing_links
from leakresponse.core.people_nodes import HOUSEHOLD, Ints, about_people, components, edges_of, nodes_of, text
from leakresponse.core.people_recipients import best_value, recipients_of, values_of
from leakresponse.core.shared_lists import holding, numbered
from leakresponse.core.types import ObjectInfo

__all__ = ["missing_links", "people_of", "secrets_in", "with_residency"]

ADULT_AGE = 18
#: Flags for which a person decides what is sent, and to whom.
_LOOKED_AT = ("deceased", "household", "not_found", "protected_address", "shared_email", "test_row")
#: Marks of texts that are told of a person: a word of health is no medical record, a test card is nobody's.
_TOLD_MARKS = ("health_words", "test_card")
#: Between several legal entities of one person: one row per person, one letter per entity (docs/adr/0009).
ENTITY_SEPARATOR = "; "


def people_of(
    exposures: pd.DataFrame,
    records: Mapping[str, pd.DataFrame],
    describe: Mapping[str, ObjectInfo],
    *,
    default_entity: str = "",
    as_of: date | None = None,
    overrides: Iterable[Override] = (),
    linked: pd.DataFrame | None = None,
    figures: Counter[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """(people in the columns of frames.PEOPLE without residency, frames.RECIPIENTS, address evidence).

    `as_of` is the day on which age counts for the flag `minor`; without it nobody is flagged. `overrides` are people's
    decisions about fields, `linked` pairs of record ids (`first`, `second`) of one person under two keys
    (people_linkage). People come in the order of their id, which is a hash of their smallest record id and therefore
    the same in every run. Where `figures` is given, numbers that look like cards and social security numbers are added
    to it by what they turned out to be.
    """
    exposed = _exposed_records(exposures, describe)
    nodes = _with_ghosts(nodes_of(records, describe), exposed)
    first, second, shared = edges_of(nodes)
    more_first, more_second = _linked_edges(nodes, linked)
    person = components(len(nodes), np.concatenate([first, more_first]), np.concatenate([second, more_second]))
    members = _members(nodes, person, exposed)
    ids = _person_ids(nodes, person, members)
    read = _read_exposed(exposed, records, describe, overrides, Counter() if figures is None else figures)
    members = members.merge(exposed[["record_id", "certainty"]].join(read), on="record_id", how="left")
    members = members[~_about_nobody(members, nodes)].reset_index(drop=True)
    members["person_id"] = ids.reindex(members["person"]).to_numpy()
    spoken = _speaking_for(nodes, person, ids)
    evidence = evidence_of(spoken, blocks_of(records))
    recipients = recipients_of(spoken, records, evidence, describe)
    people = _people(members)
    marked = flags_by_person(nodes, person, records, describe)
    people = _flagged(people, members, nodes, person, shared, marked, recipients, as_of)
    people["legal_entity"] = _entities(people, spoken, members, records, default_entity)
    return _people_frame(people), recipients[among(recipients["person_id"], people["person_id"])], evidence


def with_residency(people: pd.DataFrame, placed: pd.DataFrame) -> pd.DataFrame:
    """People with the resolver's answer put in: flags united, review where either side asks for it."""
    found = placed.rename(columns={placed.columns[0]: "person_id"}).drop_duplicates("person_id")
    found = found.set_index("person_id").reindex(people["person_id"]).reset_index(drop=True)
    out = people.reset_index(drop=True).copy()
    out["residency"] = found["residency"].fillna("UNKNOWN").replace("", "UNKNOWN").astype("str")
    out["candidates"] = _words(found["candidates"])
    out["confidence"] = found["confidence"].fillna("unknown").astype("str")
    if "flags" in found:
        out["flags"] = _united(out["flags"], _words(found["flags"].astype("str").str.lower()))
    if "review" in found:
        out["review"] = out["review"].to_numpy(np.bool_) | (found["review"] == "Y").to_numpy(np.bool_)
    return out


def secrets_in(
    exposures: pd.DataFrame, records: Mapping[str, pd.DataFrame], describe: Mapping[str, ObjectInfo]
) -> list[SecretFinding]:
    """Secrets in the text that was exposed, so that they can be rotated too; fingerprints only."""
    found: list[SecretFinding] = []
    for name, group in exposures.groupby("object"):
        frame, info = records.get(str(name)), describe.get(str(name))
        if frame is None or info is None:
            continue
        for field in text_fields(info):
            ids = group["record_id"][holding(group["fields"], field)]
            if len(ids) and field in frame:
                rows = frame[among(frame["Id"], ids)]
                found += find_secrets(str(name), rows["Id"], text(rows, field), field)
    return found


def _exposed_records(exposures: pd.DataFrame, describe: Mapping[str, ObjectInfo]) -> pd.DataFrame:
    """One row per record that is about somebody, with every field exposed on any channel."""
    personal = [name for name, info in describe.items() if about_people(info)]
    rows = exposures[exposures["object"].isin(personal)]
    one_key = rows.assign(
        channel=pd.Series("", index=rows.index, dtype="str"), principal=pd.Series("", index=rows.index, dtype="str")
    )
    return pd.DataFrame(merge_exposures([one_key]).sort_values("record_id", ignore_index=True))


def _with_ghosts(nodes: pd.DataFrame, exposed: pd.DataFrame) -> pd.DataFrame:
    """Nodes for exposed records that can no longer be read, and for referenced people that cannot be found."""
    gone = exposed.loc[~among(exposed["record_id"], nodes["id"]), ["object", "record_id"]]
    lost = nodes.loc[(nodes["target"] != "") & ~among(nodes["target"], nodes["id"]), ["target_object", "target"]]
    ghosts = pd.concat(
        [gone.set_axis(["object", "id"], axis=1), lost.set_axis(["object", "id"], axis=1)], ignore_index=True
    ).drop_duplicates("id")
    if ghosts.empty:
        return nodes.assign(ghost=False)
    filled = ghosts.reindex(columns=nodes.columns)
    for name in nodes.columns.difference(["object", "id", "rank"]):
        filled[name] = pd.Series("", index=filled.index, dtype="str")
    filled["rank"] = 9
    return pd.concat([nodes.assign(ghost=False), filled.assign(ghost=True)], ignore_index=True)


def _members(nodes: pd.DataFrame, person: npt.NDArray[np.int64], exposed: pd.DataFrame) -> pd.DataFrame:
    """(person, node, record_id, shared): each exposed record with its person; a household's with all its contacts."""
    place = pd.Index(nodes["id"]).get_indexer(exposed["record_id"])
    rows = pd.DataFrame({"node": place, "record_id": exposed["record_id"]})
    rows["household"] = nodes["household"].to_numpy()[place]
    lone = (nodes["target"] == "") & (nodes["email"] == "") & (nodes["rank"] > 3) & (nodes["household"] != "")
    shared = lone.to_numpy()[place]
    direct = rows[~shared].assign(person=person[place[~shared]], shared=False)
    contacts = nodes["object"].eq("Contact") & nodes["household"].ne("")
    homes = pd.DataFrame({"household": nodes.loc[contacts, "household"], "person": person[contacts.to_numpy()]})
    homes = homes.drop_duplicates()
    spread = rows[shared].merge(homes, on="household", how="left").assign(shared=True)
    alone = spread["person"].isna()
    spread.loc[alone, "person"] = person[spread.loc[alone, "node"].to_numpy()]
    columns = ["person", "node", "record_id", "shared"]
    found = pd.concat([direct[columns], spread[columns]], ignore_index=True)
    typed = found.astype({"person": "int64", "shared": "bool"})
    return pd.DataFrame(typed.drop_duplicates(["person", "record_id"]))


def _person_ids(nodes: pd.DataFrame, person: npt.NDArray[np.int64], members: pd.DataFrame) -> pd.Series:
    """Component to person id: a hash of the smallest record id exposed of that person alone."""
    own = members[~members["shared"]]
    smallest = own.groupby("person")["record_id"].min()
    rest = members.loc[~members["person"].isin(smallest.index), "person"].unique()
    if len(rest):
        inside = np.isin(person, rest)
        known = nodes.loc[inside, "id"].groupby(person[inside]).min()
        smallest = pd.concat([smallest, known])
    sha256 = hashlib.sha256
    hashed = ["person-" + sha256(value.encode()).hexdigest()[:16] for value in smallest.tolist()]
    return pd.Series(hashed, index=smallest.index, dtype="str")


def _about_nobody(members: pd.DataFrame, nodes: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Records that name nobody and hold no element, such as a test payment. With an element somebody stands behind it,
    and a record that is gone may have been about anybody: these count."""
    blank = ~nodes["ghost"] & ~nodes["object"].isin([*PERSON_OBJECTS, HOUSEHOLD])
    for key in ("target", "email", "name", "household"):
        blank &= nodes[key] == ""
    lone = blank.to_numpy(dtype=np.bool_)[members["node"].to_numpy()]
    found: npt.NDArray[np.bool_] = lone & (members["bits"] == 0).to_numpy(dtype=np.bool_)
    return found


def _linked_edges(nodes: pd.DataFrame, linked: pd.DataFrame | None) -> tuple[Ints, Ints]:
    """Places of the linked pairs that are here; a pair that is not is another partition's."""
    if linked is None or linked.empty:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    place = pd.Index(nodes["id"])
    first, second = place.get_indexer(linked["first"]), place.get_indexer(linked["second"])
    here = (first >= 0) & (second >= 0)
    return first[here].astype(np.int64), second[here].astype(np.int64)


def _read_exposed(
    exposed: pd.DataFrame,
    records: Mapping[str, pd.DataFrame],
    describe: Mapping[str, ObjectInfo],
    overrides: Iterable[Override],
    figures: Counter[str],
) -> pd.DataFrame:
    """Elements (`bits`) and marks of each exposed record: exposed fields only, and only where they held a value.

    Free text is read unless a person decided what its field holds.
    """
    decided = {(one.object, one.field): one for one in overrides}
    classes = classify(describe, decided.values())
    out = pd.DataFrame(np.zeros((len(exposed), 2), dtype=np.int64), columns=["bits", "marks"], index=exposed.index)
    for name, kind in _kinds(exposed):
        places = np.flatnonzero(kind)
        frame = records.get(name)
        if frame is None or frame.empty:
            continue
        fields = list(exposed["fields"].iloc[places[0]])
        at = pd.Index(frame["Id"]).get_indexer(exposed["record_id"].iloc[places])
        values = frame.iloc[at[at >= 0]]
        mapping = mapping_for(classes, name)
        free = sorted(set(text_fields(describe[name])).intersection(fields))
        read = [read_fields(values, {field: mapping.get(field) for field in fields})]
        read += [scan(text(values, field)) for field in free if (name, field) not in decided]
        for one in read:
            out.iloc[places[at >= 0], 0] |= one.bits.to_numpy()
            out.iloc[places[at >= 0], 1] |= one.marks.to_numpy()
            figures.update(one.figures)
    return out


def _kinds(exposed: pd.DataFrame) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Object by object, the rows that share one list of exposed fields."""
    codes, _ = numbered(exposed["fields"])
    for name in exposed["object"].unique():
        here = (exposed["object"] == name).to_numpy(np.bool_)
        for code in np.unique(codes[here]):
            yield str(name), here & (codes == code)


def _people(members: pd.DataFrame) -> pd.DataFrame:
    """One row per person: record ids, elements, certainty."""
    ordered = members.sort_values(["person_id", "record_id"], ignore_index=True)
    starts = np.flatnonzero(ordered["person_id"].ne(ordered["person_id"].shift()).to_numpy())
    ends = np.append(starts[1:], len(ordered))[: len(starts)]
    ids = ordered["record_id"].to_numpy(dtype=object)
    bits = np.bitwise_or.reduceat(ordered["bits"].to_numpy(dtype=np.int64), starts) if len(starts) else np.zeros(0, int)
    certain = (ordered["certainty"] == "certain").to_numpy()
    sure = np.logical_or.reduceat(certain, starts) if len(starts) else np.zeros(0, bool)
    return pd.DataFrame(
        {
            "person_id": ordered["person_id"].iloc[starts].reset_index(drop=True),
            "person": ordered["person"].iloc[starts].reset_index(drop=True),
            "record_ids": pd.Series([list(ids[a:b]) for a, b in zip(starts, ends, strict=True)], dtype=object),
            "elements": bits_to_lists(pd.Series(bits)),
            "certainty": pd.Series(np.where(sure, "certain", "possible"), dtype="str"),
        }
    )


def _speaking_for(nodes: pd.DataFrame, person: npt.NDArray[np.int64], ids: pd.Series) -> pd.DataFrame:
    """(person_id, id, object, rank): every record that says something about a person, households of contacts too."""
    inside = np.isin(person, ids.index.to_numpy())
    own = nodes.loc[inside, ["id", "object", "rank", "household"]].assign(person=person[inside])
    homes = own.loc[own["object"].isin(["Contact"]) & (own["household"] != ""), ["household", "person"]]
    homes = homes.rename(columns={"household": "id"}).drop_duplicates()
    homes = homes[among(homes["id"], nodes.loc[nodes["object"] == HOUSEHOLD, "id"])].assign(object=HOUSEHOLD, rank=8)
    both = pd.concat([own[["id", "object", "rank", "person"]], homes], ignore_index=True).drop_duplicates(
        ["person", "id"]
    )
    both["person_id"] = ids.reindex(both["person"]).to_numpy()
    return both.sort_values(["person_id", "rank", "id"], ignore_index=True)


def _flagged(
    people: pd.DataFrame,
    members: pd.DataFrame,
    nodes: pd.DataFrame,
    person: npt.NDArray[np.int64],
    shared: npt.NDArray[np.bool_],
    marked: Mapping[str, Ints],
    recipients: pd.DataFrame,
    as_of: date | None,
) -> pd.DataFrame:
    """Flags, and whether a person must look: a shared mailbox, a household, a record that is gone, a mark of care."""
    born = recipients.set_index("person_id")["birthdate"].reindex(people["person_id"]).fillna("").to_numpy()
    limit = as_of.replace(year=as_of.year - ADULT_AGE, day=min(as_of.day, 28)).isoformat() if as_of else ""
    has_date = pd.Series(born, dtype="str").str.match(r"\d{4}-\d{2}-\d{2}")
    minor = has_date & (pd.Series(born, dtype="str").str.slice(0, 10) > limit) if limit else has_date & False
    gone = nodes["ghost"].to_numpy()[members["node"].to_numpy()]
    holds = {
        "household": set(members.loc[members["shared"], "person"]),
        "not_found": set(members.loc[gone, "person"]),
        "shared_email": set(person[shared]),
        **{name: set(some.tolist()) for name, some in marked.items()},
        **{name: set(members.loc[members["marks"] & int(mark_bit(name)) != 0, "person"]) for name in _TOLD_MARKS},
    }
    marks = {name: people["person"].isin(some).to_numpy() for name, some in holds.items()}
    marks["minor"] = minor.to_numpy(dtype=np.bool_)
    code = np.zeros(len(people), dtype=np.int64)
    for place, name in enumerate(sorted(marks)):
        code |= marks[name].astype(np.int64) << place
    lists = {int(c): [n for place, n in enumerate(sorted(marks)) if int(c) >> place & 1] for c in np.unique(code)}
    review = np.logical_or.reduce([marks[name] for name in _LOOKED_AT])
    return people.assign(flags=pd.Series([lists[int(c)] for c in code], dtype=object), review=review)


def _entities(
    people: pd.DataFrame,
    spoken: pd.DataFrame,
    members: pd.DataFrame,
    records: Mapping[str, pd.DataFrame],
    default: str,
) -> pd.Series:
    """Every brand whose records of the person were exposed; where those name none, the brand of who is believed first.

    A household's brand says nothing about each member, so records shared by a household are not asked.
    """
    brands = values_of(records, "brand", ("Brand__c",))
    own = members.loc[~members["shared"], ["person_id", "record_id"]].merge(brands, left_on="record_id", right_on="id")
    own = own[["person_id", "brand"]].drop_duplicates()
    several = own["person_id"].duplicated(keep=False)
    joined = own[several].sort_values("brand").groupby("person_id")["brand"].agg(ENTITY_SEPARATOR.join)
    named = pd.concat([own[~several].set_index("person_id")["brand"], joined])
    best = best_value(spoken, records, "brand", ("Brand__c",)).set_index("person_id")["brand"]
    ids = people["person_id"]
    found: pd.Series = named.reindex(ids).fillna(best.reindex(ids)).fillna(default).reset_index(drop=True)
    return found.astype("str")


def _people_frame(people: pd.DataFrame) -> pd.DataFrame:
    out = people.drop(columns="person").assign(residency="UNKNOWN", confidence="unknown")
    out["candidates"] = pd.Series([[] for _ in range(len(out))], dtype=object)
    columns = ["person_id", "record_ids", "elements", "residency", "candidates", "legal_entity", "confidence", "flags"]
    return out[[*columns, "review", "certainty"]]


def _words(texts: pd.Series) -> pd.Series:
    """Words separated by spaces as lists; equal texts share one list."""
    codes, distinct = pd.factorize(texts.fillna(""))
    lists = [str(one).split() for one in distinct]
    return pd.Series([lists[code] for code in codes], index=texts.index, dtype=object)


def _united(first: pd.Series, second: pd.Series) -> pd.Series:
    """The sorted union of two columns of lists; equal pairs share one list."""
    (left, own), (right, more) = numbered(first), numbered(second)
    codes, pairs = pd.factorize(left * max(len(more), 1) + right)
    lists = [sorted({*own[pair // len(more)], *more[pair % len(more)]}) for pair in pairs.tolist()]
    return pd.Series([lists[code] for code in codes], index=first.index, dtype=object)
