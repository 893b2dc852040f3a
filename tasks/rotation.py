"""Steps of credential rotation: the engine of `leakresponse.rotation` with each of its steps as a task of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from prefect.artifacts import create_table_artifact

from blocks import RotationEndpoint
from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.cuts import CannotGiveBack, Hands
from leakresponse.adapters.salesforce.oauth_tokens import fingerprint
from leakresponse.core.errors import BadInput, LeakResponseError, Refused, code_of
from leakresponse.core.redact import HiddenDict
from leakresponse.core.soql.build import equals, isin, select
from leakresponse.ledger import ActionRecord, Ledger
from leakresponse.rotation import inventory as inventories
from leakresponse.rotation import plan as plans
from leakresponse.rotation import rotate as engine
from leakresponse.rotation import steps
from leakresponse.rotation.born import end_born
from leakresponse.rotation.consumers import pick_up
from leakresponse.rotation.inventory import Inventory
from leakresponse.rotation.journal import LedgerJournal
from leakresponse.rotation.kinds import kind_named
from leakresponse.rotation.rotate import Run, Steps
from leakresponse.rotation.types import Mode, RotationContext, Rules, SecretEntry
from tasks.giving_back import give_back_cut, open_cuts, take_again
from tasks.support import ledger_of, load_block, log, org_block, policy_block, step, store_block, vault_block

if TYPE_CHECKING:
    from leakresponse.adapters.cloudtrail import Read, SecretReads
    from leakresponse.adapters.webhook import SignedHook

#: Cuts that keep out the new credential too. Everything else that was taken stays taken.
_IN_THE_WAY = ("remove_grant", "block_app", "disable_eca", "freeze_user")

STEPS = Steps(
    create=step("createSecret")(steps.create_secret),
    set=step("setSecret")(steps.set_secret),
    test=step("testSecret")(steps.test_secret),
    finish=step("finishSecret")(steps.finish_secret),
    end_old=step("end the old credential")(steps.end_old),
    prove_old=step("prove the old credential refused")(steps.prove_old),
    undo=step("take a rotation back")(steps.undo),
    end_born=step("end what was born of the old credential")(end_born),
)


@dataclass(slots=True)
class Rotator:
    """The open hands of one rotation. `home` is the org that the case is about."""

    case_id: str
    context: RotationContext = field(repr=False)
    ledger: Ledger = field(repr=False)
    clients: Mapping[str, SalesforceClient] = field(repr=False)
    home: str
    org_tag: str
    reads: SecretReads | None = field(repr=False, default=None)

    @property
    def parallel(self) -> int:
        """So many secrets at a time."""
        return self.context.rules.parallel


@step("open the way to orgs and vault")
def prepare(case_id: str, orgs: Sequence[str], vault: str, store: str, policy: str, mode: Mode) -> Rotator:
    """Log in to every org and the vault; the first org is the one that the case is about."""
    block, ledger = vault_block(vault), ledger_of(store_block(store))
    clients: dict[str, SalesforceClient] = {}
    for name in orgs:
        client = org_block(name).client()
        clients[str(next(client.query(select("Organization", ["Id"])))["Id"])] = client

    def client_of(org_id: str) -> SalesforceClient:
        if org_id not in clients:
            raise BadInput("this secret belongs to an org that no block was named for")
        return clients[org_id]

    endpoints = policy_block(policy).rotation_endpoints

    def hook_of(service: str) -> SignedHook | None:
        return load_block(RotationEndpoint, endpoints[service]).hook() if endpoints.get(service) else None

    context = RotationContext(block.secrets(), client_of, LedgerJournal(ledger, case_id), _rules(policy, mode))
    context.hook_of, context.aws_keys = hook_of, block.aws_keys
    return Rotator(case_id, context, ledger, clients, next(iter(clients)), block.org_tag, block.reads())


def _rules(policy: str, mode: Mode) -> Rules:
    """The part of the policy that rotates credentials."""
    block = policy_block(policy)
    return Rules(
        mode=mode,
        key_bits=block.key_bits,
        certificate_days=block.certificate_days,
        parallel=block.parallel,
        proof_seconds=block.rotation_proof_seconds,
        pick_up_seconds=block.pick_up_seconds,
        person_seconds=block.person_seconds,
    )


@step("take the inventory of credentials")
def inventory(rotator: Rotator) -> Inventory:
    """Every secret that opens one of the orgs, and those that nobody may read, by name."""
    marks = engine.each(list(rotator.clients.values()), rotator.parallel, inventories.marks_of)
    found = inventories.take_inventory(rotator.context, marks, rotator.org_tag)
    unread = [{"name": one.name, "code": one.code} for one in found.unread]
    rows = [_row(one) for one in found.entries]
    rotator.ledger.note(rotator.case_id, "rotation_inventory", {"secrets": rows, "unread": unread})
    words = f"Secrets that open the orgs: {len(rows)} of {found.listed}; not to be read: {len(unread)}"
    create_table_artifact(table=[*rows, *unread], key="credentials", description=words)
    return found


def _row(entry: SecretEntry) -> dict[str, Any]:
    """One secret for readers: who answers for it, who reads it, how old it is; neither its value nor its user."""
    days = {name: at.date().isoformat() if at else "" for name, at in _moments(entry).items()}
    shown = {"name": entry.name, "kind": entry.kind, "org": entry.org_id, "app": entry.app, "owner": entry.owner}
    return {**shown, "consumers": " ".join(entry.consumers), **days, "found_by": entry.found_by}


def _moments(entry: SecretEntry) -> dict[str, datetime | None]:
    return {"last_rotated": entry.last_rotated, "last_read": entry.last_accessed}


@step("choose the credentials to rotate")
def choose(
    rotator: Rotator, found: Inventory, apps: Collection[str], user_ids: Sequence[str], names: Collection[str]
) -> list[SecretEntry]:
    """Those of the attacked apps or users, and those that are named, in the order in which they are begun.

    Raises BadInput for a name that is not in the inventory.
    """
    missing = set(names) - {one.name for one in found.entries}
    if missing:
        raise BadInput(f"{len(missing)} of the named secrets are not in the inventory of these orgs")
    client = rotator.clients[rotator.home]
    users = client.query(select("User", ["Username"], where=isin("Id", user_ids))) if user_ids else ()
    chosen = plans.choose(found.entries, apps, {user["Username"] for user in users}, names)
    planned = plans.plan(chosen, rotator.context.rules.mode)
    orders = [{"name": one.entry.name, "order": one.order, "outage": one.outage} for one in planned]
    rotator.ledger.note(rotator.case_id, "rotation_plan", {"secrets": orders})
    return [one.entry for one in planned]


def first_pass(rotator: Rotator, chosen: Sequence[SecretEntry]) -> list[Run]:
    """As far as nobody has to be asked or waited for; so many secrets side by side as the policy allows."""
    return engine.each(chosen, rotator.parallel, lambda entry: engine.first_pass(rotator.context, entry, STEPS))


@step("wait for people")
def await_people(rotator: Rotator, runs: Sequence[Run]) -> list[Run]:
    """Take those up again that wait for a person, until they go on or the policy's time is over; say what is wanted."""
    rules, left, told = rotator.context.rules, rotator.context.rules.person_seconds, set[str]()
    found = list(runs)
    while any(run.person_needed for run in found):
        for run in found:
            if run.person_needed and run.person_needed not in told:
                told.add(run.person_needed)
                rotator.ledger.note(
                    rotator.case_id, "person_needed", {"secret": run.entry.name, "what": run.person_needed}
                )
        if left <= 0:
            break
        pause = min(rules.person_poll_seconds, left)
        rotator.context.sleep(pause)
        left -= pause
        found = [engine.first_pass(rotator.context, r.entry, STEPS) if r.person_needed else r for r in found]
    return found


