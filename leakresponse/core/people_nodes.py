"""Records as nodes of a graph of people: who a record is about, by reference, and by e-mail and name.

Deterministic keys only: references first, then the same e-mail with the same name. The same e-mail under different
names is two people (couples share mailboxes), and a person looks at them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leakresponse.core.elements import PERSON_OBJECTS, names_a_person
from leakresponse.core.exposure_ids import among, matching
from leakresponse.core.exposure_replay import subject_references
from leakresponse.core.types import ObjectInfo

Ints = npt.NDArray[np.int64]

#: Whose name and address are believed first.
RANK: Mapping[str, int] = {"Contact": 0, "PersonAccount": 0, "Lead": 1, "Individual": 2, "User": 3, "Account": 8}
OTHER_RANK = 5
HOUSEHOLD = "Account"
_NODE_COLUMNS = ("object", "id", "email", "name", "target", "target_object", "household", "rank")


def about_people(info: ObjectInfo) -> bool:
    """Whether records of an object are about somebody: a person, a household, or something that refers to one."""
    if info.name in PERSON_OBJECTS or info.name == HOUSEHOLD:
        return True
    return bool(subject_references(info)) or bool(_email_field(info))


def nodes_of(records: Mapping[str, pd.DataFrame], describe: Mapping[str, ObjectInfo]) -> pd.DataFrame:
    """One row per record: its keys, and the record (`target`) or household that it points to."""
    parts = [
        _nodes(describe[name], frame)
        for name, frame in sorted(records.items())
        if name in describe and len(frame) and "Id" in frame and about_people(describe[name])
    ]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in _NODE_COLUMNS}).astype({"rank": "int64"})
    return pd.concat(parts, ignore_index=True).drop_duplicates("id", ignore_index=True)


def _nodes(info: ObjectInfo, frame: pd.DataFrame) -> pd.DataFrame:
    nodes = links_of(info, frame)
    nodes["object"] = pd.Series(info.name, index=frame.index, dtype="str")
    nodes["name"] = normal_name(_names(info, frame))
    nodes["rank"] = RANK.get(info.name, OTHER_RANK)
    return nodes[list(_NODE_COLUMNS)]


def links_of(info: ObjectInfo, frame: pd.DataFrame) -> pd.DataFrame:
    """What ties each record to others: `id`, `email`, `target` with `target_object`, and `household`."""
    links = pd.DataFrame({"id": text(frame, "Id")}, index=frame.index)
    links["email"] = normal_email(text(frame, _email_field(info)))
    links["target"], links["target_object"], links["household"] = _targets(info, frame)
    return links


def link_columns(info: ObjectInfo) -> tuple[str, ...]:
    """The columns that `links_of` reads."""
    return tuple(dict.fromkeys(("Id", _email_field(info), *(name for name, _ in subject_references(info)))))


def _targets(info: ObjectInfo, frame: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series]:
    """The first filled reference to a person (or to a case), and the household."""
    target = pd.Series("", index=frame.index, dtype="str")
    target_object = target.copy()
    household = text(frame, "Id") if info.name == HOUSEHOLD else target.copy()
    for field, name in subject_references(info):
        values = text(frame, field)
        if name == HOUSEHOLD:
            household = household.where(household != "", values)
            continue
        if info.name in PERSON_OBJECTS:
            continue
        free = (target == "") & (values != "")
        target, target_object = target.mask(free, values), target_object.mask(free, name)
    return target, target_object, household


def _email_field(info: ObjectInfo) -> str:
    typed = [one.name for one in info.fields.values() if one.type == "email"]
    return "Email" if "Email" in typed else typed[0] if typed else ""


def _names(info: ObjectInfo, frame: pd.DataFrame) -> pd.Series:
    if names_a_person(info):
        parts = (text(frame, "FirstName") + " " + text(frame, "LastName")).str.strip()
        whole = text(frame, "Name")
        return whole.where(whole != "", parts)
    return text(frame, "SuppliedName")


def text(frame: pd.DataFrame, column: str) -> pd.Series:
    """A column as stripped text, "" where it is empty or absent."""
    if not column or column not in frame:
        return pd.Series("", index=frame.index, dtype="str")
    values = frame[column]
    if values.dtype != "str":
        values = values.astype(object).where(values.notna(), "").astype("str")
    return values.fillna("").str.strip()


def normal_email(values: pd.Series) -> pd.Series:
    """E-mail addresses for comparing; what has no @ with something on both sides is none."""
    lowered = values.str.lower()
    return lowered.where(matching(lowered, r"^[^@\s]+@[^@\s]+$"), "")


def normal_name(values: pd.Series) -> pd.Series:
    """Names for comparing: no case, accents, punctuation, nor repeated blanks."""
    lowered = pc.utf8_lower(pa.array(values, type=pa.large_string()))
    plain = pc.utf8_normalize(lowered, form="NFKD")  # type: ignore[attr-defined]  # absent from the stubs
    bare = pc.replace_substring_regex(plain, r"\p{Mn}+", "")
    spaced = pc.replace_substring_regex(bare, r"[^\p{L}\p{N}]+", " ")
    return pd.Series(pc.utf8_trim_whitespace(spaced).to_pylist(), index=values.index, dtype="str")


def components(size: int, first: Ints, second: Ints) -> Ints:
    """The smallest node of each node's connected component (union-find over whole arrays)."""
    parent = np.arange(size, dtype=np.int64)
    while len(first):
        low = np.minimum(parent[first], parent[second])
        before = parent.copy()
        np.minimum.at(parent, parent[first], low)
        np.minimum.at(parent, parent[second], low)
        while True:
            jumped = parent[parent]
            if np.array_equal(jumped, parent):
                break
            parent = jumped
        if np.array_equal(before, parent):
            break
    return parent


