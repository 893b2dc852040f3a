"""A session with one org: SOQL and records through simple-salesforce, everything else over the same wire.

Our own 401 policy (simple-salesforce 1.12 recurses on a persistent 401, measured): log in again twice, then raise
SessionRevoked. One client may be shared by threads; each gets its own simple-salesforce object.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError, SalesforceExpiredSession

from leakresponse.adapters.salesforce.access import OrgAccess, login_with_key, refresh_login
from leakresponse.adapters.salesforce.http import ATTEMPTS, LOST, Wire, error_code, is_busy_code, pause_seconds
from leakresponse.core.errors import Refused, SessionRevoked, Unavailable
from leakresponse.core.redact import Redacted
from leakresponse.core.soql.build import equals, select
from leakresponse.core.types import FieldInfo, ObjectInfo

T = TypeVar("T")
#: Logins after a dead session, for one call.
RENEWALS = 2


class SalesforceClient:
    """The responder's own access to one org."""

    def __init__(self, access: OrgAccess) -> None:
        self.access = access
        self.wire = Wire(access.ca_file)
        self._lock = threading.Lock()
        self._token: Redacted[str] | None = None
        self._local = threading.local()

    @property
    def base(self) -> str:
        """The root of the versioned REST API."""
        return f"{self.access.instance_url.rstrip('/')}/services/data/v{self.access.api_version}"

    @property
    def token(self) -> str:
        """The responder's access token, logged in on first use."""
        with self._lock:
            if self._token is None:
                self._token = login_with_key(self.wire, self.access)
            return self._token.reveal()

    def call(self, method: str, path: str, **options: Any) -> Any:
        """One REST call below `base` (or an absolute path); the answer is a `requests.Response`."""
        root = self.access.instance_url.rstrip("/") if path.startswith("/services/") else self.base
        return self._with_session(lambda: self.wire.call(method, root + path, self.token, **options))

    def call_v1(self, method: str, path: str, **options: Any) -> Any:
        """One call of the older bulk API below `/services/async/XX.0`, which takes the session in its own header."""
        url = f"{self.access.instance_url.rstrip('/')}/services/async/{self.access.api_version}{path}"
        given = options.pop("headers", {})

        def once() -> Any:
            headers = {**given, "X-SFDC-Session": self.token}
            return self.wire.call(method, url, self.token, headers=headers, **options)

        return self._with_session(once)

    def call_soap(self, path: str, envelope: Callable[[str], bytes], headers: Mapping[str, str]) -> Any:
        """One SOAP call that changes nothing; `envelope` makes the body around the session id."""
        url = self.access.instance_url.rstrip("/") + path

        def once() -> Any:
            token = self.token
            return self.wire.call("POST", url, token, repeatable=True, headers=dict(headers), data=envelope(token))

        return self._with_session(once)

    def query(self, soql: str) -> Iterator[dict[str, Any]]:
        """All rows of a REST query, page by page, without the `attributes` entry."""
        page: dict[str, Any] = self._sf(lambda sf: sf.query(soql))
        while True:
            for row in page["records"]:
                row.pop("attributes", None)
                yield row
            if page.get("done", True):
                return
            locator = page["nextRecordsUrl"]
            page = self._more(locator)

    def _more(self, locator: str) -> dict[str, Any]:
        return self._sf(lambda sf: sf.query_more(locator, identifier_is_url=True))

    def count(self, soql: str) -> int:
        """`totalSize` of a COUNT() query."""
        return int(self._sf(lambda sf: sf.query(soql))["totalSize"])

    def update(self, sobject: str, record_id: str, values: Mapping[str, Any]) -> None:
        """PATCH one record. Setting a value twice harms nothing, so a lost connection is tried again."""
        self.call("PATCH", f"/sobjects/{sobject}/{record_id}", json=dict(values), repeatable=True)

    def create(self, sobject: str, values: Mapping[str, Any], repeatable: bool = False) -> str:
        """POST one record; the answer is its id. `repeatable` says that a second one is refused, or harms nothing."""
        made = self.call("POST", f"/sobjects/{sobject}", json=dict(values), repeatable=repeatable).json()
        if not made.get("id"):
            raise Refused("the org names no record that it made", "NO_ID")
        return str(made["id"])

    def delete(self, sobject: str, record_id: str, repeatable: bool = True) -> bool:
        """DELETE one record; False where it was already gone (children go with a parent session).

        `repeatable=False` where it matters who deleted it: a lost connection is OutcomeUnknown then.
        """
        try:
            self.call("DELETE", f"/sobjects/{sobject}/{record_id}", repeatable=repeatable)
        except Refused as refused:
            if refused.code in {"NOT_FOUND", "ENTITY_IS_DELETED"}:
                return False
            raise
        return True

    def exists(self, sobject: str, record_id: str) -> bool:
        """Whether a record can still be read by its id."""
        try:
            self.call("GET", f"/sobjects/{sobject}/{record_id}")
        except Refused as refused:
            if refused.code in {"NOT_FOUND", "ENTITY_IS_DELETED"}:
                return False
            raise
        return True

    def describe(self, sobject: str) -> ObjectInfo:
        """An object's fields; classification is added by `classified` where the org keeps one."""
        body = self.call("GET", f"/sobjects/{quote(sobject)}/describe").json()
        fields = {
            f["name"]: FieldInfo(
                name=f["name"],
                label=f.get("label") or f["name"],
                type=f.get("type", "string"),
                reference_to=tuple(f.get("referenceTo") or ()),
                relationship_name=f.get("relationshipName") or "",
            )
            for f in body["fields"]
        }
        return ObjectInfo(body["name"], body.get("keyPrefix") or "", fields)

    def object_names(self) -> list[str]:
        """Every object of the org that can be queried."""
        body = self.call("GET", "/sobjects").json()
        return [one["name"] for one in body["sobjects"] if one.get("queryable", True)]

    def children(self, sobject: str) -> dict[str, str]:
        """Child relationship name to child object."""
        body = self.call("GET", f"/sobjects/{quote(sobject)}/describe").json()
        found = body.get("childRelationships") or []
        return {one["relationshipName"]: one["childSObject"] for one in found if one.get("relationshipName")}

    def classified(self, info: ObjectInfo) -> ObjectInfo:
        """Add Salesforce's own data classification (FieldDefinition; a filter on the entity is required)."""
        where = equals("EntityDefinition.QualifiedApiName", info.name)
        soql = select("FieldDefinition", ["QualifiedApiName", "SecurityClassification", "ComplianceGroup"], where=where)
        fields = dict(info.fields)
        for row in self.query(soql):
            known = fields.get(row["QualifiedApiName"])
            groups = tuple((row.get("ComplianceGroup") or "").replace(",", ";").split(";"))
            if known:
                groups = tuple(g.strip() for g in groups if g.strip())
                fields[known.name] = replace(known, compliance=groups, security=row.get("SecurityClassification") or "")
        return replace(info, fields=fields)

    def revoke(self, token: Redacted[str]) -> bool:
        """Revoke an access, refresh or DeleteToken by form POST (a query string would be logged).

        False where it was already dead: a second revoke answers 400 (`oauth_revoking_tokens`).
        """
        url = f"{self.access.instance_url.rstrip('/')}/services/oauth2/revoke"
        answer = self.wire.form(url, {"token": token.reveal()})
        if answer.status_code == 200:
            return True
        code = error_code(answer)
        if answer.status_code == 400 and code in {"invalid_token", "unsupported_token_type"}:
            return False
        raise Unavailable(f"revoke: {code}") if answer.status_code >= 500 else Refused("revoke refused", code)

    def try_key_login(self, consumer_key: str, username: str, private_key: Redacted[str]) -> str:
        """Attempt a JWT login as somebody else, as proof. Empty where it worked, else the refusal's code."""
        other = replace(self.access, consumer_key=consumer_key, username=username, private_key=private_key)
        try:
            login_with_key(self.wire, other)
        except Refused as refused:
            return refused.code or "refused"
        return ""

    def try_refresh(self, consumer_key: str, secret: Redacted[str], refresh_token: Redacted[str]) -> str:
        """Attempt a refresh-token login, as proof. Empty where it worked, else the refusal's code."""
        try:
            refresh_login(self.wire, self.access, consumer_key, secret, refresh_token)
        except Refused as refused:
            return refused.code or "refused"
        return ""

    def _sf(self, act: Callable[[Salesforce], T]) -> T:
        return self._with_session(lambda: self._translated(act))

    def _translated(self, act: Callable[[Salesforce], T]) -> T:
        """What `act` reads, asked again while the org is busy or the connection is lost; nothing is written by it."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return act(self._simple())
            except SalesforceExpiredSession:
                raise SessionRevoked("the session is dead", "INVALID_SESSION_ID") from None
            except SalesforceError as error:
                code = _code(error)
                if not is_busy_code(error.status, code):
                    raise Refused(f"refused: {code}", code) from None
            except LOST:
                code = "no answer"
            if attempt < ATTEMPTS:
                time.sleep(pause_seconds(attempt))
        raise Unavailable(f"busy: {code}")

    def _simple(self) -> Salesforce:
        token = self.token
        cached: tuple[str, Salesforce] | None = getattr(self._local, "simple", None)
        if cached and cached[0] == token:
            return cached[1]
        simple = Salesforce(
            instance=urlsplit(self.access.instance_url).netloc,
            session_id=token,
            session=self.wire.session,
            version=self.access.api_version,
        )
        self._local.simple = (token, simple)
        return simple

    def _with_session(self, act: Callable[[], T]) -> T:
        """Log in again where the session is dead, at most RENEWALS times: it may die under one of several threads."""
        for _ in range(RENEWALS):
            used = self.token
            try:
                return act()
            except SessionRevoked:
                with self._lock:
                    if self._token is not None and self._token.reveal() == used:
                        self._token = None
        return act()


def _code(error: SalesforceError) -> str:
    """The vendor's errorCode; the exception's own text stays behind, because it quotes the query."""
    content: Any = error.content
    first = content[0] if isinstance(content, list) and content else None
    return str(first["errorCode"]) if isinstance(first, dict) and "errorCode" in first else f"HTTP_{error.status}"
