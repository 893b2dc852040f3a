"""On a bad day: whatever is claimed dead is dead, and in the end everything is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.cuts import CUTS, Hands, prove_many
from leakresponse.adapters.salesforce.oauth_tokens import fingerprint
from leakresponse.core.containment import ActionKind
from leakresponse.core.errors import LeakResponseError
from leakresponse.core.redact import Redacted
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.store import put
from tests.support.org_faults import order
from tests.support.served_org import Served

ROUNDS = 6
BAD_DAY = [
    {"match": {"path": "/services/*"}, "fault": {"kind": "503", "retry_after": 0}, "share": 0.1},
    {"match": {"path": "/services/*"}, "fault": "reset", "share": 0.1},
    {"match": {"path": "/services/data/*"}, "fault": "lock_row", "share": 0.1},
]


def _made(org: Served) -> tuple[dict[str, str], list[str]]:
    """Fresh tokens by handle, and fresh sessions."""
    secrets = {fingerprint(f"bad-{number}"): f"bad-{number}" for number in range(10)}
    sessions = [new_id("0Ak") for _ in range(10)]
    now = org.world.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    with org.world.store.write() as db:
        for secret in secrets.values():
            put(db, "OauthToken", {"AppName": "Bad", "CreatedDate": now, "DeleteToken": secret, "UserId": "005"})
            put(db, "sim_refresh", {"token": f"t-{secret}", "delete_token": secret, "app_id": "x", "user_id": "005"})
        for one in sessions:
            put(db, "AuthSession", {
                "Id": one, "UsersId": "005", "SessionType": "UI", "CreatedDate": now, "LastModifiedDate": now,
                "NumSecondsValid": 7200, "ParentId": one,
            })  # fmt: skip
    return secrets, sessions


def _act(hands: Hands, kind: ActionKind, target: str) -> None:
    try:
        CUTS[kind].act(hands, target)
    except LeakResponseError:
        return


def test_no_claim_is_wrong_and_all_is_dead_in_the_end(org: Served, client: SalesforceClient) -> None:
    secrets, sessions = _made(org)
    hands = Hands(client, {handle: Redacted(secret) for handle, secret in secrets.items()})
    wanted: dict[ActionKind, list[str]] = {"revoke_token": list(secrets), "delete_session": sessions}
    order(org, *BAD_DAY)
    for _ in range(ROUNDS):
        for kind, targets in wanted.items():
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(partial(_act, hands, kind), targets))
            proofs = prove_many(CUTS[kind], hands, targets, 4)
            alive = {fingerprint(row["DeleteToken"]) for row in org.world.store.all("SELECT * FROM OauthToken")}
            alive |= {row["Id"] for row in org.world.store.all("SELECT Id FROM AuthSession")}
            assert not {one for one, proof in proofs.items() if proof.dead} & alive
            wanted[kind] = [one for one, proof in proofs.items() if not proof.dead]
        if not any(wanted.values()):
            return
    raise AssertionError("not everything died")
