"""Scan code: secrets in a folder or a git history, which of them are live, and what to put in their place."""

from __future__ import annotations

from typing import Any

from tasks import code_scan
from tasks.support import playbook


@playbook("scan_code")
def scan_code(
    path: str,
    history: bool = False,
    orgs: list[str] = [],  # noqa: B006 - shown as the default of the form, never changed
    vault: str = "vault",
    allow: str = "",
    compare: bool = True,
) -> dict[str, Any]:
    """Find hard-coded secrets and compare them by fingerprint with the vault and the orgs' apps.

    Args:
        path: The folder or repository, on the machine that runs this.
        history: Read everything that any branch, tag or stash reaches instead of the files as they are.
        orgs: Names of Salesforce org blocks whose apps a consumer secret or refresh token may belong to.
        vault: The AWS vault block whose secrets are compared.
        allow: Path of a file of fingerprints that are left out, one a line. Empty for none.
        compare: Ask the vault and the orgs; without it nothing can be called live.
    """
    in_force = code_scan.standing(vault, orgs) if compare else None
    return code_scan.match(code_scan.scan(path, history), in_force, allow)
