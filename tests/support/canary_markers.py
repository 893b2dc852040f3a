"""The markers of one rehearsal: everything of its simulated org that is personal or secret, and what was planted."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.canary import Markers

_TEXT_COLUMNS = (
    ("Case", "Description"),
    ("Case", "Comments"),
    ("Case_History__c", "Note__c"),
    ("Contact", "Description"),
)
_IN_TEXT = re.compile(r"\b\d{3}-\d{2}-\d{4}\b|\b(?:\d[ -]?){13,19}\b|(?<!\S)(?=\S*\d)(?=\S*[A-Za-z])[^\s@]{20,}")


def markers_of(rehearsal: Path, noted: Path) -> Markers:
    """Read the org as it stands after the run. `noted` is what the run itself was made to note (one JSON a line)."""
    markers = Markers()
    connection = sqlite3.connect(f"file:{rehearsal / 'org/org.sqlite'}?mode=ro", uri=True)
    try:
        _people(markers, connection)
        _texts(markers, connection)
        markers.add("delete token", _column(connection, "OauthToken", "DeleteToken"))
        markers.add("consumer secret", _column(connection, "sim_app", "consumer_secret"))
    finally:
        connection.close()
    _credentials(markers, rehearsal)
    for line in noted.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry["kind"] == "private key":
            markers.add_key(entry["value"])
        else:
            markers.add(entry["kind"], [entry["value"]])
    return markers


def _people(markers: Markers, db: sqlite3.Connection) -> None:
    for table in ("Contact", "Lead", "Case", "Account", "Order", "User", "Loyalty_Member__c", "Case_History__c"):
        names = {row[1] for row in db.execute(f'PRAGMA table_info("{table}")')}
        for column in sorted(names):
            values = list(_column(db, table, column))
            if re.search(r"Email|Username", column) and not column.startswith(("Is", "Has")):
                markers.add("e-mail address", [v for v in values if "@" in str(v)])
            elif re.search(r"Phone|Fax", column):
                markers.add_numbers("phone number", values)
            elif re.search(r"Street$", column):
                markers.add("street", [v for v in values if len(str(v)) >= 12])
            elif re.search(r"SSN", column):
                markers.add_numbers("social security number", values)
            elif re.search(r"License", column):
                markers.add("driver's license", values)
    programs = set(_column(db, "ConnectedApplication", "Name"))  # an integration's user is called as its app is
    for table, column in (("Contact", "Name"), ("Lead", "Name"), ("User", "Name"), ("Case", "SuppliedName")):
        people = [v for v in _column(db, table, column) if len(str(v)) >= 10 and " " in str(v)]
        markers.add("name", [v for v in people if v not in programs])


def _texts(markers: Markers, db: sqlite3.Connection) -> None:
    """Free text: its beginning, and every number and secret in it."""
    for table, column in _TEXT_COLUMNS:
        for text in _column(db, table, column):
            if len(text) >= 40:
                markers.add("free text", [text[:40]])
            for part in _IN_TEXT.findall(text):
                (markers.add_numbers if re.fullmatch(r"[\d -]+", part) else markers.add)("value in free text", [part])


def _column(db: sqlite3.Connection, table: str, column: str) -> Iterator[Any]:
    for (value,) in db.execute(f'SELECT DISTINCT "{column}" FROM "{table}"'):
        if value:
            yield value


def _credentials(markers: Markers, rehearsal: Path) -> None:
    for pem in (rehearsal / "org").rglob("*.pem"):
        if "PRIVATE" in pem.read_text(encoding="utf-8"):
            markers.add_key(pem.read_text(encoding="utf-8"))
    tokens = json.loads((rehearsal / "org/keys/refresh_tokens.json").read_text(encoding="utf-8"))
    markers.add("refresh token", [token for users in tokens.values() for token in users.values()])
    answer = json.loads((rehearsal / "org/answer/answer.json").read_text(encoding="utf-8"))["paths"]
    markers.add("session id", answer["access_tokens"])
    markers.add("refresh token", [one["token"] for one in answer["refresh_tokens"]])
    markers.add("consumer secret", [one["consumer_secret"] for one in answer["refresh_tokens"]])
    for one in answer["keys"]:
        markers.add_key(one["private_key_pem"])
    for line in (rehearsal / "doubles/vault.recording").read_text(encoding="utf-8").splitlines():
        for name, value in _vault_values(json.loads(line)):
            if "PRIVATE KEY" in value:
                markers.add_key(value)
            elif name in _VAULT_SECRETS:
                markers.add(f"vault: {name}", [value])
            elif re.fullmatch(r"[A-Za-z0-9+/]{43}=", value):
                markers.add("case key", [value, base64.b64decode(value).hex()])


#: Fields of secrets in the vault whose values are secret whatever they look like.
_VAULT_SECRETS = frozenset(
    {"consumer_secret", "refresh_token", "password", "security_token", "key", "secret_access_key"}
)


def _vault_values(call: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What was stored in the AWS double by one recorded call, by its names."""
    body = call.get("body") or ""
    text = base64.b64decode(body).decode() if call.get("body_encoded") else str(body)
    stored = json.loads(text).get("SecretString") if text.startswith("{") else None
    yield from ((name, str(value)) for name, value in json.loads(stored).items()) if stored else ()
