"""Steps for requests of people about their own data while a case is open: taken in, matched, answered, held.

Requests are personal data: they live in the case's files, and the ledger has their ids (hashes), kinds and outcomes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from leakresponse.core.errors import Refused
from leakresponse.core.soql.build import Where, all_of, compare, equals, isin, select
from leakresponse.core.subject_requests import (
    Parsed,
    SubjectRequest,
    exposure_of,
    frame_of,
    match,
    read_csv,
    read_email,
    request_of,
)
from tasks.frames import read_frame, write_table
from tasks.support import files_of, ledger_of, log, org_block, policy_block, step, store_block

if TYPE_CHECKING:
    import pandas as pd

    from leakresponse.adapters.salesforce import SalesforceClient
    from leakresponse.ledger import CaseFiles, Ledger

REQUESTS, MATCHES = "requests/requests.parquet", "requests/matches.parquet"
_KIND = "subject_request"
#: Records that a hold is set on: those that Privacy Center erases or masks by policy.
_HELD_PREFIXES = ("003", "00Q", "001", "0PK")


def take_in(case_id: str, content: bytes, mail: bool, store: str) -> dict[str, Any]:
    """Requests of a file (CSV, or one mail) put beside those that are there; the answer counts new and rejected rows.

    The same file again adds nothing. Raises BadInput where the file is no such table or mail.
    """
    parsed = read_email(content) if mail else read_csv(content)
    added = _add(case_id, parsed, store)
    return {"new": added, "read": len(parsed.requests), "rejected": [list(one) for one in parsed.rejected]}


@step("look for requests in the org")
def collect(case_id: str, org: str, store: str, policy: str, since: str) -> int:
    """Privacy requests and cases of the policy's types since the discovery; the answer counts those that are new."""
    client = org_block(org).client()
    types = policy_block(policy).request_case_types
    start = datetime.fromisoformat(since).astimezone(UTC) - timedelta(days=1)
    found = [*_privacy_requests(client, start), *_cases(client, start, types)]
    return _add(case_id, Parsed(tuple(found)), store)


def _privacy_requests(client: SalesforceClient, start: datetime) -> Iterator[SubjectRequest]:
    """Rows of PrivacyRequest (Privacy Center licence); an org without it has none."""
    fields = [
        "Id", "Type", "DataSubjectEmail", "FirstName", "LastName", "RelatedRecord", "CreatedDate",
    ]  # fmt: skip
    try:
        rows = list(client.query(select("PrivacyRequest", fields, where=_since(start))))
    except Refused as refused:
        log.info("this org has no readable privacy requests: %s", refused.code)
        return
    for row in rows:
        yield from _of(
            "privacy_request", request_id=row["Id"], kind=row["Type"], received_at=row["CreatedDate"],
            first_name=row["FirstName"], last_name=row["LastName"], email=row["DataSubjectEmail"],
            record_id=row["RelatedRecord"],
        )  # fmt: skip


def _cases(client: SalesforceClient, start: datetime, types: Iterable[str]) -> Iterator[SubjectRequest]:
    fields = ["Id", "Type", "Subject", "ContactId", "SuppliedEmail", "SuppliedName", "CreatedDate"]
    named = list(types)
    if not named:
        return
    for row in client.query(select("Case", fields, where=all_of(_since(start), isin("Type", named)))):
        yield from _of(
            "case", request_id=row["Id"], kind=f"{row['Type']} {row['Subject'] or ''}", received_at=row["CreatedDate"],
            name=row["SuppliedName"], email=row["SuppliedEmail"], record_id=row["ContactId"],
        )  # fmt: skip


def _since(start: datetime) -> Where:
    return compare("CreatedDate", ">=", start)


def _of(source: str, **values: Any) -> Iterator[SubjectRequest]:
    made = request_of({name: str(value or "") for name, value in values.items()}, source)
    if made is not None:
        yield made


