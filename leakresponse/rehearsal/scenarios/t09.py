"""T09: two days after the last day at work, a session that nobody ended clones a report and exports every customer.

Follows what was published of Cash App Investing (incidents, section 9) and of civil cases about reports that a leaver
took: a report of others cloned and widened, exported, and put back; and a subscription that goes on mailing. Beside it
a manager exports the same report, as every month.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from leakresponse.rehearsal.answer import Answer, Paths, write_answer
from leakresponse.rehearsal.client import OrgClient
from leakresponse.rehearsal.client_pages import CHROME, Browser
from leakresponse.rehearsal.org.report_definitions import Report, save
from leakresponse.rehearsal.org.schema_types import typed
from leakresponse.rehearsal.org.world import World
from leakresponse.rehearsal.population import generate
from leakresponse.rehearsal.scenarios import common
from leakresponse.rehearsal.scenarios.simulation import Simulation, Step

#: Numbers of the staff who left, and who exports every month.
LEAVER, MANAGER = 80, 81
HOME = "73.162.12.9"
#: User's field in which the retailer keeps the last day at work.
LAST_DAY = "Last_Day__c"
AFTER, QUIET = timedelta(days=2), timedelta(minutes=40)
REPORT, COLUMNS = "Customer contacts", ("Contact.Id", "Contact.Name", "Contact.Email", "Contact.Phone")
ADDED = ("Contact.Birthdate", "Contact.MailingStreet", "Contact.MailingPostalCode")
VERSION = "67.0"


def prepare(world: World) -> None:
    """The managers' report, who sees every customer, and the last day of who leaves."""
    names = [common.staff_username(world, number) for number in (LEAVER, MANAGER)]
    common.make_reach(world, "Regional Reach", {"Account": "RV", "Contact": "RV"}, names, ("Contact.SSN__c",))
    common.add_field(world, "User", typed("date", LAST_DAY, "Last Day"))
    last_day = last_act() - AFTER
    with world.store.write() as db:
        save(world, db, Report("", REPORT, "Contact", COLUMNS), world.system_user)
        sql = " ".join(('UPDATE "User" SET', LAST_DAY, "= ? WHERE Username = ?"))
        db.execute(sql, (last_day.date().isoformat(), names[0]))


def last_act() -> datetime:
    """When it is over."""
    return datetime.now(UTC) - QUIET


@dataclass(slots=True)
class Employee:
    """Somebody at a desk. A page in Lightning asks the API with its own session, and so does this browser."""

    connection: Mapping[str, Any]
    username: str
    browser: Browser = field(init=False)
    subscription: str = ""
    clone: str = ""

    def sign_on(self) -> None:
        """In the morning, in the office."""
        self.browser = Browser(self.connection, common.OFFICE, CHROME)
        self.browser.sign_on(self.username)

    def go_home(self) -> None:
        """The same browser, from another network."""
        self.browser.move(HOME)

    def stay(self) -> None:
        """What an open tab asks for by itself: the session goes on living."""
        self._api("GET", "/limits")

    def export(self) -> None:
        """The report as it is."""
        self.browser.export_report(self._report())

    def subscribe(self) -> None:
        """Every week by mail, to an address of one's own."""
        given = {"source": "lightningReportSubscribe", "recordId": self._report(), "name": "Weekly customers",
                 "schedule": {"frequency": "weekly"}, "active": True}  # fmt: skip
        self.subscription = str(self._api("POST", "/analytics/notifications", json=given)["id"])

    def clone_report(self) -> None:
        """A copy in one's own name."""
        given = {"reportMetadata": {"name": f"{REPORT} 2"}}
        made = self._api("POST", f"/analytics/reports?cloneId={self._report()}", json=given)
        self.clone = str(made["reportMetadata"]["id"])

    def widen(self) -> None:
        """Three more columns."""
        self._change((*COLUMNS, *ADDED))

    def take(self) -> None:
        """Every row."""
        self.browser.export_report(self.clone)

    def put_back(self) -> None:
        """The copy looks like the report again."""
        self._change(COLUMNS)

    def get_mail(self) -> None:
        """The week is over, and the org mails."""
        self.browser.receive_mail(self.subscription)

    def work(self) -> None:
        """A page of accounts, as on any day."""
        Browser(self.connection, common.OFFICE, CHROME, self.browser.sid).show_list("Account", 1)

    def _change(self, columns: tuple[str, ...]) -> None:
        given = {"reportMetadata": {"detailColumns": list(columns)}}
        self._api("PATCH", f"/analytics/reports/{self.clone}", json=given)

    def _report(self) -> str:
        found = self._api("GET", "/analytics/reports")
        return next(str(one["id"]) for one in found if one["name"] == REPORT)

    def _api(self, method: str, path: str, **options: Any) -> Any:
        client = OrgClient(self.connection, self.browser.address, CHROME, version=VERSION)
        client.resume(self.browser.sid)
        return client.call(method, path, **options).json()


def act(connection: Mapping[str, Any], state: Path) -> None:
    """Play it on a running org; leave the alert beside the org and the sealed answer below `state`."""
    people, seed = common.size_of(connection, "T09")
    population = generate(people, seed)
    names = [common.staff_username(population, number) for number in (LEAVER, MANAGER)]
    leaver, manager = (Employee(connection, name) for name in names)
    end = last_act()
    Simulation(connection).play([*attack_steps(leaver, end), *innocent_steps(manager, end)])
    words = "Somebody who left two days ago exports every customer from home."
    since = (end - AFTER).replace(hour=23, minute=59, second=0, microsecond=0)
    common.write_alert(state, "T09", words, (since, end), [("user", leaver.username), ("address", HOME)])
    answer = Answer(
        scenario="T09", seed=seed, people=people, app="", usernames=[leaver.username], addresses=[HOME],
        first_act=(end - timedelta(minutes=40)).isoformat(), last_act=end.isoformat(), jobs=[], secrets=[],
        decoys=[
            *common.integrations(connection),
            {"name": "the manager's browser", "credential": "session", "sid": manager.browser.sid},
        ],
        paths=Paths(
            browser_sessions=[{"name": "the leaver's session", "sid": leaver.browser.sid}],
            mailings=[{"username": leaver.username, "subscription": leaver.subscription}],
        ),
        extra={"report": leaver.clone, "columns": [*COLUMNS, *ADDED], "last_day": (end - AFTER).date().isoformat()},
    )  # fmt: skip
    write_answer(state / "answer", answer, leaver.browser.received, population)


def attack_steps(leaver: Employee, end: datetime) -> Iterator[Step]:
    """A subscription of long ago; an ordinary last day; then forty minutes from home."""
    gone = end - AFTER
    yield Step(end - timedelta(days=40), leaver.sign_on)
    yield Step(end - timedelta(days=40, minutes=-3), leaver.subscribe)
    yield Step(gone - timedelta(hours=3), leaver.sign_on)
    yield Step(gone - timedelta(hours=2), leaver.work)
    for hours in range(0, 48, 12):
        yield Step(gone + timedelta(hours=hours), leaver.stay)
    acts = ((40, leaver.go_home), (39, leaver.clone_report), (36, leaver.widen), (34, leaver.take),
            (20, leaver.put_back), (5, leaver.get_mail))  # fmt: skip
    for minutes, one in acts:
        yield Step(end - timedelta(minutes=minutes), one)


def innocent_steps(manager: Employee, end: datetime) -> Iterator[Step]:
    """The first of the month, and the first of this one."""
    for before in (timedelta(days=31), timedelta(hours=2)):
        yield Step(end - before, manager.sign_on)
        yield Step(end - before + timedelta(minutes=4), manager.export)
