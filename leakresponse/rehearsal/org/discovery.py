"""What an org says about itself: versions and resources (REST guide, pages of these names)."""

from __future__ import annotations

from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import ApiRefused, not_found
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.world import World

FIRST_VERSION, LAST_VERSION = 50, 67
#: REST versions 21 to 30 are retired and answer 410.
_RETIRED = range(21, 31)
_SEASONS = ("Winter", "Spring", "Summer")
DAILY_CALLS = 1_000_000
_RESOURCES = (
    "tooling", "metadata", "composite", "query", "queryAll", "jobs", "limits", "sobjects", "search",
    "parameterizedSearch", "recent",
)  # fmt: skip


def versions() -> list[dict[str, str]]:
    """`GET /services/data`, in ascending order: clients take the last one."""
    return [
        {"label": _label(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(FIRST_VERSION, LAST_VERSION + 1)
    ]


def _label(number: int) -> str:
    """v67 is Summer '26; three releases a year, Winter first and named for the year to come."""
    steps = number - 65
    return f"{_SEASONS[steps % 3]} '{26 + steps // 3}"


def checked_version(text: str) -> str:
    """The version of an address. Raises 410 for a retired one, 404 for one that does not exist."""
    number, _, minor = text.partition(".")
    known = number.isdigit() and minor == "0"
    if known and FIRST_VERSION <= int(number) <= LAST_VERSION:
        return text
    if known and int(number) in _RETIRED:
        raise ApiRefused(410, "UNSUPPORTED_API_VERSION", "This version of the API is retired")
    raise not_found()


def resources(call: Call) -> Answer:
    """`GET /services/data/vXX`."""
    listed = {name: f"{call.root}/{name}" for name in _RESOURCES}
    identity = f"{call.base_url}/id/{call.world.org_id}/{call.caller.user_id}"
    return Answer(body={**listed, "identity": identity})


def usage_header(world: World) -> str:
    """`Sforce-Limit-Info` in its bare form, which every client takes."""
    return f"api-usage={min(world.calls, DAILY_CALLS)}/{DAILY_CALLS}"


ROUTES = (Endpoint("", resources, "the resources of a version", "401 `INVALID_SESSION_ID`"),)
