"""A browser, with a session or as a guest of the public site; every record that its pages showed is remembered."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from html import unescape
from typing import Any

import pandas as pd
import requests

from leakresponse.rehearsal.client import TIMEOUT, Denied, Received

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36"
SITE_AURA = "/s/sfsites/aura"
_LISTS = "serviceComponent://ui.force.components.controllers.lists.selectableListDataProvider"
CONFIG = "serviceComponent://ui.force.components.controllers.hostConfig.HostConfigController/ACTION$getConfigData"
ITEMS = f"{_LISTS}.SelectableListDataProviderController/ACTION$getItems"
RECORD = "serviceComponent://ui.force.components.controllers.detail.DetailController/ACTION$getRecord"
GRAPHQL = "aura://RecordUiController/ACTION$executeGraphQL"
_ROW = re.compile(r'<tr data-record-id="(\w+)">(.*?)</tr>', re.DOTALL)
_CELL, _HEAD = re.compile(r"<td>(.*?)</td>", re.DOTALL), re.compile(r"<th>(.*?)</th>")


class Browser:
    """One browser at one address. `sid` is its session cookie, empty for guests."""

    def __init__(self, connection: Mapping[str, Any], address: str, agent: str = CHROME, sid: str = "") -> None:
        self._base = str(connection["instance_url"]).rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = connection.get("ca_file") or True
        self._session.headers.update({"User-Agent": agent, "X-Forwarded-For": address})
        self._tables = Received()
        self._records: dict[tuple[str, tuple[str, ...]], dict[str, Mapping[str, Any]]] = {}
        self._views: dict[str, dict[str, Mapping[str, Any]]] = {}
        self.sid = sid

    @property
    def address(self) -> str:
        """Where it is now."""
        return str(self._session.headers["X-Forwarded-For"])

    @property
    def received(self) -> Received:
        """Every record that came, each once for the fields it came with: scrapers read the same again and again."""
        whole = Received({name: list(frames) for name, frames in self._tables.frames.items()})
        for (name, _), rows in self._records.items():
            whole.add(name, pd.DataFrame(list(rows.values())))
        for name, views in self._views.items():
            whole.add(name, pd.DataFrame(list(views.values())))
        return whole

    def seen(self, name: str) -> list[str]:
        """Ids of an object whose records came by Aura, in the order in which they came."""
        found = (record for (one, _), rows in self._records.items() if one == name for record in rows)
        return list(dict.fromkeys(found))

    def move(self, address: str, agent: str = "") -> None:
        """Go on from another address."""
        self._session.headers["X-Forwarded-For"] = address
        self._session.headers["User-Agent"] = agent or self._session.headers["User-Agent"]

    def simulate(self, path: str, **given: Any) -> dict[str, Any]:
        """An act that only the simulated org offers, such as a sign-on. Raises Denied."""
        answer = self._session.post(f"{self._base}/simulation/{path}", json=given, timeout=TIMEOUT)
        if answer.status_code >= 400:
            raise Denied(answer.status_code, str(answer.json().get("error") or "unknown"))
        found: dict[str, Any] = answer.json()
        return found

    def sign_on(self, username: str, **more: str) -> str:
        """Let in by the identity provider; the answer is the session."""
        self.sid = str(self.simulate("login", username=username, **more)["sid"])
        return self.sid

    def open_child(self) -> str:
        """A second session below this one, by the front door."""
        answer = self.get("/secur/frontdoor.jsp", params={"sid": self.sid}, follow=False)
        return str(answer.cookies["sid"])

    def get(self, path: str, follow: bool = True, **options: Any) -> requests.Response:
        """A page. Raises Denied where the org sends us to its login page or refuses."""
        return self._checked("GET", path, follow, **options)

    def post(self, path: str, follow: bool = True, **options: Any) -> requests.Response:
        """The same for a form."""
        return self._checked("POST", path, follow, **options)

    def _checked(self, method: str, path: str, follow: bool, **options: Any) -> requests.Response:
        cookies = {"sid": self.sid} if self.sid else {}
        answer = self._session.request(
            method, self._base + path, cookies=cookies, timeout=TIMEOUT, allow_redirects=False, **options
        )
        if answer.status_code >= 400:
            raise Denied(answer.status_code, "page refused")
        if follow and answer.status_code == 302 and "ec=302" in answer.headers.get("Location", ""):
            raise Denied(302, "sent to the login page")
        return answer

    def show_list(self, name: str, pages: int) -> int:
        """Page through a list view; the answer is how many rows it showed."""
        shown = 0
        for number in range(1, pages + 1):
            rows = _table(self.get(f"/lightning/o/{name}/list", params={"filterName": "All", "page": number}).text)
            if rows.empty:
                break
            self._tables.add(name, rows)
            shown += len(rows)
        return shown

    def export_report(self, report_id: str) -> int:
        """Look at a report, then export its rows; columns are `Object.Field`. The answer is the number of rows."""
        self.get(f"/lightning/r/Report/{report_id}/view")
        answer = self.get(f"/{report_id}", params={"export": "1", "enc": "UTF-8", "xf": "csv"})
        return self._keep_csv(answer.content)

    def receive_mail(self, subscription: str) -> int:
        """What a subscription sends when its time comes; the answer is the number of rows. Raises Denied."""
        return self._keep_csv(str(self.simulate("mailing", subscription=subscription)["csv"]).encode())

    def _keep_csv(self, content: bytes) -> int:
        frame = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False)
        name = str(frame.columns[0]).partition(".")[0]
        self._tables.add(name, frame.rename(columns=lambda one: str(one).partition(".")[2]))
        return len(frame)

    def view_record(self, name: str, record_id: str) -> None:
        """Open a record's page and read every field on it; empty ones are not told apart. Raises Denied."""
        page = self.get(f"/lightning/r/{name}/{record_id}/view").text
        cells = [[unescape(cell) for cell in _CELL.findall(row)] for _, row in _ROW.findall(page)]
        self._views.setdefault(name, {})[record_id] = {"Id": record_id, **dict(cells)}

    def aura(self, *actions: tuple[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
        """One Aura request of the public site; the answer is each action's outcome. Raises Denied."""
        listed = [{"id": f"{n};a", "descriptor": name, "params": given} for n, (name, given) in enumerate(actions, 1)]
        form = {
            "message": json.dumps({"actions": listed}), "aura.context": '{"mode":"PROD","fwuid":"x"}',
            "aura.token": "null",
        }  # fmt: skip
        found: list[dict[str, Any]] = self.post(SITE_AURA, data=form).json()["actions"]
        return found

    def items(self, name: str, page: int, size: int, sort: str = "") -> int:
        """One page of an object's list as a guest; the answer is its rows. Raises Denied where it is out of reach."""
        given = {"entityNameOrId": name, "pageSize": size, "currentPage": page, "sortBy": sort}
        return self._keep(name, [one["record"] for one in self._value(ITEMS, given)["result"]])

    def record(self, name: str, record_id: str) -> int:
        """One record as a guest. Raises Denied."""
        return self._keep(name, [self._value(RECORD, {"recordId": record_id})["record"]])

    def graphql(self, name: str, fields: Sequence[str], first: int = 200) -> int:
        """Every page of an object by GraphQL as a guest; the answer is its rows. Raises Denied."""
        rows, after = 0, ""
        while True:
            page = self._value(GRAPHQL, {"queryInput": _query(name, fields, first, after)})
            found = page["data"]["uiapi"]["query"][name]
            nodes = [one["node"] for one in found["edges"]]
            rows += self._keep(name, [{key: _plain(value) for key, value in one.items()} for one in nodes])
            after = found["pageInfo"]["endCursor"] or ""
            if not found["pageInfo"]["hasNextPage"]:
                return rows

    def _value(self, action: str, given: Mapping[str, Any]) -> dict[str, Any]:
        outcome = self.aura((action, given))[0]
        if outcome["state"] != "SUCCESS":
            raise Denied(200, str(outcome["error"][0].get("exceptionType", "ERROR")))
        found: dict[str, Any] = outcome["returnValue"]
        return found

    def _keep(self, name: str, rows: Sequence[Mapping[str, Any]]) -> int:
        for row in rows:
            plain = {k: v for k, v in row.items() if k != "sobjectType" and not isinstance(v, Mapping)}
            self._records.setdefault((name, tuple(sorted(plain))), {})[str(plain["Id"])] = plain
        return len(rows)


def _table(html: str) -> pd.DataFrame:
    """The rows of a list page, the record's id first."""
    names = ["Id", *map(unescape, _HEAD.findall(html))]
    rows = [[record, *map(unescape, _CELL.findall(cells))] for record, cells in _ROW.findall(html)]
    return pd.DataFrame(rows, columns=names)


def _query(name: str, fields: Sequence[str], first: int, after: str) -> dict[str, Any]:
    shown = " ".join(f"{field} {{ value }}" for field in fields)
    text = (
        f"query all($after: String) {{ uiapi {{ query {{ {name}(first: {first}, after: $after) "
        f"{{ edges {{ node {{ Id {shown} }} }} pageInfo {{ hasNextPage endCursor }} }} }} }} }}"
    )
    return {"operationName": "all", "query": text, "variables": {"after": after or None}}


def _plain(value: Any) -> Any:
    return value.get("value") if isinstance(value, Mapping) else value