def edges_of(nodes: pd.DataFrame) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    """Pairs of nodes that are one person, and which nodes share an e-mail with somebody of another name."""
    place = pd.Index(nodes["id"])
    targets = place.get_indexer(nodes["target"])
    bound = (nodes["target"] != "").to_numpy() & (targets >= 0)
    own = np.flatnonzero(bound)
    first, second = [own], [targets[own]]
    mailed = ~(nodes["target"] != "").to_numpy() & (nodes["email"] != "").to_numpy()
    named = mailed & (nodes["name"] != "").to_numpy()
    for pair in (
        _same(nodes["email"] + "\x1f" + nodes["name"], named),
        _nameless(nodes["email"], nodes["name"], mailed),
    ):
        first.append(pair[0])
        second.append(pair[1])
    return (
        np.concatenate(first).astype(np.int64),
        np.concatenate(second).astype(np.int64),
        _of_two_names(nodes["email"], nodes["name"], mailed, named),
    )


def _same(keys: pd.Series, chosen: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Every chosen node with the first one of its key."""
    places = np.flatnonzero(chosen)
    codes, distinct = pd.factorize(keys[chosen])
    heads = np.full(len(distinct), -1, dtype=np.int64)
    heads[codes[::-1]] = places[::-1]
    return places.astype(np.int64), heads[codes]


def _nameless(emails: pd.Series, names: pd.Series, mailed: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Records that have an e-mail and no name: one with the only person of that e-mail, else one with each other."""
    blank = mailed & (names == "").to_numpy()
    if not blank.any():
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty
    named = mailed & ~blank
    holders = pd.DataFrame({"email": emails[named], "name": names[named], "node": np.flatnonzero(named)})
    distinct = holders.drop_duplicates(["email", "name"])
    only = distinct.drop_duplicates("email", keep=False).set_index("email")["node"]
    found = emails[blank].map(only)
    places = np.flatnonzero(blank)
    direct = found.notna().to_numpy()
    taken = among(emails, distinct["email"])
    first, second = _same(emails, blank & ~taken)
    joined = found[direct].to_numpy().astype(np.int64)
    return np.concatenate([places[direct], first]).astype(np.int64), np.concatenate([joined, second]).astype(np.int64)


def _of_two_names(
    emails: pd.Series, names: pd.Series, mailed: npt.NDArray[np.bool_], named: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    pairs = pd.DataFrame({"email": emails[named], "name": names[named]}).drop_duplicates()
    return mailed & among(emails, pairs.loc[pairs["email"].duplicated(keep=False), "email"])
