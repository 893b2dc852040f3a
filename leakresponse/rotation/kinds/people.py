"""What only a person can do, said so that it can be done: who, where, what, and where the new value goes.

The new value goes into the vault as AWSPENDING, by the person's own hands. It is never typed into a form of ours: the
orchestrator keeps what is typed into its forms in its database, readable by all who may read that.
"""

from __future__ import annotations

from dataclasses import dataclass

from leakresponse.core.errors import Refused
from leakresponse.core.redact import HiddenDict
from leakresponse.rotation.types import PersonNeeded, RotationContext, SecretEntry, Value

_NO_VALUE = "ResourceNotFoundException"
#: Pages of Setup, below the org's address.
CONNECTED_APPS = "/lightning/setup/NavigationMenus/home"
USERS = "/lightning/setup/ManageUsers/home"


@dataclass(frozen=True, slots=True)
class PersonTask:
    """`who` is a role, never a name. `needs` are the fields of the value that the person stores, none for a deed."""

    code: str
    who: str
    what: str
    link: str
    needs: tuple[str, ...]

    def ask(self, entry: SecretEntry) -> PersonNeeded:
        """To be raised; its text holds names of fields and of the secret, no value."""
        place = f" ({self.link})" if self.link else ""
        store = f"; then store {', '.join(self.needs)} as AWSPENDING" if self.needs else ""
        return PersonNeeded(f"{self.who}: {self.what}{place}{store}; the secret is {entry.name}", self.code)


def from_person(context: RotationContext, entry: SecretEntry, current: Value, task: PersonTask) -> Value:
    """The value that a person has stored as AWSPENDING, over what stays as it is. Raises PersonNeeded until then."""
    pending = pending_value(context, entry)
    given = {name: pending.get(name, "") for name in task.needs}
    if not all(given.values()) or all(current.get(name) == value for name, value in given.items()):
        raise task.ask(entry)
    return HiddenDict({**current, **pending})


def pending_value(context: RotationContext, entry: SecretEntry) -> Value:
    """What AWSPENDING holds; empty where there is none."""
    try:
        return context.vault.read(entry.name, stage="AWSPENDING")
    except Refused as refused:
        if refused.code != _NO_VALUE:
            raise
        return HiddenDict()


def setup_link(context: RotationContext, entry: SecretEntry, page: str) -> str:
    """The address of a page of Setup in the secret's org."""
    return context.client_of(entry.org_id).access.instance_url.rstrip("/") + page
