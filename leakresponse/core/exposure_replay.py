"""How to read the exposed records again: reads made exact by describe, and the fewest flat queries that cover them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from leakresponse.core.address_fields import ADDRESS_PARTS, is_address_part
from leakresponse.core.errors import MissingFact
from leakresponse.core.exposure_evidence import STAMPS
from leakresponse.core.exposure_reads import parsed
from leakresponse.core.exposure_spread import PEOPLE_OBJECTS, definite, limited
from leakresponse.core.exposure_types import LIST, REPORT, SOBJECT, Parent, Read, Replay
from leakresponse.core.permissions import Snapshot
from leakresponse.core.soql import Query, build
from leakresponse.core.soql.ast import And, InList, Path, SubQuery, Text
from leakresponse.core.soql.replay import ChildOf, child_resolver, has_binds, replayable
from leakresponse.core.soql.replay import Replay as FlatQuery
from leakresponse.core.types import FieldInfo, ObjectInfo

#: Ids in one IN list: some 42,000 characters of the 100,000 that a query may have (SOQL and SOSL limits).
IDS_PER_QUERY = 2_000
#: Above so many known ids of one query, the query itself is run again without its limit, and filtered.
IDS_BEFORE_QUERY = 20_000
_SHOWN = frozenset({REPORT, LIST})
_NO_COLUMN = frozenset({"address", "location", "base64", "anyType"})
#: What finds the person behind a record: references to PEOPLE_OBJECTS, and these fields.
_SYSTEM_REFERENCES = frozenset({"OwnerId", "CreatedById", "LastModifiedById", "ProfileId", "ManagerId"})
_HELPERS = frozenset({
    "Name", "FirstName", "LastName", "SuppliedName", "Phone", "MobilePhone", "Birthdate", "Birthdate__c", "Brand__c",
    "LastModifiedDate", "EffectiveDate", "CreatedDate", "IsActive", "UserType",
})  # fmt: skip


def resolve_reads(
    reads: Iterable[Read], describe: Mapping[str, ObjectInfo], snapshot: Snapshot | None = None
) -> list[Read]:
    """Reads as describe knows them: real object and field names, FIELDS() spelled out, child sub-queries on their own.

    SOQL does not mind upper or lower case, so names are brought to describe's spelling. "Every field" means those that
    the reader could read by `snapshot`, and a read without an object is one of each such object. Idempotent.
    """
    names = {name.lower(): info for name, info in describe.items()}
    child_of = child_resolver(describe)
    done: list[Read] = []
    for read in definite(reads, describe, snapshot):
        parent, children = _split(read, names, child_of)
        done.append(_named(parent, names, snapshot))
        done.extend(_named(child, names, snapshot) for child in children)
    return done


def plan_replays(reads: Iterable[Read], describe: Mapping[str, ObjectInfo]) -> list[Replay]:
    """The flat queries that read again what `reads` (resolved or not) gave away; identical ones run once.

    Known ids are asked for as ids, without the query's LIMIT, OFFSET and ORDER BY; a query whose ids no log names keeps
    its LIMIT and ORDER BY, since they decide which rows it gave.
    """
    listed: dict[str, list[Read]] = {}
    queried: dict[tuple[str, str], list[Read]] = {}
    tied: list[Read] = []
    for read in resolve_reads(reads, describe):
        info = describe.get(read.object)
        if info is None or read.is_system or not read.exposes:
            continue
        if read.parent_ids is not None:
            tied.append(read)
        elif _by_ids(read):
            listed.setdefault(read.object, []).append(read)
        else:
            queried.setdefault((read.object, _core(read)), []).append(read)
    plans = [one for name, some in listed.items() for one in _by_id_lists(describe[name], some)]
    plans += [_by_query(describe[name], core, some) for (name, core), some in queried.items()]
    return plans + [one for read in tied for one in _by_parents(describe[read.object], read)]


def replays_for_ids(
    info: ObjectInfo, ids: Sequence[str], fields: Sequence[str] = (), column: str = "Id"
) -> list[Replay]:
    """Flat queries that fetch records by id (or another column), with the helper fields."""
    columns = columns_of(info, fields)
    return [
        _replay(build.select(info.name, columns, where=build.isin(column, batch)), info.name, columns, ())
        for batch in build.batches(list(ids), IDS_PER_QUERY)
    ]


def columns_of(info: ObjectInfo, exposed: Iterable[str], parents: Iterable[Parent] = ()) -> tuple[str, ...]:
    """What a replay selects: Id, the exposed fields that Bulk can give, the parents' ids, and the helpers."""
    own = (path for path in exposed if "." in path or _has_column(info.fields.get(path)))
    stamps = (name for name in STAMPS if name in info.fields)
    return tuple(dict.fromkeys(["Id", *own, *(one.id_path for one in parents), *helper_fields(info), *stamps]))


