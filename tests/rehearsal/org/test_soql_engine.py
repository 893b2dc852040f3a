"""SOQL on the store: which rows come, in which form, and what is refused with which code."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from leakresponse.rehearsal.org.schema import SCHEMA, create_index_sql, create_table_sql, definition_rows, quoted
from leakresponse.rehearsal.org.soql_engine import QueryRefused, compile_text, run, total
from leakresponse.rehearsal.org.soql_engine_rows import answer, csv_lines, header, records, write_csv

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)  # a Monday
SMITH, JONES, EMPTY = "001000000000001AAA", "001000000000002AAA", "001000000000003AAA"
ANN, BOB, CY, DEL = (f"00300000000000{number}AAA" for number in "1234")
USER = "005000000000001AAA"


def _put(db: sqlite3.Connection, table: str, **values: Any) -> None:
    names = ", ".join(map(quoted, values))
    places = ", ".join("?" * len(values))
    db.execute(f"INSERT INTO {quoted(table)} ({names}) VALUES ({places})", list(values.values()))


def _fill(db: sqlite3.Connection) -> None:
    _put(db, "User", Id=USER, Name="Uma User", Username="uma@shop.example", IsActive=1)
    for key, name, day in ((SMITH, "Smith", 20), (JONES, "jones", 22), (EMPTY, "Void", 23)):
        _put(db, "Account", Id=key, Name=name, CreatedDate=f"2026-11-{day}T10:00:00.000Z", OwnerId=USER)
    people = (
        (ANN, SMITH, "Ann", "ANN@x.example", "1990-02-03", 1, "2026-11-20T10:00:00.000Z", 0),
        (BOB, SMITH, "Bob", None, None, 0, "2026-11-22T23:59:59.999Z", 0),
        (CY, None, "100% Cy_", "cy@x.example", "2001-07-08", 0, "2026-11-23T00:00:00.000Z", 0),
        (DEL, JONES, "Del", "del@x.example", None, 0, "2026-11-01T00:00:00.000Z", 1),
    )
    for key, account, name, email, born, opted, made, deleted in people:
        _put(
            db, "Contact", Id=key, AccountId=account, FirstName=name, LastName=name, Name=name, Email=email,
            Birthdate=born, HasOptedOutOfEmail=opted, CreatedDate=made, IsDeleted=deleted, SystemModstamp=made,
        )  # fmt: skip
    db.execute("UPDATE Contact SET MailingCity = 'Rome', MailingState = 'NY' WHERE Id = ?", (ANN,))
    for number, (contact, amount) in enumerate(((ANN, 10.0), (ANN, 30.0), (CY, 5.0))):
        _put(
            db, "Order", Id=f"80100000000000{number}AAA", AccountId=SMITH, BillToContactId=contact,
            TotalAmount=amount, Status="Draft" if number else "Active", EffectiveDate=f"2026-0{number + 1}-15",
        )  # fmt: skip
    _put(db, "ApiEvent", Id="7pV000000000001AAA", EventDate="2026-11-23T01:00:00.000Z", Operation="Query")
    _put(db, "ApiEvent", Id="7pV000000000002AAA", EventDate="2026-11-23T02:00:00.000Z", Operation="QueryMore")
    _put(db, "OauthToken", AppName="Drift", UserId=USER, DeleteToken="one")
    for table, row in definition_rows():
        _put(db, table, **row)


@pytest.fixture(scope="module")
def db() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    for obj in SCHEMA:
        for statement in (create_table_sql(obj), *create_index_sql(obj)):
            connection.execute(statement)
    _fill(connection)
    yield connection
    connection.close()


def ids(db: sqlite3.Connection, where: str, **options: Any) -> list[str]:
    return [row[0] for row in run(db, compile_text(f"SELECT Id FROM Contact {where}", SCHEMA, NOW, **options))]


def ask(db: sqlite3.Connection, text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer(compile_text(text, SCHEMA, NOW), db)["records"]
    return found


def values(db: sqlite3.Connection, text: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in one.items() if name != "attributes"} for one in ask(db, text)]


def refusal(text: str, **options: Any) -> QueryRefused:
    with pytest.raises(QueryRefused) as refused:
        compile_text(text, SCHEMA, NOW, **options)
    return refused.value


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", [ANN, BOB, CY]),
        ("WHERE Name = 'ann'", [ANN]),
        ("WHERE Name != 'ann'", [BOB, CY]),
        ("WHERE Email = 'ann@X.example'", [ANN]),
        ("WHERE Email != 'ann@x.example'", [BOB, CY]),
        ("WHERE Email = null", [BOB]),
        ("WHERE Email = ''", [BOB]),
        ("WHERE Email != null", [ANN, CY]),
        ("WHERE NOT Email = 'ann@x.example'", [BOB, CY]),
        ("WHERE NOT Email LIKE 'ann%'", [BOB, CY]),
        ("WHERE Email LIKE '%@X.EXAMPLE'", [ANN, CY]),
        ("WHERE Name LIKE '_nn'", [ANN]),
        ("WHERE Name LIKE '100\\%%'", [CY]),
        ("WHERE Name LIKE '%\\_'", [CY]),
        ("WHERE Name IN ('ANN', 'bob')", [ANN, BOB]),
        ("WHERE Email IN ('cy@x.example', null)", [BOB, CY]),
        ("WHERE Email NOT IN ('cy@x.example')", [ANN, BOB]),
        (f"WHERE Id = '{ANN}'", [ANN]),
        (f"WHERE Id = '{ANN[:15]}'", [ANN]),
        (f"WHERE AccountId IN ('{SMITH[:15]}')", [ANN, BOB]),
        ("WHERE AccountId = null", [CY]),
        ("WHERE HasOptedOutOfEmail = true", [ANN]),
        ("WHERE HasOptedOutOfEmail = FALSE AND (Name = 'Bob' OR Name = 'x')", [BOB]),
        ("WHERE Birthdate = 1990-02-03", [ANN]),
        ("WHERE Birthdate > 1995-01-01", [CY]),
        ("WHERE CreatedDate > 2026-11-22T00:00:00Z", [BOB, CY]),
        ("WHERE CreatedDate > 2026-11-23T01:00:00+01:00", []),
        ("WHERE CreatedDate >= 2026-11-23T01:00:00+01:00", [CY]),
        ("WHERE CreatedDate = TODAY", [CY]),
        ("WHERE CreatedDate = YESTERDAY", [BOB]),
        ("WHERE CreatedDate = LAST_N_DAYS:1", [BOB, CY]),
        ("WHERE CreatedDate > LAST_N_DAYS:1", []),
        ("WHERE CreatedDate >= LAST_N_DAYS:1", [BOB, CY]),
        ("WHERE CreatedDate < THIS_WEEK", [ANN]),
        ("WHERE CreatedDate != THIS_WEEK", [ANN]),
        ("WHERE CreatedDate = N_DAYS_AGO:3", [ANN]),
        ("WHERE CreatedDate = THIS_MONTH", [ANN, BOB, CY]),
        ("WHERE Birthdate = LAST_N_YEARS:30", [CY]),
        ("WHERE CALENDAR_YEAR(Birthdate) = 2001", [CY]),
        ("WHERE DAY_ONLY(CreatedDate) = 2026-11-22", [BOB]),
        ("WHERE Account.Name = 'SMITH'", [ANN, BOB]),
        ("WHERE Contact.Account.Owner.Name LIKE 'uma%'", [ANN, BOB]),
        ("WHERE AccountId IN (SELECT Id FROM Account WHERE Name = 'smith')", [ANN, BOB]),
        ("WHERE Id NOT IN (SELECT BillToContactId FROM Order)", [BOB]),
        ("WHERE Id IN (SELECT BillToContactId FROM Order WHERE TotalAmount > 20)", [ANN]),
        ("ORDER BY Name", [CY, ANN, BOB]),
        ("ORDER BY Email", [BOB, ANN, CY]),
        ("ORDER BY Email DESC", [BOB, CY, ANN]),
        ("ORDER BY Email NULLS LAST", [ANN, CY, BOB]),
        ("ORDER BY Account.Name DESC NULLS LAST, Name DESC", [BOB, ANN, CY]),
        ("LIMIT 1", [ANN]),
        ("LIMIT 0", []),
        ("ORDER BY Name LIMIT 1 OFFSET 1", [ANN]),
        ("OFFSET 2", [CY]),
    ],
)  # fmt: skip
def test_which_rows_come(db: sqlite3.Connection, where: str, expected: list[str]) -> None:
    assert ids(db, where) == expected


def test_query_all_brings_deleted_rows(db: sqlite3.Connection) -> None:
    assert ids(db, "WHERE Name = 'Del'") == []
    assert ids(db, "WHERE Name = 'Del'", all_rows=True) == [DEL]


def test_aliases_stand_for_objects(db: sqlite3.Connection) -> None:
    text = "SELECT c.Name, a.Name FROM Contact c, c.Account a WHERE a.Name = 'Smith' AND c.Name = 'Bob'"
    assert ask(db, text)[0]["Account"]["Name"] == "Smith"


def test_a_record_has_attributes_and_schema_spelling(db: sqlite3.Connection) -> None:
    assert ask(db, "SELECT id, NAME FROM account LIMIT 1") == [
        {
            "attributes": {"type": "Account", "url": f"/services/data/v67.0/sobjects/Account/{SMITH}"},
            "Id": SMITH,
            "Name": "Smith",
        }
    ]


def test_a_record_has_its_url_without_asking_for_its_id(db: sqlite3.Connection) -> None:
    found = ask(db, "SELECT Name FROM Account LIMIT 1")[0]
    assert "Id" not in found and found["attributes"]["url"].endswith(SMITH)


def test_types_in_json(db: sqlite3.Connection) -> None:
    assert values(db, "SELECT HasOptedOutOfEmail, CreatedDate, Birthdate, MailingAddress FROM Contact LIMIT 1") == [
        {
            "HasOptedOutOfEmail": True,
            "CreatedDate": "2026-11-20T10:00:00.000+0000",
            "Birthdate": "1990-02-03",
            "MailingAddress": {
                "city": "Rome", "country": None, "geocodeAccuracy": None, "latitude": None, "longitude": None,
                "postalCode": None, "state": "NY", "street": None,
            },
        }
    ]  # fmt: skip


def test_an_empty_address_is_null(db: sqlite3.Connection) -> None:
    assert values(db, "SELECT MailingAddress FROM Contact WHERE Name = 'Bob'") == [{"MailingAddress": None}]


def test_parents_are_nested_records(db: sqlite3.Connection) -> None:
    found = ask(db, "SELECT Account.Name, Id, Account.Owner.Username FROM Contact WHERE Name = 'Ann'")[0]
    assert list(found) == ["attributes", "Account", "Id"]
    assert found["Account"]["attributes"]["type"] == "Account"
    assert found["Account"]["Owner"]["Username"] == "uma@shop.example"


def test_a_missing_parent_is_null(db: sqlite3.Connection) -> None:
    assert values(db, "SELECT Account.Name FROM Contact WHERE AccountId = null") == [{"Account": None}]


def test_children_are_nested_answers(db: sqlite3.Connection) -> None:
    text = "SELECT Name, (SELECT LastName FROM Contacts WHERE Name LIKE '%n%' ORDER BY Name LIMIT 1) FROM Account"
    smith, jones, _ = ask(db, text)
    assert (smith["Contacts"]["totalSize"], smith["Contacts"]["done"]) == (1, True)
    assert smith["Contacts"]["records"][0]["LastName"] == "Ann"
    assert jones["Contacts"] is None


def test_children_of_children_come_too(db: sqlite3.Connection) -> None:
    text = "SELECT Id, (SELECT Id, Account.Name, (SELECT Id FROM Cases) FROM Account.Contacts) FROM Account LIMIT 1"
    inner = ask(db, text)[0]["Contacts"]["records"][0]
    assert inner["Cases"] is None and inner["Account"]["Name"] == "Smith"


def test_a_count_is_the_total(db: sqlite3.Connection) -> None:
    assert answer(compile_text("SELECT COUNT() FROM Contact", SCHEMA, NOW), db) == {
        "totalSize": 3,
        "done": True,
        "records": [],
    }


def test_a_count_obeys_its_limit(db: sqlite3.Connection) -> None:
    assert total(db, compile_text("SELECT COUNT() FROM Contact LIMIT 2", SCHEMA, NOW)) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT COUNT(Email) FROM Contact", [{"expr0": 2}]),
        ("SELECT COUNT(Id), COUNT_DISTINCT(AccountId) a FROM Contact", [{"expr0": 3, "a": 1}]),
        ("SELECT SUM(TotalAmount), AVG(TotalAmount) FROM Order", [{"expr0": 45.0, "expr1": 15.0}]),
        ("SELECT MAX(CreatedDate) m FROM Account", [{"m": "2026-11-23T10:00:00.000+0000"}]),
        (
            "SELECT Status, COUNT(Id) n FROM Order GROUP BY Status ORDER BY COUNT(Id) DESC",
            [{"Status": "Draft", "n": 2}, {"Status": "Active", "n": 1}],
        ),
        ("SELECT Status s FROM Order GROUP BY Status HAVING SUM(TotalAmount) > 20", [{"s": "Draft"}]),
        (
            "SELECT BillToContact.Name, SUM(TotalAmount) FROM Order GROUP BY BillToContact.Name",
            [{"Name": "100% Cy_", "expr0": 5.0}, {"Name": "Ann", "expr0": 40.0}],
        ),
        (
            "SELECT CALENDAR_QUARTER(EffectiveDate), COUNT(Id) FROM Order GROUP BY CALENDAR_QUARTER(EffectiveDate)",
            [{"expr0": 1, "expr1": 3}],
        ),
        (
            "SELECT Status, GROUPING(Status) g, COUNT(Id) n FROM Order GROUP BY ROLLUP(Status)",
            [
                {"Status": "Active", "g": 0, "n": 1},
                {"Status": "Draft", "g": 0, "n": 2},
                {"Status": None, "g": 1, "n": 3},
            ],
        ),
        ("SELECT MONTH__c FROM Order", None),
    ],
)
def test_aggregates(db: sqlite3.Connection, text: str, expected: list[dict[str, Any]] | None) -> None:
    if expected is None:
        assert refusal(text).code == "INVALID_FIELD"
        return
    assert values(db, text) == expected


def test_an_aggregate_says_its_type(db: sqlite3.Connection) -> None:
    assert ask(db, "SELECT COUNT(Id) FROM Order")[0]["attributes"] == {"type": "AggregateResult"}


def test_cube_has_every_combination(db: sqlite3.Connection) -> None:
    text = "SELECT Status, BillToContactId, COUNT(Id) FROM Order GROUP BY CUBE(Status, BillToContactId)"
    assert len(ask(db, text)) == 3 + 2 + 2 + 1


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("FORMAT(EffectiveDate) f", "3/15/2026"),
        ("FORMAT(TotalAmount) f", "$5.00"),
        ("FORMAT(CreatedDate) f", "11/23/2026, 12:00 AM"),
        ("FORMAT(ShippingCity) f", None),
        ("toLabel(Status) f", "Draft"),
    ],
)
def test_values_as_people_read_them(db: sqlite3.Connection, expression: str, expected: str | None) -> None:
    obj = "Contact" if "CreatedDate" in expression else "Order"
    found = values(db, f"SELECT {expression} FROM {obj} ORDER BY Id DESC LIMIT 1")
    assert found == [{"f": expected}]


def test_a_distance_to_an_address_without_coordinates_is_unknown(db: sqlite3.Connection) -> None:
    near = "DISTANCE(MailingAddress, GEOLOCATION(37.7, -122.4), 'mi')"
    assert values(db, f"SELECT Id FROM Contact WHERE {near} < 20 ORDER BY {near}") == []


def test_mine_are_the_records_that_one_owns(db: sqlite3.Connection) -> None:
    text = "SELECT Id FROM Account USING SCOPE mine WHERE Name != ''"
    assert list(run(db, compile_text(text, SCHEMA, NOW, mine=USER)))
    assert not list(run(db, compile_text(text, SCHEMA, NOW, mine="005000000000009AAA")))


@pytest.mark.parametrize("end", ["WITH SECURITY_ENFORCED", "WITH USER_MODE", "FOR VIEW", "FOR REFERENCE", "FOR UPDATE"])
def test_what_changes_no_row_of_an_api_query(db: sqlite3.Connection, end: str) -> None:
    assert len(values(db, f"SELECT Id FROM Contact {end}")) == 3


def test_fields_standard_leaves_custom_fields_out(db: sqlite3.Connection) -> None:
    found = values(db, "SELECT FIELDS(STANDARD) FROM Contact LIMIT 1")[0]
    assert "MailingAddress" in found and "SSN__c" not in found


def test_fields_all_brings_every_field(db: sqlite3.Connection) -> None:
    assert set(values(db, "SELECT FIELDS(ALL) FROM Contact LIMIT 1")[0]) == set(SCHEMA["Contact"].fields)


def test_typeof_takes_the_branch_of_the_target(db: sqlite3.Connection) -> None:
    text = "SELECT TYPEOF Owner WHEN User THEN Username ELSE Name END FROM Account LIMIT 1"
    assert values(db, text)[0]["Owner"]["Username"] == "uma@shop.example"


def test_pages_join_to_the_whole(db: sqlite3.Connection) -> None:
    whole = compile_text("SELECT Id FROM Contact ORDER BY Name DESC", SCHEMA, NOW)
    pages = [row for start in (0, 2) for row in run(db, whole.page(start, 2))]
    assert pages == list(run(db, whole)) and total(db, whole) == 3


def test_records_stream(db: sqlite3.Connection) -> None:
    compiled = compile_text("SELECT Id FROM Contact", SCHEMA, NOW)
    endless = iter(lambda: (ANN, ANN), None)
    assert next(records(compiled, endless, db))["Id"] == ANN


def test_entities_name_every_object_read() -> None:
    text = "SELECT Account.Owner.Name, (SELECT Subject FROM Cases) FROM Contact"
    assert set(compile_text(text, SCHEMA, NOW).entities) == {"Contact", "Account", "User", "Case"}


def test_an_object_without_ids_has_records_too(db: sqlite3.Connection) -> None:
    assert values(db, "SELECT Id, AppName, DeleteToken FROM OauthToken") == [
        {"Id": None, "AppName": "Drift", "DeleteToken": "one"}
    ]


# bulk


def _csv(db: sqlite3.Connection, text: str) -> str:
    out = io.StringIO()
    compiled = compile_text(text, SCHEMA, NOW, bulk=True)
    write_csv(out, compiled, run(db, compiled))
    return out.getvalue()


def test_bulk_rows(db: sqlite3.Connection) -> None:
    text = "SELECT id, Account.name, HasOptedOutOfEmail, CreatedDate, Email FROM Contact WHERE Name != 'Ann'"
    assert _csv(db, text) == (
        '"Id","Account.Name","HasOptedOutOfEmail","CreatedDate","Email"\n'
        f'"{BOB}","Smith","false","2026-11-22T23:59:59.999Z",""\n'
        f'"{CY}","","false","2026-11-23T00:00:00.000Z","cy@x.example"\n'
    )


def test_bulk_lines_are_records(db: sqlite3.Connection) -> None:
    compiled = compile_text("SELECT Id FROM Contact", SCHEMA, NOW, bulk=True)
    assert list(csv_lines(compiled, [("a\nb",), ('q"',)])) == ['"Id"\n', '"a\nb"\n', '"q"""\n']


