"""Notices: prepared, approved by variant, queued in the ledger's outbox, sent with a receipt each."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakresponse.adapters import smtp
from leakresponse.core import progress
from leakresponse.core.errors import LeakResponseError, MissingFact, Unavailable
from leakresponse.core.redact import Redacted
from leakresponse.ledger import Batch, CaseFiles, Ledger, NoticeResult
from tasks.frames import read_frame, write_frame
from tasks.support import channel_block, files_of, ledger_of, log, policy_block, step, store_block

if TYPE_CHECKING:
    import pandas as pd

    from blocks import MailChannel, ResponsePolicy
    from leakresponse.documents.notice_types import NoticeContext

NOTICES = "notices.parquet"
SENDERS = 2
MAX_ROUNDS = 100_000
_STATE = {"sent": "sent", "refused": "undeliverable", "deferred": "queued", "unknown": "unknown"}


class VariantChanged(LeakResponseError):
    """The text that would go out is not the one that was approved; nothing of the batch is sent."""


@step("prepare the notices")
def prepare(case_id: str, store: str, policy: str) -> dict[str, Any]:
    """Write notices.parquet: one row per person who is owed a notice and per legal entity.

    The answer names each variant with its hash and how many notices it has: what an approver sees.
    """
    import pandas as pd

    files = files_of(store_block(store), case_id)
    rules = policy_block(policy)
    writer = Writer(files.folder, rules, span(ledger_of(store_block(store)), case_id))
    duties = read_frame(files, "duties.parquet")
    people = read_frame(files, "people.parquet")
    owed = _by_entity(people.merge(duties.loc[duties["duty"] == "required", ["person_id"]], on="person_id"))
    recipients = read_frame(files, "recipients.parquet").set_index("person_id")
    rows = []
    for done, person in enumerate(_rows(owed), 1):
        name, digest = writer.identity(person)
        email = recipients["email"].get(person.person_id)
        rows.append(
            {
                "notice_id": notice_id(case_id, person.person_id, person.legal_entity),
                "person_id": person.person_id,
                "legal_entity": person.legal_entity,
                "jurisdiction": person.residency,
                "variant": name,
                "variant_hash": digest,
                "channel": "email" if isinstance(email, str) and "@" in email else "letter",
                "elements": sorted(person.elements),
                "status": "queued",
            }
        )
        if done % 5_000 == 0:
            progress.report("notices prepared", done, len(owed))
    table = pd.DataFrame(rows, columns=["notice_id", "person_id", "legal_entity", "jurisdiction", "variant",
                                        "variant_hash", "channel", "elements", "status"])  # fmt: skip
    write_frame(files, NOTICES, table, "NOTICES")
    progress.report("notices prepared", len(table), len(table))
    counts = Counter(zip(table["variant"], table["variant_hash"], strict=True))
    return {variant: {"hash": digest, "notices": n} for (variant, digest), n in sorted(counts.items())}


def _by_entity(owed: pd.DataFrame) -> pd.DataFrame:
    """One row per person and legal entity: each company that held a person's data writes its own letter."""
    from leakresponse.core.people import ENTITY_SEPARATOR

    named = owed.assign(legal_entity=owed["legal_entity"].str.split(ENTITY_SEPARATOR, regex=False))
    return named.explode("legal_entity", ignore_index=True)


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    yield from table.itertuples(index=False)


def notice_id(case_id: str, person_id: str, legal_entity: str) -> str:
    """The one id of a person's notice from an entity in a case: a repeat meets the same row of the outbox."""
    return "n-" + hashlib.sha256(f"{case_id}:{person_id}:{legal_entity}".encode()).hexdigest()[:24]


def span(ledger: Ledger, case_id: str) -> tuple[date, date] | None:
    """The first and the last day on which data was read, as the scope found them; None where nothing was read."""
    facts = ledger.phase_facts(case_id, "scope") or {}
    if not facts.get("first_read"):
        return None
    return datetime.fromisoformat(facts["first_read"]).date(), datetime.fromisoformat(facts["last_read"]).date()