def second_pass(rotator: Rotator, runs: Sequence[Run]) -> None:
    """From the approval, or from the pick-up, to the end. An old one that works again is shut out again."""
    engine.each(runs, rotator.parallel, lambda run: engine.second_pass(rotator.context, run, STEPS))
    for run in runs:
        if run.error == engine.OLD_WORKS and run.given_back:
            shut_again(rotator, run)
    see_pick_up(rotator, runs)


def roll_back(rotator: Rotator, runs: Sequence[Run]) -> None:
    """The way back of those that wait for it."""
    wanted = [run for run in runs if run.undo_wanted]
    engine.each(wanted, rotator.parallel, lambda run: engine.roll_back(rotator.context, run, STEPS))


def going_on(runs: Iterable[Run]) -> dict[str, str]:
    """Secrets whose old credential is refused, by name with the refusal's code: what an approver sees."""
    return {run.entry.name: run.refusal for run in runs if not run.stopped}


def to_undo(runs: Iterable[Run]) -> dict[str, str]:
    """Secrets whose new credential is refused, by name with the code: what an approver sees."""
    return {run.entry.name: run.error for run in runs if run.undo_wanted}


def outcomes(rotator: Rotator, runs: Iterable[Run]) -> list[dict[str, Any]]:
    """What became of each, for the case's facts: names, codes, times and counts."""
    return [asdict(engine.outcome_of(rotator.context, run)) for run in runs]


def all_good(runs: Iterable[Run], rotator: Rotator) -> bool:
    """Whether each is proven from both sides, but for those that wait for a person."""
    return all(run.person_needed or engine.outcome_of(rotator.context, run).good for run in runs)


@step("give back what the new credentials need")
def give_back(rotator: Rotator, runs: Sequence[Run]) -> int:
    """Undo the cuts that stood in for the old credentials: of their apps and users, and of no others.

    Only where every chosen secret of that app or user has its old credential refused. A user who is reached by other
    means too stays frozen until `recover`.
    """
    held_up = {(run.entry.org_id, part) for run in runs if run.stopped for part in (run.entry.app, run.entry.username)}
    taken = open_cuts(rotator.ledger, rotator.case_id)
    for run in runs:
        entry = run.entry
        blocked = {(entry.org_id, entry.app), (entry.org_id, entry.username)} & held_up
        if run.stopped or blocked or entry.org_id != rotator.home:
            continue
        for cut in _in_the_way(rotator, entry, taken):
            _one_back(rotator, run, cut)
    return sum(run.given_back for run in runs)


