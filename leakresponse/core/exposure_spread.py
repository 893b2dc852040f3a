"""Reads of which no log names the object or the fields, made definite by what their reader could read on that day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from leakresponse.core.exposure_types import ALL_FIELDS, LIST, REPORT, SYSTEM_OBJECTS, Read
from leakresponse.core.permissions import Readable, Snapshot, readable
from leakresponse.core.types import FieldInfo, ObjectInfo

#: Objects that hold people and are in every org.
PEOPLE_OBJECTS = frozenset({"Account", "Contact", "Lead", "Case", "Individual", "User"})
_BESIDES = ("History", "Share", "Feed", "ChangeEvent", "Tag", "__e", "__mdt", "__b", "Store", "Event", "Definition")
_ABOUT = frozenset({"Account", "Contact", "Lead", "Case", "Individual"})


def definite(
    reads: Iterable[Read], describe: Mapping[str, ObjectInfo], snapshot: Snapshot | None
) -> Iterator[Read]:  # fmt: skip
    """Reads with an object each: by the key prefix of their ids, else one for every object that may hold people."""
    by_prefix = {info.key_prefix: name for name, info in describe.items() if info.key_prefix}
    for read in reads:
        if read.object:
            yield _own_ids(read, describe.get(read.object))
        elif read.record_ids:
            prefix = read.record_ids[0][:3]
            yield replace(read, object=by_prefix.get(prefix, f"unknown:{prefix}"))
        else:
            yield from _spread(read, describe, snapshot)


def needs_every_object(reads: Iterable[Read]) -> bool:
    """Whether a read has no object, so that describing what the logs name is not enough."""
    return any(not read.object and not read.record_ids for read in reads)


def may_hold_people(names: Iterable[str]) -> set[str]:
    """Objects worth describing for a read of unknown object: not those of setup, history, sharing and messages."""
    plain = (name for name in names if name.lower() not in SYSTEM_OBJECTS)
    return {name for name in plain if not name.endswith(_BESIDES) or name in PEOPLE_OBJECTS}


def limited_objects(reads: Iterable[Read]) -> set[str]:
    """Objects whose rows are not certain: how many there were to read bounds them."""
    return {one.object for one in reads if one.object and one.certainty != "certain" and not one.is_system}


def about_people(info: ObjectInfo) -> bool:
    """Whether an object may hold people: by its name, a reference to one of them, or an e-mail or phone field."""
    return info.name in PEOPLE_OBJECTS or any(_tells(one) for one in info.fields.values())


def limited(read: Read, info: ObjectInfo, snapshot: Snapshot | None) -> Readable:
    """What the reader could read of the object: bounds `every field` where a log says no more."""
    return readable(snapshot, read.user_id, info)


def _tells(one: FieldInfo) -> bool:
    return one.type in {"email", "phone"} or (one.type == "reference" and bool(_ABOUT.intersection(one.reference_to)))


def _own_ids(read: Read, info: ObjectInfo | None) -> Read:
    """A cell of a report may name another object's record, such as an owner: only ids of the object itself count."""
    if read.channel not in {REPORT, LIST} or not read.record_ids or info is None or not info.key_prefix:
        return read
    own = tuple(one for one in read.record_ids if one.startswith(info.key_prefix))
    return replace(read, record_ids=own or None, ids_complete=read.ids_complete and own == read.record_ids)


def _spread(read: Read, describe: Mapping[str, ObjectInfo], snapshot: Snapshot | None) -> Iterator[Read]:
    for name, info in describe.items():
        if not about_people(info) or limited(read, info, snapshot).nothing:
            continue
        notes = (*read.notes, "the object is in no log: it is one that the reader could read")
        yield replace(read, read_id=f"{read.read_id}.{name}", object=name, fields=(ALL_FIELDS,), notes=notes)