class Writer:
    """Turns a person's row into a notice: facts of the case, rules of the law, the policy's contact points."""

    def __init__(self, folder: Path, policy: ResponsePolicy, read: tuple[date, date] | None) -> None:
        document = json.loads((folder / "obligations.json").read_text(encoding="utf-8"))
        self._read = read
        self._policy = policy
        self._day = date.fromisoformat(document["facts"]["discovered_on"])
        self._services = [s for s in document["services"] if s["status"] != "not_required"]
        self._notice_date = date.fromisoformat(document["facts"]["as_of"])
        self._rules: dict[tuple[str, frozenset[str]], tuple[list[str], list[str]]] = {}
        self._identities: dict[tuple[Any, ...], tuple[str, str]] = {}

    def rules(self, jurisdiction: str, elements: frozenset[str]) -> tuple[list[str], list[str]]:
        """Ids that a letter must and must not hold for people with these elements."""
        key = (jurisdiction, elements)
        if key not in self._rules:
            from leakresponse.law import notice_rules

            found = notice_rules(jurisdiction, self._day).for_elements(elements)
            self._rules[key] = ([p.id for p in found.must_include], [p.id for p in found.must_omit])
        return self._rules[key]

    def identity(self, person: Any) -> tuple[str, str]:
        """Name and hash of the variant of a person's notice; the same for all with the same text."""
        minor = "minor" in person.flags
        key = (person.residency, tuple(sorted(person.elements)), minor, person.legal_entity)
        if key not in self._identities:
            from leakresponse.documents.notices import variant_identity, variant_of

            include, omit = self.rules(person.residency, frozenset(person.elements))
            context = self.context("", person.residency, person.elements, minor, person.legal_entity, "")
            self._identities[key] = variant_identity(variant_of(context, include, omit))
        return self._identities[key]

    def context(
        self, notice: str, jurisdiction: str, elements: Iterable[str], minor: bool, entity: str, name: str
    ) -> NoticeContext:
        """What one notice is made from."""
        from leakresponse.documents.notice_types import Breach, Entity, NoticeContext

        if self._read is None:
            raise MissingFact("nothing was read, so no notice can say when")
        breach = Breach(
            discovered_on=self._day,
            occurred_from=self._read[0],
            occurred_to=self._read[1],
            what_happened=self._policy.what_happened,
            what_we_did=tuple(self._policy.what_we_did),
            notice_date=self._notice_date,
        )
        owner = self._policy.legal_entity
        signs = Entity(
            entity,
            self._policy.contact_address,
            self._policy.contact_phone,
            self._policy.contact_web,
            parent_company="" if entity == owner else owner,
        )
        held = tuple(sorted(elements))
        return NoticeContext(
            notice_id=notice,
            jurisdiction=jurisdiction,
            elements=held,
            entity=signs,
            breach=breach,
            recipient_name=name,
            addressee="guardian" if minor else "adult",
            monitoring=self._monitoring(jurisdiction, frozenset(held)),
            monitoring_code=f"HP-{notice[2:12].upper()}" if notice else "",
        )

    def _monitoring(self, jurisdiction: str, elements: frozenset[str]) -> Any:
        from leakresponse.documents.notice_types import Monitoring

        offers = [s for s in self._services if s["jurisdiction"] == jurisdiction and elements & set(s["elements"])]
        if not offers:
            return None
        months = max(s["months"] for s in offers)
        by = self._notice_date + timedelta(days=90)
        return Monitoring(
            self._policy.monitoring_provider, months, by, self._policy.contact_web, self._policy.contact_phone
        )


@step("queue the notices")
def queue(case_id: str, store: str, gate: Mapping[str, Any], channel: str) -> int:
    """Put the approved rows into the outbox; rows in quarantine, and letters that nobody prints, wait as held."""
    prints = bool(channel_block(channel).print_address)

    files = files_of(store_block(store), case_id)
    table = read_frame(files, NOTICES)
    held = _quarantined(files.folder, gate["gate"])
    letters = table["channel"].eq("letter") & (not prints)
    table["state"] = [
        "held" if n in held or letter else "queued" for n, letter in zip(table["notice_id"], letters, strict=True)
    ]
    rows: list[Any] = table.drop(columns=["elements", "status"]).to_dict("records")
    ledger_of(store_block(store)).queue_notices(case_id, rows)
    return int((table["state"] == "queued").sum())


def _quarantined(folder: Path, gate: str) -> frozenset[str]:
    document = json.loads((folder / "quality" / f"{gate}.json").read_text(encoding="utf-8"))
    return frozenset(q["row_id"] for q in document["quarantine"])