def _one_back(rotator: Rotator, run: Run, cut: ActionRecord) -> None:
    try:
        give_back_cut(rotator.ledger, rotator.case_id, _hands(rotator, run.entry), cut)
    except (CannotGiveBack, Refused) as problem:
        log.warning("a cut could not be given back: %s", code_of(problem))
        return
    run.given_back += 1
    began = cut.finished_at.isoformat() if cut.finished_at else ""
    run.outage_from = min(filter(None, (began, run.outage_from)), default="")


@step("shut out what works again")
def shut_again(rotator: Rotator, run: Run) -> None:
    """Make the cuts again that were given back for a credential whose old value works after all."""
    given = {one.key.removeprefix("give_back:") for one in rotator.ledger.actions(rotator.case_id)}
    cuts = [one for one in rotator.ledger.actions(rotator.case_id) if one.key in given and one.kind in _IN_THE_WAY]
    for cut in _in_the_way(rotator, run.entry, cuts):
        take_again(rotator.ledger, rotator.case_id, _hands(rotator, run.entry), cut)


def _in_the_way(rotator: Rotator, entry: SecretEntry, cuts: Iterable[ActionRecord]) -> list[ActionRecord]:
    """Those cuts that are of the entry's app or user. Two apps of one name are told apart by nobody: none is given."""
    client = rotator.clients[rotator.home]
    items = list(
        client.query(select("AppMenuItem", ["Name", "ApplicationId"], where=equals("Label", entry.app)))
        if entry.app
        else ()
    )
    app, name = (str(items[0]["ApplicationId"]), str(items[0]["Name"])) if len(items) == 1 else ("", "")
    handle = fingerprint(rotator.context.vault.read(entry.name).get("consumer_key", ""))
    login = _login_of(client, entry.username)
    mine = {"remove_grant": app, "disable_eca": name, "block_app": handle, "freeze_user": login}

    def about(cut: ActionRecord) -> str:
        return str((cut.inverse or {}).get("SetupEntityId", "")) if cut.kind == "remove_grant" else cut.target

    return [one for one in cuts if one.kind in _IN_THE_WAY and mine[one.kind] and about(one) == mine[one.kind]]


def _login_of(client: SalesforceClient, username: str) -> str:
    """The id of the row that freezes a user, empty where there is none."""
    if not username:
        return ""
    users = list(client.query(select("User", ["Id"], where=equals("Username", username))))
    logins = client.query(select("UserLogin", ["Id"], where=equals("UserId", users[0]["Id"]))) if users else ()
    return next((str(row["Id"]) for row in logins), "")


def _hands(rotator: Rotator, entry: SecretEntry) -> Hands:
    return Hands(rotator.context.client_of(entry.org_id), {})


@step("wait for the services to pick the new ones up")
def await_pick_up(rotator: Rotator, runs: Sequence[Run]) -> int:
    """Wait until every service of an overlapping kind was seen on the new version, or the policy's time is over.

    The answer is how many secrets were still waited for then.
    """
    rules, sleep = rotator.context.rules, rotator.context.sleep
    waiting = [run for run in runs if not run.stopped and kind_named(run.entry.kind).overlap]
    left = rules.pick_up_seconds
    while waiting and left > 0:
        see_pick_up(rotator, waiting)
        waiting = [run for run in waiting if not run.consumers.seen]
        pause = min(rules.pick_up_poll_seconds, left)
        if waiting:
            sleep(pause)
        left -= pause
    return len(waiting)


def see_pick_up(rotator: Rotator, runs: Sequence[Run]) -> None:
    """Note for each finished secret which services are not known to be on the new version."""
    finished = [run for run in runs if run.finished_at]
    reads = _reads(rotator, finished)

    def see(run: Run) -> None:
        since = datetime.fromisoformat(run.finished_at)
        arn = rotator.context.vault.describe(run.entry.name).arn if reads is not None else ""
        run.consumers = pick_up(rotator.context, run.entry, since, reads, arn)

    engine.each(finished, rotator.parallel, see)


def _reads(rotator: Rotator, runs: Sequence[Run]) -> list[Read] | None:
    """One look at CloudTrail for all; None where there is none to look at."""
    if rotator.reads is None or not runs:
        return None
    try:
        return rotator.reads.since(datetime.fromisoformat(min(run.finished_at for run in runs)))
    except LeakResponseError as problem:
        log.warning("CloudTrail does not tell who read the secrets: %s", code_of(problem))
        return None


def stock_vault(vault: str, secrets: Iterable[tuple[str, dict[str, str], dict[str, str]]]) -> None:
    """Put integration key pairs into a rehearsal's vault, as the retailer keeps them; existing ones are left alone."""
    client = vault_block(vault).secrets()
    for name, value, tags in secrets:
        client.create(name, HiddenDict(value), tags)


def current_key(vault: str, name: str) -> str:
    """The private key that a consumer of this secret would read now."""
    return vault_block(vault).secrets().read(name)["private_key_pem"]