def test_writing_counts_the_records(db: sqlite3.Connection) -> None:
    compiled = compile_text("SELECT Id FROM Contact", SCHEMA, NOW, bulk=True)
    assert write_csv(io.StringIO(), compiled, run(db, compiled)) == 3


def test_bulk_fields_standard_skips_compounds() -> None:
    assert "MailingAddress" not in header(compile_text("SELECT FIELDS(STANDARD) FROM Contact", SCHEMA, NOW, bulk=True))


def test_stored_events_come_newest_first(db: sqlite3.Connection) -> None:
    text = "SELECT Operation FROM ApiEvent WHERE EventDate > 2026-11-23T00:00:00Z AND EventDate <= 2026-11-24T00:00:00Z"
    assert [one["Operation"] for one in values(db, text)] == ["QueryMore", "Query"]


def test_definitions_are_found_by_entity(db: sqlite3.Connection) -> None:
    text = (
        "SELECT QualifiedApiName, ComplianceGroup FROM FieldDefinition"
        " WHERE EntityDefinition.QualifiedApiName = 'Contact' AND ComplianceGroup INCLUDES ('CCPA;PII')"
    )
    assert {"QualifiedApiName": "SSN__c", "ComplianceGroup": "PII;CCPA"} in values(db, text)


@pytest.mark.parametrize("text", ["'; DROP TABLE Contact; --", "\\' OR 1 = 1", 'x" y', "%"])
def test_values_never_reach_the_sql(db: sqlite3.Connection, text: str) -> None:
    from leakresponse.core.soql.build import equals, select

    compiled = compile_text(select("Contact", ["Id"], where=equals("Name", text)), SCHEMA, NOW)
    assert text not in compiled.sql and list(run(db, compiled)) == []
