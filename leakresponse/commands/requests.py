"""`leak-response requests import`: privacy requests of a file, put into a case."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from leakresponse.core.errors import BadInput
from leakresponse.services.home import use_server


def import_requests(path: Path, case_id: str, store: str) -> dict[str, Any]:
    """A CSV, or one mail as `.eml`: `new, read, rejected[[row, why]]`. Raises BadInput with one line."""
    try:
        content = path.read_bytes()
    except OSError:
        raise BadInput(f"requests: cannot read {path}") from None
    use_server()
    from tasks.subject_requests import take_in
    from tasks.support import ledger_of, store_block

    if ledger_of(store_block(store)).case(case_id) is None:
        raise BadInput(f"no case {case_id!r}")
    return take_in(case_id, content, path.suffix.lower() == ".eml", store)
