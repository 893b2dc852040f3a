"""Work for a person: nothing is done here, and where the org shows it, it is seen that it was done."""

from __future__ import annotations

from leakresponse.adapters.salesforce.cuts.block import blocked_labels
from leakresponse.adapters.salesforce.cuts.schedules import Unschedule
from leakresponse.adapters.salesforce.cuts.types import Hands, Proof
from leakresponse.adapters.salesforce.inventory_users import read_factors


def check_human_task(hands: Hands, target: str) -> Proof:
    """Whether a task was done: `block:<app>`, `schedule:<CronTrigger>` and `factors:<user>` show in the org."""
    word, _, rest = target.partition(":")
    if word == "block":
        done = rest in blocked_labels(hands)
        return Proof(done, "a block of this app is listed" if done else "no block of this app is listed")
    if word == "schedule":
        return Unschedule().dead(hands, rest)
    if word == "factors":
        left = [row.kind for row in read_factors(hands.client, [rest]) if not row.factor_id]
        how = f"a person has to say that these are the user's own: {left[0]}" if left else "no such method is left"
        return Proof(not left, how)
    return Proof(False, "no API shows it: a person has to say so")