def helper_fields(info: ObjectInfo) -> tuple[str, ...]:
    """Fields that we need to find and reach the people behind a record; never counted as exposed by themselves."""
    return tuple(one.name for one in info.fields.values() if _has_column(one) and _helps(one))


def subject_references(info: ObjectInfo) -> tuple[tuple[str, str], ...]:
    """(field, object) of the references that lead from a record to the person it is about, nearest first."""
    order = ("Contact", "Lead", "Individual", "Case", "Account")
    found = [
        (order.index(target), position, one.name, target)
        for position, one in enumerate(info.fields.values())
        if one.type == "reference" and one.name not in _SYSTEM_REFERENCES
        for target in one.reference_to
        if target in order and target != info.name
    ]
    return tuple((name, target) for _rank, _position, name, target in sorted(found))


def _helps(one: FieldInfo) -> bool:
    if one.type == "reference":
        return one.name not in _SYSTEM_REFERENCES and bool(PEOPLE_OBJECTS.intersection(one.reference_to))
    return one.type == "email" or one.name in _HELPERS or is_address_part(one.name)


def _has_column(one: FieldInfo | None) -> bool:
    return one is not None and one.type not in _NO_COLUMN


def _split(read: Read, names: Mapping[str, ObjectInfo], child_of: ChildOf) -> tuple[Read, list[Read]]:
    """A read and one read per child sub-query; ids that the log names are told apart by key prefix."""
    query = parsed(read.query) if read.query and not read.parent_read else None
    if query is None or not query.subqueries():
        return read, []
    info = names.get(query.object.lower())
    name = info.name if info else query.object
    try:
        flats = replayable(query, lambda parent, path: child_of(_spelled(parent, names), path))
    except MissingFact:
        return replace(read, notes=(*read.notes, "a child relationship is not known: its records are missing")), []
    own = _with_prefix(read.record_ids, info)
    complete = own is not None and len(own) == read.expected_rows
    complete |= read.ids_complete and own == read.record_ids
    parent = replace(
        read, object=name, query=str(_without_children(query)), record_ids=own, ids_complete=complete
    )  # fmt: skip
    return parent, [_child(read, parent, flat, names) for flat in flats if flat.relationship]


def _child(read: Read, parent: Read, flat: FlatQuery, names: Mapping[str, ObjectInfo]) -> Read:
    """The read of one child sub-query; its parents are known one by one where the log named them all."""
    child = names.get(flat.query.object.lower())
    known_parents = parent.ids_complete and "." not in flat.relationship
    query = _untied(flat) if known_parents else flat.query
    return replace(
        read, read_id=f"{read.read_id}.{flat.relationship}", object=flat.query.object, query=str(query),
        fields=flat.query.field_paths(), record_ids=_with_prefix(read.record_ids, child) if child else None,
        expected_rows=None, ids_complete=False, parent_read=read.read_id, relationship=flat.relationship,
        parent_field=flat.parent_field, parent_ids=parent.record_ids if known_parents else None,
        certainty=read.certainty if flat.exact or known_parents else "possible",
    )  # fmt: skip