def _add(case_id: str, parsed: Parsed, store: str) -> int:
    import pandas as pd

    files, ledger = files_of(store_block(store), case_id), ledger_of(store_block(store))
    fresh = frame_of(parsed.requests)
    held = read_frame(files, REQUESTS) if files.exists(REQUESTS) else fresh.iloc[:0]
    new = fresh[~fresh["request_id"].isin(held["request_id"])]
    if len(new):
        write_table(files, REQUESTS, pd.concat([held, new], ignore_index=True))
    recorded = {action.target for action in ledger.actions(case_id) if action.kind == _KIND}
    for one in parsed.requests:
        if one.request_id not in recorded:
            receipt = {"source": one.source, "kind": one.kind}
            ledger.once(case_id, f"{_KIND}:{one.request_id}", _KIND, one.request_id, partial(dict, receipt))
    if parsed.rejected:
        ledger.note(case_id, "subject_requests_rejected", {"rows": [number for number, _ in parsed.rejected[:100]]})
    return len(new)


@step("match requests and answer them")
def answer(case_id: str, store: str) -> dict[str, int]:
    """Write who is meant, and for each matched request the draft of its answer; the answer counts outcomes.

    Run again, a request that was answered is answered anew with what the case knows now.
    """
    from leakresponse.documents.subject_answers import answer_text

    files, ledger = files_of(store_block(store), case_id), ledger_of(store_block(store))
    if not files.exists(REQUESTS):
        return {}
    requests, people = read_frame(files, REQUESTS), read_frame(files, "people.parquet")
    matches = match(requests, people, read_frame(files, "recipients.parquet"))
    exposures = read_frame(files, "exposures.parquet", ["object", "record_id", "first_seen", "last_seen"])
    kinds = dict(zip(requests["request_id"], requests["kind"], strict=True))
    for request, person in _matched(matches):
        found = exposure_of(person, people, exposures)
        files.write(f"requests/{request}.json", json.dumps(found, indent=1).encode())
        files.write(f"requests/{request}.txt", answer_text(kinds[request], found).encode())
    write_table(files, MATCHES, matches)
    counts = {str(k): int(v) for k, v in Counter(matches["outcome"]).items()}
    ledger.note(case_id, "subject_requests_matched", counts)
    return counts


@step("hold what was asked to be erased")
def hold(case_id: str, org: str, store: str) -> dict[str, int]:
    """Put a privacy hold on the records of each matched deletion request, once each; they are evidence.

    PrivacyHold keeps a record from Privacy Center's policies where those leave held records out (object reference,
    `sforce_api_objects_privacyhold`); without that licence `by_person` counts the requests that somebody must stop.
    """
    files, ledger = files_of(store_block(store), case_id), ledger_of(store_block(store))
    wanted = _to_hold(files)
    if not wanted:
        return {"held": 0, "by_person": 0}
    client = org_block(org).client()
    if "PrivacyHold" not in client.object_names():
        counts = {"held": 0, "by_person": len(wanted)}
        ledger.note(case_id, "deletion_held", counts)
        return counts
    records = sorted({record for some in wanted.values() for record in some})
    for record in records:
        _hold_one(client, ledger, case_id, record)
    counts = {"held": len(records), "by_person": sum(not some for some in wanted.values())}
    ledger.note(case_id, "deletion_held", counts)
    return counts


def _to_hold(files: CaseFiles) -> dict[str, list[str]]:
    """Matched deletion requests, each with the records of its person that a hold can be put on."""
    if not files.exists(MATCHES):
        return {}
    requests, matches = read_frame(files, REQUESTS), read_frame(files, MATCHES)
    people = read_frame(files, "people.parquet", ["person_id", "record_ids"]).explode("record_ids")
    own = people[people["record_ids"].str.startswith(_HELD_PREFIXES)]
    asked = set(requests.loc[requests["kind"] == "deletion", "request_id"])
    return {
        request: sorted(set(own.loc[own["person_id"] == person, "record_ids"]))
        for request, person in _matched(matches)
        if request in asked
    }


def _matched(matches: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Request and person of each that is one person's."""
    sure = matches[matches["outcome"] == "matched"]
    return zip(sure["request_id"].tolist(), sure["person_id"].tolist(), strict=True)


def _hold_one(client: SalesforceClient, ledger: Ledger, case_id: str, record: str) -> None:
    def act() -> dict[str, Any]:
        live = all_of(equals("ReferenceRecordId", record), equals("IsActive", True))
        there = next(client.query(select("PrivacyHold", ["Id"], where=live)), None)
        if there is not None:
            return {"already": True, "id": there["Id"]}
        values = {"Name": f"Leak response {case_id}"[:80], "ReferenceRecordId": record, "IsActive": True}
        return {"id": client.create("PrivacyHold", values)}

    ledger.once(case_id, f"privacy_hold:{record}", "privacy_hold", record, act)
