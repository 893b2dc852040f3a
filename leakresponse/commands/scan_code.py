"""`leak-response scan-code`: hard-coded secrets of a folder or a git history, and which of them are live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from leakresponse.services.home import use_server


def scan_code(
    path: Path, history: bool, orgs: list[str], vault: str, allow: Path | None, compare: bool
) -> dict[str, Any]:
    """Run the flow here on the Prefect server of the blocks; without comparing, neither is needed."""
    allow_file = str(allow.resolve()) if allow else ""
    if not compare:
        from leakresponse.adapters.code_scan import scan_folder, scan_history
        from tasks.code_scan import matched

        found = (scan_history if history else scan_folder)(path)
        return matched(found, None, allow_file)
    use_server()
    from flows.scan_code import scan_code as flow

    return flow(path=str(path.resolve()), history=history, orgs=orgs, vault=vault, allow=allow_file)


def lines_of(report: dict[str, Any]) -> list[str]:
    """The report for a person: one line for each secret and one for each place."""
    said = []
    for one in report["findings"]:
        match = f"{one['secret']} ({one['stage']})" if one["secret"] else ", ".join(one["beside_apps"])
        where = f", known as {match}" if match else ""
        said.append(f"{'LIVE' if one['live'] else 'found'}  {one['kind']} {one['fingerprint']}{where}")
        for place in one["places"]:
            gone = f", taken out by {place['removed_in'][:12]}" if place["removed_in"] else ""
            since = f" since {place['first_commit'][:12]}" if place["first_commit"] else ""
            said.append(f"        {place['path']}:{place['line']}{since}{gone}")
        if one["replace_with"]:
            said.append(f"        put in its place: {one['replace_with']}")
    skipped = ", ".join(
        f"{report[kind]} {kind}" for kind in ("binary", "large", "unreadable", "missing") if report[kind]
    )
    counts = f"{report['texts']} texts read" + (f"; not read: {skipped}" if skipped else "")
    notes = ["the clone is shallow: older commits were not there to read"] if report["shallow"] else []
    notes += [] if report["compared"] else ["nothing was compared: whether a secret is live is not known"]
    notes += (
        [f"secrets of the vault that could not be read: {len(report['vault_unread'])}"]
        if report["vault_unread"]
        else []
    )
    return [*said, counts, f"{len(report['findings'])} secrets, {report['live']} of them live", *notes]