def _untied(flat: FlatQuery) -> Query:
    """A child's flat query without the semi-join on its parents, which known parent ids will replace."""
    where = flat.query.where
    own = where.items[:-1] if isinstance(where, And) else ()
    return replace(flat.query, where=And(own) if len(own) > 1 else own[0] if own else None)


def _with_prefix(ids: tuple[str, ...] | None, info: ObjectInfo | None) -> tuple[str, ...] | None:
    if ids is None or info is None or not info.key_prefix:
        return ids
    return tuple(one for one in ids if one.startswith(info.key_prefix))


def _named(read: Read, names: Mapping[str, ObjectInfo], snapshot: Snapshot | None) -> Read:
    info = names.get(read.object.lower())
    if info is None or read.parents:
        return replace(read, object=info.name) if info else read
    fields: dict[str, None] = {}
    parents: dict[str, Parent] = {}
    unknown: list[str] = []
    for path in read.fields:
        if path.upper().startswith("FIELDS("):
            shown = limited(read, info, snapshot).fields
            fields.update(dict.fromkeys(one for one in _wildcard(path.upper()[7:-1], info) if one in shown))
        elif "." in path:
            parent = _parent(path, info, names)
            if parent:
                before = parents.get(parent.prefix)
                parents[parent.prefix] = replace(parent, fields=(*before.fields, *parent.fields)) if before else parent
            else:
                unknown.append(path)
        else:
            spelled = _field(path, info) or (_reported(path, info) if read.channel in _SHOWN else "")
            fields.update(dict.fromkeys(_with_parts(spelled, info) if spelled else ()))
            unknown += [] if spelled else [path]
    if unknown and read.channel in _SHOWN:
        fields.update(dict.fromkeys(limited(read, info, snapshot).fields))
    notes = (*read.notes, f"{len(unknown)} fields are not known to describe") if unknown else read.notes
    inexact = _inexact(read)
    own_and_parents = (*fields, *(f"{one.prefix}.{name}" for one in parents.values() for name in one.fields))
    return replace(
        read, object=info.name, fields=own_and_parents, parents=tuple(parents.values()),
        certainty="possible" if inexact else read.certainty, notes=(*notes, inexact) if inexact else notes,
    )  # fmt: skip


def _inexact(read: Read) -> str:
    """Why the rows of a query without known ids are only bounded; "" where they are not."""
    query = parsed(read.query) if read.query else None
    if query is None or read.record_ids is not None or read.parent_read:
        return ""
    if has_binds(query):
        return "values of the condition are hidden in the log: rows are bounded from above"
    if query.offset is not None or query.scope:
        return "OFFSET or a scope of the user decided the rows: they are bounded from above"
    return ""


def _by_ids(read: Read) -> bool:
    if read.record_ids is None or not (read.ids_complete or read.channel == SOBJECT):
        return False
    return len(read.record_ids) <= IDS_BEFORE_QUERY or not read.query


def _by_id_lists(info: ObjectInfo, reads: Sequence[Read]) -> Iterator[Replay]:
    ids = list(dict.fromkeys(one for read in reads for one in read.record_ids or ()))
    fields = list(dict.fromkeys(path for read in reads for path in read.fields))
    columns = columns_of(info, fields, [one for read in reads for one in read.parents])
    for batch in build.batches(ids, IDS_PER_QUERY):
        inside = set(batch)
        owners = tuple(read.read_id for read in reads if inside.intersection(read.record_ids or ()))
        yield _replay(build.select(info.name, columns, where=build.isin("Id", batch)), info.name, columns, owners)


