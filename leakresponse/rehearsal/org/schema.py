"""The schema of the simulated org: typed objects and fields, their SQLite tables, and describe.

One table per object, named as the object. Datetimes are ISO text in UTC with milliseconds (`2026-11-23T10:00:00.000Z`),
dates `YYYY-MM-DD`, booleans 0 or 1. Compound address fields have no column: iterate `SObject.stored` when writing rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leakresponse.core.types import FieldInfo, ObjectInfo
from leakresponse.rehearsal.org.schema_crm import crm_objects
from leakresponse.rehearsal.org.schema_events import event_objects
from leakresponse.rehearsal.org.schema_permissions import PERMISSIONS
from leakresponse.rehearsal.org.schema_setup import setup_objects
from leakresponse.rehearsal.org.schema_tooling import TOOLING_ONLY, tooling_objects
from leakresponse.rehearsal.org.schema_types import Field, Schema, SObject, schema_of

__all__ = [
    "PERMISSIONS", "SCHEMA", "Field", "SObject", "Schema", "create_index_sql", "create_table_sql", "definition_rows",
    "describe", "describe_global", "load", "object_definitions", "object_info", "quoted", "sqlite_type",
]  # fmt: skip

_SQLITE_TYPES = {"boolean": "INTEGER", "int": "INTEGER", "double": "REAL", "currency": "REAL", "percent": "REAL"}
_SOAP_TYPES = {
    "boolean": "xsd:boolean", "int": "xsd:int", "double": "xsd:double", "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date", "datetime": "xsd:dateTime", "id": "tns:ID", "reference": "tns:ID", "base64": "xsd:base64Binary",
    "address": "urn:address",
}  # fmt: skip
_EXACT = frozenset({"id", "reference", "date", "datetime", "base64"})
_INDEXED = frozenset({"Email", "Email__c", "SuppliedEmail", "Username", "EventDate", "SetupEntityId", "CaseNumber"})


def load() -> Schema:
    """Every object of the simulated org; those that the Tooling API alone serves are hidden from all others."""
    return schema_of((*crm_objects(), *setup_objects(), *event_objects(), *tooling_objects()), TOOLING_ONLY)


SCHEMA = load()


def quoted(name: str) -> str:
    """An SQL identifier: `Order` and `Case` are words of SQL."""
    return '"' + name.replace('"', '""') + '"'


def sqlite_type(field: Field) -> str:
    """The column type; text unless the values are numbers or flags."""
    return _SQLITE_TYPES.get(field.type, "TEXT")


def create_table_sql(obj: SObject) -> str:
    """The table of an object, keyed by its `key` column. Text is NOCASE, because SOQL compares it so; ids are exact."""
    columns = []
    for one in obj.stored:
        ending = " PRIMARY KEY" if one.name == obj.key else " NOT NULL DEFAULT 0" if one.type == "boolean" else ""
        folded = " COLLATE NOCASE" if sqlite_type(one) == "TEXT" and one.type not in _EXACT else ""
        columns.append(f"{quoted(one.name)} {sqlite_type(one)}{folded}{ending}")
    return f"CREATE TABLE IF NOT EXISTS {quoted(obj.name)} ({', '.join(columns)})"


def create_index_sql(obj: SObject) -> tuple[str, ...]:
    """Indexes for lookups (audit references aside) and for the columns people search by; made after loading."""
    wanted = [
        one.name
        for one in obj.stored
        if (one.type == "reference" and one.name not in {"CreatedById", "LastModifiedById", "OwnerId"})
        or one.name in _INDEXED
    ]
    return tuple(
        f"CREATE INDEX IF NOT EXISTS {quoted(f'ix_{obj.name}_{name}')} ON {quoted(obj.name)} ({quoted(name)})"
        for name in wanted
    )


def object_info(obj: SObject) -> ObjectInfo:
    """The object as the pipeline's core knows it."""
    fields = {
        one.name: FieldInfo(
            one.name, one.label, one.type, one.reference_to, one.relationship_name, one.compliance, one.security
        )
        for one in obj.fields.values()
    }
    return ObjectInfo(obj.name, obj.key_prefix, fields)