@step("reconcile what is unknown")
def reconcile(case_id: str, store: str, channel: str) -> int:
    """Settle notices that a lost connection or a crash left unknown, by the relay's own delivery log.

    Without a delivery log they stay unknown for a person; they are never sent again blindly.
    """
    ledger = ledger_of(store_block(store))
    block = channel_block(channel)
    ledger.sweep_abandoned(case_id)
    unknown = ledger.unknown_notices(case_id)
    if not unknown or not block.delivery_log:
        return len(unknown)
    known = smtp.delivered(Path(block.delivery_log))
    ledger.reconcile(case_id, {n.notice_id: n.notice_id in known for n in unknown})
    return 0


@step("dispatch")
def dispatch(case_id: str, store: str, policy: str, channel: str) -> dict[str, int]:
    """Send what is queued, batch by batch; a row is `sending` before and has its outcome after each batch."""
    files = files_of(store_block(store), case_id)
    ledger = ledger_of(store_block(store))
    block = channel_block(channel)
    writer = Writer(files.folder, policy_block(policy), span(ledger, case_id))
    people = read_frame(files, "recipients.parquet").set_index("person_id")
    flags = read_frame(files, "people.parquet", ["person_id", "flags", "elements"]).set_index("person_id")
    total = ledger.notice_counts(case_id)["queued"]
    sent = 0
    with ThreadPoolExecutor(SENDERS) as pool:
        for _ in range(MAX_ROUNDS):
            batches = [b for b in (ledger.lease_batch(case_id, block.batch_size) for _ in range(SENDERS)) if b]
            if not batches:
                break
            done = list(pool.map(lambda b: _send(ledger, b, block, _mails(writer, b, people, flags, block)), batches))
            sent += sum(done)
            progress.report("notices sent", sent, total)
            if not any(done):
                raise Unavailable("the mail server takes nothing")
    _refresh(files, ledger, case_id)
    return _totals(dict(ledger.notice_counts(case_id)), files)


def _mails(
    writer: Writer, batch: Batch, people: pd.DataFrame, flags: pd.DataFrame, block: MailChannel
) -> Iterator[smtp.Mail]:
    from leakresponse.documents.notices import render_notice

    for notice in batch.notices:
        person, marks = people.loc[notice.person_id], flags.loc[notice.person_id]
        minor = "minor" in marks["flags"]
        context = writer.context(
            notice.notice_id, notice.jurisdiction, marks["elements"], minor, notice.legal_entity, person["name"] or ""
        )
        rendered = render_notice(context, *writer.rules(notice.jurisdiction, frozenset(marks["elements"])))
        if rendered.variant_hash != notice.variant_hash:
            raise VariantChanged(f"notice {notice.notice_id}: its text is not the approved one")
        address = str(person["email"]) if notice.channel == "email" else block.print_address
        text, html = Redacted(rendered.text), Redacted(rendered.html)
        yield smtp.Mail(notice.notice_id, notice.jurisdiction, Redacted(address), rendered.subject, text, html)


def _send(ledger: Ledger, batch: Batch, block: MailChannel, mails: Iterator[smtp.Mail]) -> int:
    ready = list(mails)
    results: dict[str, NoticeResult] = {}
    try:
        for result in smtp.send(block.host, block.port, block.sender, ready):
            results[result.notice_id] = NoticeResult(_STATE[result.outcome], str(result.code))  # type: ignore[arg-type]
    except Unavailable:
        log.warning("the mail server cannot be reached; the batch goes back to the queue")
        results = {n.notice_id: NoticeResult("queued") for n in batch.notices}
    ledger.settle_batch(batch, results)
    return sum(r.state in ("sent", "undeliverable") for r in results.values())


def _refresh(files: CaseFiles, ledger: Ledger, case_id: str) -> None:
    table = read_frame(files, NOTICES)
    states = {n.notice_id: n.state for n in ledger.notices(case_id)}
    table["status"] = table["notice_id"].map(states).fillna("quarantined")
    write_frame(files, NOTICES, table, "NOTICES")


def _totals(counts: Mapping[Any, int], files: CaseFiles) -> dict[str, int]:
    table = read_frame(files, NOTICES)
    due = table.drop_duplicates(["person_id", "legal_entity"])
    return {
        "due": len(due),
        "sent": counts["sent"],
        "queued_left": counts["queued"] + counts["sending"],
        "queued": counts["queued"] + counts["sending"],
        "undeliverable": counts["undeliverable"],
        "held": counts["held"],
        "unknown": counts["unknown"],
        "quarantined": len(table) - sum(counts.values()),
        "duplicates": len(table) - len(due),
    }
