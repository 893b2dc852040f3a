"""What a Salesforce schema is made of: objects, fields, and short constructors for the tables of fields.

Field types are those of describe (REST `/sobjects/X/describe`, `fields[].type`), so that a reader of the simulated
org meets the words of a real one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

NUMBERS = frozenset({"int", "double", "currency", "percent"})
#: Types that SOQL will neither group nor, for `textarea` above 255 characters, filter.
LONG_TEXT = 256


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `components` is set on compound address fields, which have no column of their own.

    `compliance` and `security` are the org's classification (FieldDefinition.ComplianceGroup, SecurityClassification).
    `child_relationship` is the name under which the parent object sees the rows that point to it. `encryption` is
    Shield's scheme (Metadata API guide, CustomField.encryptionScheme), empty where the field is kept in clear.
    """

    name: str
    label: str
    type: str
    length: int = 0
    nillable: bool = True
    reference_to: tuple[str, ...] = ()
    relationship_name: str = ""
    child_relationship: str = ""
    filterable: bool = True
    sortable: bool = True
    updateable: bool = True
    compliance: tuple[str, ...] = ()
    security: str = ""
    components: tuple[str, ...] = ()
    external_id: bool = False
    unique: bool = False
    encryption: str = ""

    @property
    def custom(self) -> bool:
        """True for the fields that an administrator made."""
        return self.name.endswith("__c")

    @property
    def groupable(self) -> bool:
        """Whether GROUP BY takes the field; Salesforce refuses datetimes, doubles, long text and compounds."""
        return self.filterable and self.sortable and self.type not in {"datetime", "double", "currency", "address"}


@dataclass(frozen=True, slots=True)
class SObject:
    """One object. `key` names the column that identifies a row (`Id`, but for OauthToken, whose Id is null).

    `event_store` marks what a big object backs: only EventDate filters, newest first, no aggregates. `sharing` is the
    org-wide default (EntityDefinition.InternalSharingModel: Private, Read, ReadWrite, ControlledByParent), empty where
    records have no sharing; `external_sharing` the one for users from outside; `parent_field` leads to the parent that
    controls access.
    """

    name: str
    key_prefix: str
    label: str
    label_plural: str
    fields: Mapping[str, Field]
    custom: bool = False
    queryable: bool = True
    updateable: bool = True
    createable: bool = True
    deletable: bool = True
    key: str = "Id"
    event_store: bool = False
    sharing: str = ""
    external_sharing: str = ""
    parent_field: str = ""
    _by_lower: Mapping[str, Field] = field(default_factory=dict, repr=False, compare=False)

    def field(self, name: str) -> Field | None:
        """The field of that API name, whatever its case, as SOQL sees it."""
        return self._by_lower.get(name.lower())

    def reference(self, relationship: str) -> Field | None:
        """The reference field behind a relationship name such as `Account` or `Case__r`."""
        wanted = relationship.lower()
        return next((f for f in self.fields.values() if f.relationship_name.lower() == wanted != ""), None)

    @property
    def stored(self) -> tuple[Field, ...]:
        """The fields that have a column, in order."""
        return tuple(one for one in self.fields.values() if not one.components)

    @property
    def has_deleted_flag(self) -> bool:
        """Whether rows of this object go to the recycle bin."""
        return "IsDeleted" in self.fields


@dataclass(frozen=True, slots=True)
class Schema:
    """Every object of the org, found by API name whatever its case.

    `hidden` are objects whose licence the org lacks: nobody finds them, yet what happens is written down in them.
    """

    objects: Mapping[str, SObject]
    hidden: frozenset[str] = frozenset()
    _by_lower: Mapping[str, SObject] = field(default_factory=dict, repr=False, compare=False)
    _children: Mapping[tuple[str, str], tuple[SObject, Field]] = field(default_factory=dict, repr=False, compare=False)

    def get(self, name: str) -> SObject | None:
        """The object of that API name, or None."""
        found = self._by_lower.get(name.lower())
        return None if found is None or found.name in self.hidden else found

    def __getitem__(self, name: str) -> SObject:
        return self._by_lower[name.lower()]

    def __iter__(self) -> Iterator[SObject]:
        return (one for one in self.objects.values() if one.name not in self.hidden)

    def child(self, parent: str, relationship: str) -> tuple[SObject, Field] | None:
        """The child object and reference field behind a sub-query's relationship, e.g. (`Account`, `Contacts`)."""
        return self._children.get((parent.lower(), relationship.lower()))

    def children(self, parent: str) -> tuple[tuple[SObject, Field], ...]:
        """Every child object of `parent` that a sub-query may name."""
        return tuple(found for (owner, _), found in self._children.items() if owner == parent.lower())

    def by_prefix(self, record_id: str) -> SObject | None:
        """The object that a record id belongs to, by its first three characters."""
        return next((one for one in self if one.key_prefix and one.key_prefix == record_id[:3]), None)