def describe_field(obj: SObject, one: Field) -> dict[str, Any]:
    """One entry of describe's `fields`."""
    compound = next((whole.name for whole in obj.fields.values() if one.name in whole.components), None)
    return {
        "name": one.name, "label": one.label, "type": one.type, "length": one.length, "byteLength": one.length * 3,
        "soapType": _SOAP_TYPES.get(one.type, "xsd:string"), "custom": one.custom, "nillable": one.nillable,
        "filterable": one.filterable, "sortable": one.sortable, "groupable": one.groupable,
        "aggregatable": one.filterable,
        "createable": one.updateable and obj.createable, "updateable": one.updateable and obj.updateable,
        "referenceTo": list(one.reference_to), "relationshipName": one.relationship_name or None,
        "compoundFieldName": compound, "nameField": one.name == "Name",
        "idLookup": one.external_id or one.name in {"Id", "Email", "Username"},
        "unique": one.unique or one.name == "Username", "calculated": False, "encrypted": bool(one.encryption),
        "externalId": one.external_id,
        "autoNumber": one.name in {"CaseNumber", "OrderNumber"}, "defaultedOnCreate": one.type == "boolean",
        "defaultValue": False if one.type == "boolean" else None, "digits": 8 if one.type == "int" else 0,
        "precision": 18 if one.type in {"double", "currency"} else 0, "scale": 2 if one.type == "currency" else 0,
        "picklistValues": [], "restrictedPicklist": False, "deprecatedAndHidden": False, "inlineHelpText": None,
    }  # fmt: skip


def _describe_head(obj: SObject) -> dict[str, Any]:
    urls = {"sobject": f"/services/data/v67.0/sobjects/{obj.name}"}
    return {
        "name": obj.name, "label": obj.label, "labelPlural": obj.label_plural, "keyPrefix": obj.key_prefix,
        "custom": obj.custom, "customSetting": False, "queryable": obj.queryable, "retrieveable": True,
        "createable": obj.createable, "updateable": obj.updateable, "deletable": obj.deletable,
        "undeletable": obj.has_deleted_flag and obj.deletable, "replicateable": obj.has_deleted_flag,
        "searchable": obj.custom or obj.has_deleted_flag, "layoutable": obj.has_deleted_flag,
        "triggerable": obj.has_deleted_flag,
        "deprecatedAndHidden": False, "mergeable": obj.name in {"Account", "Contact", "Lead"}, "urls": urls,
    }  # fmt: skip


def describe(obj: SObject, schema: Schema = SCHEMA) -> dict[str, Any]:
    """The body of `GET /sobjects/X/describe`."""
    children = [
        {
            "childSObject": child.name, "field": one.name, "relationshipName": one.child_relationship,
            "cascadeDelete": False, "restrictedDelete": False, "deprecatedAndHidden": False,
        }
        for child, one in schema.children(obj.name)
    ]  # fmt: skip
    fields = [describe_field(obj, one) for one in obj.fields.values()]
    return {**_describe_head(obj), "fields": fields, "childRelationships": children, "recordTypeInfos": []}


def describe_global(schema: Schema = SCHEMA) -> dict[str, Any]:
    """The body of `GET /sobjects`."""
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [_describe_head(obj) for obj in schema]}


def definition_rows(schema: Schema = SCHEMA) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows for the tables EntityDefinition and FieldDefinition, as (table, row)."""
    for obj in schema:
        yield from object_definitions(obj)


def object_definitions(obj: SObject) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same for one object."""
    yield "EntityDefinition", {
        "Id": "000000000000000AAA", "DurableId": obj.name, "QualifiedApiName": obj.name,
        "DeveloperName": obj.name.removesuffix("__c"),
        "Label": obj.label, "PluralLabel": obj.label_plural, "KeyPrefix": obj.key_prefix,
        "IsQueryable": int(obj.queryable),
        "IsCustomizable": int(obj.has_deleted_flag),
        "InternalSharingModel": obj.sharing or None, "ExternalSharingModel": obj.external_sharing or None,
    }  # fmt: skip
    for one in obj.fields.values():
        yield "FieldDefinition", {
            "Id": "000000000000000AAA", "DurableId": f"{obj.name}.{one.name}", "EntityDefinitionId": obj.name,
            "QualifiedApiName": one.name, "DeveloperName": one.name.removesuffix("__c"), "Label": one.label,
            "DataType": one.type,
            "Length": one.length, "RelationshipName": one.relationship_name or None,
            "SecurityClassification": one.security or None, "ComplianceGroup": ";".join(one.compliance) or None,
            "BusinessStatus": "Active" if one.security else None, "BusinessOwnerId": None,
            "IsNillable": int(one.nillable),
            "IsIndexed": int(one.type in {"id", "reference"}), "IsCompound": int(bool(one.components)),
        }  # fmt: skip
