"""A session of our own, born of a key login, ended to see whether such sessions end.

Nothing was found on what deleting an AuthSession row does to a token born of JWT (containment facts: 0). So the word
contained rests on what this very org does today: we log in by key a second time, delete that session's row and use the
token. Only our own session is touched.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from leakresponse.adapters.salesforce.access import login_with_key
from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.core.errors import Refused, SessionRevoked
from leakresponse.core.redact import Redacted
from leakresponse.core.soql.build import equals, select


@dataclass(frozen=True, slots=True)
class Canary:
    """A token whose session row is deleted."""

    client: SalesforceClient = field(repr=False)
    token: Redacted[str]

    def is_dead(self) -> bool:
        """Whether a use of the token is refused now. Raises Refused or Unavailable where that cannot be told."""
        try:
            self.client.wire.call("GET", f"{self.client.base}/limits", self.token.reveal())
        except SessionRevoked:
            return True
        return False


def release_canary(client: SalesforceClient) -> Canary:
    """Log in by key once more and delete that session's row. Raises Refused or Unavailable."""
    token = login_with_key(client.wire, client.access)
    where = equals("SessionType", "Oauth2")
    soql = select("AuthSession", ["Id", "IsCurrent"], where=where, order_by=["CreatedDate DESC"])
    rows = client.wire.call("GET", f"{client.base}/query", token.reveal(), params={"q": soql}).json()["records"]
    own = next((str(row["Id"]) for row in rows if row["IsCurrent"]), "")
    if not own or not client.delete("AuthSession", own):
        raise Refused("the session of our own key login is not listed", "NOT_LISTED")
    return Canary(client, token)