def schema_of(objects: Iterable[SObject], hidden: frozenset[str] = frozenset()) -> Schema:
    """A schema with its indexes filled in."""
    listed = {one.name: one for one in objects}
    children = {
        (target.lower(), one.child_relationship.lower()): (obj, one)
        for obj in listed.values()
        for one in obj.fields.values()
        if one.child_relationship
        for target in one.reference_to
    }
    return Schema(listed, hidden, {name.lower(): obj for name, obj in listed.items()}, children)


def sobject(name: str, key_prefix: str, label: str, *fields: Field, **options: bool | str) -> SObject:
    """An object with its fields; `plural` overrides the plural label, the other options are those of SObject."""
    plural = str(options.pop("plural", f"{label}s"))
    index = {one.name.lower(): one for one in fields}
    made = SObject(
        name, key_prefix, label, plural, {one.name: one for one in fields}, custom=name.endswith("__c"), _by_lower=index
    )
    return replace(made, **options)  # type: ignore[arg-type]


def id_field() -> Field:
    """The record id, 18 characters with its checksum."""
    return Field("Id", "Record ID", "id", 18, nillable=False, updateable=False)


def text(name: str, label: str, length: int = 255, **options: object) -> Field:
    """A one-line text."""
    return Field(name, label, "string", length, **options)  # type: ignore[arg-type]


def long_text(name: str, label: str, length: int = 32000, **options: object) -> Field:
    """A long text, which Salesforce neither filters nor sorts."""
    return Field(name, label, "textarea", length, filterable=False, sortable=False, **options)  # type: ignore[arg-type]


def typed(kind: str, name: str, label: str, length: int = 0, **options: object) -> Field:
    """A field of any other describe type."""
    return Field(name, label, kind, length, **options)  # type: ignore[arg-type]


def flag(name: str, label: str, **options: object) -> Field:
    """A checkbox; never null, as in Salesforce."""
    return Field(name, label, "boolean", nillable=False, **options)  # type: ignore[arg-type]


def moment(name: str, label: str, **options: object) -> Field:
    """A datetime, stored as ISO text in UTC with milliseconds and `Z`, so that text order is time order."""
    return Field(name, label, "datetime", **options)  # type: ignore[arg-type]


def ref(name: str, label: str, to: str, relationship: str = "", child: str = "", **options: object) -> Field:
    """A lookup to another object."""
    found = Field(name, label, "reference", 18, reference_to=(to,) if to else (), relationship_name=relationship)
    return replace(found, child_relationship=child, **options)  # type: ignore[arg-type]


def address(name: str, label: str, prefix: str) -> Field:
    """A compound address over `<prefix>Street`, City, State, PostalCode and Country."""
    parts = tuple(f"{prefix}{part}" for part in ("Street", "City", "State", "PostalCode", "Country"))
    return Field(name, label, "address", filterable=False, sortable=False, updateable=False, components=parts)


def address_parts(prefix: str, label: str, **options: object) -> tuple[Field, ...]:
    """The five columns of a postal address."""
    said = f"{label} " if label else ""
    return (
        Field(f"{prefix}Street", f"{said}Street", "textarea", 255, **options),  # type: ignore[arg-type]
        text(f"{prefix}City", f"{said}City", 40, **options),
        text(f"{prefix}State", f"{said}State/Province", 80, **options),
        text(f"{prefix}PostalCode", f"{said}Zip/Postal Code", 20, **options),
        text(f"{prefix}Country", f"{said}Country", 80, **options),
    )


def audit(deleted: bool = True) -> tuple[Field, ...]:
    """The audit fields that nearly every object has."""
    fixed: dict[str, Any] = {"nillable": False, "updateable": False}
    bin_flag = (flag("IsDeleted", "Deleted", updateable=False),) if deleted else ()
    return (
        *bin_flag,
        moment("CreatedDate", "Created Date", **fixed),
        ref("CreatedById", "Created By ID", "User", "CreatedBy", **fixed),
        moment("LastModifiedDate", "Last Modified Date", **fixed),
        ref("LastModifiedById", "Last Modified By ID", "User", "LastModifiedBy", **fixed),
        moment("SystemModstamp", "System Modstamp", **fixed),
    )
