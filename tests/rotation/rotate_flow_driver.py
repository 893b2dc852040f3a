"""The flow `rotate` in a Prefect of its own: `python rotate_flow_driver.py FOLDER`. Prints one JSON document.

One case is rotated as planned, over two orgs; a second one meets a certificate that lets nobody in. The logs of the
runs go to stderr, where the test looks for values of secrets.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from leakresponse.adapters.processes import Children
from leakresponse.rehearsal import stage
from leakresponse.services.local import own_prefect


def main() -> None:
    """Everything, and the answer."""
    folder = Path(sys.argv[1])
    with own_prefect(folder / "prefect", folder / "logs"), Children(folder / "logs") as children:
        state = folder / "org"
        children.start("org", ["leakresponse.rehearsal.org.main", "--port", "0", "--people", "200", "--seed", "1",
                               "--state", str(state), "--orgs", "production,outlet"])  # fmt: skip
        connection = stage.await_org(children, state)
        beside = json.loads((state / "orgs" / "outlet" / "connection.json").read_text(encoding="utf-8"))
        stage.start_doubles(children, folder / "doubles")
        vault_url, mail_port = stage.await_doubles(children, folder / "doubles")
        print(json.dumps(play(folder, connection, beside, vault_url, mail_port)))


def play(
    folder: Path, connection: dict[str, Any], beside: dict[str, Any], vault_url: str, mail_port: int
) -> dict[str, Any]:
    from blocks import ResponsePolicy, SalesforceOrg
    from blocks.simulated import BlockNames, save_simulated
    from flows.rotate import NotRotated, rotate
    from leakresponse.core.redact import HiddenDict
    from leakresponse.ledger import open_ledger
    from leakresponse.rotation.kinds import jwt_key_pair
    from tasks.rotation import stock_vault
    from tasks.support import vault_block

    names = BlockNames("main", "vault", "cases", "policy", "mail")
    url = f"sqlite:///{folder / 'ledger.sqlite'}"
    save_simulated(
        names, connection, vault_url, mail_port, folder / "mail.jsonl", folder / "cases", url, single_case=False
    )
    SalesforceOrg.from_connection(beside).save("beside", overwrite=True)
    ResponsePolicy(auto_approve=True, pick_up_seconds=0, rotation_proof_seconds=1, key_bits=2048).save(
        "policy", overwrite=True
    )
    there = [(f"outlet/{name}", value, tags) for name, value, tags in stage.integration_secrets(beside)]
    stock_vault("vault", [*stage.integration_secrets(connection), *there])
    portal = next(one for one in connection["integrations"] if one["app"] == "Returns Portal")
    pair = {part: portal[part] for part in ("app", "consumer_key", "consumer_secret", "username")}
    vault = vault_block("vault").secrets()
    vault.create("portal", HiddenDict(pair), {})
    vault._client.create_secret(Name="unreadable", SecretBinary=b"\x00")
    ledger = open_ledger(url)
    asked = {"org": "main", "vault": "vault", "store": "cases", "policy": "policy", "mode": "planned"}

    def case(alert: str) -> str:
        case_id = ledger.open_case(alert, b"{}", {}).case_id
        ledger.begin_phase(case_id, "contain")
        ledger.finish_phase(case_id, "contain", {"apps": ["Order Sync"], "user_ids": []})
        return case_id

    first = case("alert-1")
    rotate(case_id=first, secrets=["portal"], other_orgs=["beside"], **asked)
    before = {info.name: vault.read(info.name) for info in vault.listed() if info.name != "unreadable"}
    real = jwt_key_pair.make_key_pair
    jwt_key_pair.make_key_pair = lambda *given: replace(real(*given), certificate_pem=real("x").certificate_pem)
    second, failed = case("alert-2"), ""
    try:
        rotate(case_id=second, **asked)
    except NotRotated as error:
        failed = type(error).__name__
    after = {info.name: vault.read(info.name) for info in vault.listed() if info.name != "unreadable"}
    (folder / "values.json").write_text(json.dumps([list(value.values()) for value in (*before.values(),)]))
    return {
        "first": dict(ledger.phase_facts(first, "rotate") or {}), "second": dict(_facts(ledger, second)),
        "inventory": next(dict(one.body) for one in ledger.timeline(first) if one.kind == "rotation_inventory"),
        "failed": failed, "same": before == after, "holds": [ledger.broken_link(one) for one in (first, second)],
    }  # fmt: skip


def _facts(ledger: Any, case_id: str) -> dict[str, Any]:
    """The facts of the phase, which failed."""
    return dict(next(one.facts for one in ledger.phases(case_id) if one.phase == "rotate"))


if __name__ == "__main__":
    main()
