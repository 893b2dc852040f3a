"""Whether sessions born of a key login end in this org: seen on a session of our own, never assumed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from leakresponse.adapters.salesforce.canary import release_canary
from leakresponse.core.containment import KEY_SESSION, Path
from leakresponse.core.errors import LeakResponseError
from tasks.containment_hands import Cutter
from tasks.support import log


def release(cutter: Cutter, paths: Iterable[Path]) -> None:
    """Let the canary go once, where one of the ways in needs it."""
    needed = any(path.rests_on == KEY_SESSION for path in paths)
    if not needed or cutter.canary is not None or KEY_SESSION in cutter.trial.proven:
        return
    try:
        cutter.canary = release_canary(cutter.client)
    except LeakResponseError as error:
        log.warning("a key session of our own could not be tried: %s", type(error).__name__)


def ask_canary(cutter: Cutter) -> None:
    """Whether it has ended; known once, it is known for this run."""
    if cutter.canary is None or KEY_SESSION in cutter.trial.proven:
        return
    try:
        dead = cutter.canary.is_dead()
    except LeakResponseError as error:
        log.warning("our own key session could not be tried: %s", type(error).__name__)
        return
    if dead:
        today = datetime.now(UTC).date().isoformat()
        cutter.trial = cutter.trial.with_proven(KEY_SESSION, today)
        cutter.ledger.note(cutter.case_id, "key_session_ended", {"observation": KEY_SESSION, "day": today})