def _by_parents(info: ObjectInfo, read: Read) -> Iterator[Replay]:
    query = parsed(read.query)
    if query is None:
        raise MissingFact("a child read has lost its query")
    columns = columns_of(info, [*read.fields, read.parent_field], read.parents)
    for batch in build.batches(list(read.parent_ids or ()), IDS_PER_QUERY):
        tie = InList(Path(read.parent_field), "IN", tuple(Text(one) for one in batch))
        soql = str(query.with_select(columns).and_where(tie))
        yield _replay(soql, info.name, columns, (read.read_id,))


def _core(read: Read) -> str:
    """The query that decides the rows, whatever it selects; a whole object where the log has no query text."""
    query = parsed(read.query) if read.query else None
    if query is None:
        return ""
    flat = query if read.parent_read else replayable(_without_children(query))[0].query
    if read.record_ids is not None and read.ids_complete:
        flat = flat.without_limit()
    return str(flat.with_select(("Id",)))


def _without_children(query: Query) -> Query:
    kept = tuple(one for one in query.select if not isinstance(one, SubQuery))
    return replace(query, select=kept) if kept else query.with_select(("Id",))


def _by_query(info: ObjectInfo, core: str, reads: Sequence[Read]) -> Replay:
    fields = dict.fromkeys(path for read in reads for path in read.fields)
    ties = [read.parent_field for read in reads if read.parent_field]
    columns = columns_of(info, [*fields, *ties], [one for read in reads for one in read.parents])
    query = parsed(core) if core else None
    soql = str(query.with_select(columns)) if query else build.select(info.name, columns)
    return _replay(soql, info.name, columns, tuple(read.read_id for read in reads))


def _replay(soql: str, name: str, columns: tuple[str, ...], owners: tuple[str, ...]) -> Replay:
    return Replay("replay-" + hashlib.sha256(soql.encode()).hexdigest()[:12], soql, name, columns, owners)


def _wildcard(kind: str, info: ObjectInfo) -> Iterator[str]:
    for name in info.fields:
        custom = name.endswith(("__c", "__pc"))
        if kind == "ALL" or custom == (kind == "CUSTOM"):
            yield name


def _field(name: str, info: ObjectInfo) -> str:
    """The field as describe spells it, "" where it has none."""
    if name in info.fields:
        return name
    return next((known for known in info.fields if known.lower() == name.lower()), "")


def _reported(name: str, info: ObjectInfo) -> str:
    """A column of the report language: CASE_NUMBER is CaseNumber, OWNER is OwnerId; "" for one that fits no field."""
    plain = name.replace("_", "").lower()
    fits = (known for known in info.fields if known.lower() in {plain, f"{plain}id", f"{plain}date"})
    return next(fits, "")


def _with_parts(name: str, info: ObjectInfo) -> Iterator[str]:
    """A compound address gives its parts too: they are what a person recognises, and what Bulk can return."""
    yield name
    if info.fields[name].type == "address":
        stem = name.removesuffix("Address")
        yield from (part for part in (f"{stem}{one}" for one in ADDRESS_PARTS) if part in info.fields)


def _parent(path: str, info: ObjectInfo, names: Mapping[str, ObjectInfo]) -> Parent | None:
    """Follow `Contact.Account.Name` over relationship names to the parent that holds the field."""
    *steps, last = path.split(".")
    here: ObjectInfo | None = info
    spelled: list[str] = []
    id_path = ""
    for step in steps:
        link = next((f for f in _fields_of(here) if f.relationship_name.lower() == step.lower()), None)
        if link is None:
            return None
        id_path = ".".join((*spelled, link.name))
        spelled.append(link.relationship_name)
        here = names.get(link.reference_to[0].lower()) if len(link.reference_to) == 1 else None
    field = (_field(last, here) if here else "") or last
    return Parent(".".join(spelled), here.name if here else "", (field,), id_path)


def _fields_of(info: ObjectInfo | None) -> tuple[FieldInfo, ...]:
    return tuple(info.fields.values()) if info else ()


def _spelled(name: str, names: Mapping[str, ObjectInfo]) -> str:
    info = names.get(name.lower())
    return info.name if info else name
