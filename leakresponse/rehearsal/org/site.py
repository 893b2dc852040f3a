"""The public site's first page, and its form for new members.

Self-registration runs in the site's own code, without the guest profile's rights to objects (Salesforce Help,
"Self-Registration"); here it makes nothing and only answers as a site does that takes members.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

from leakresponse.rehearsal.org import events_pages
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import bad_request
from leakresponse.rehearsal.org.guests import guest_of
from leakresponse.rehearsal.org.pages import HTML, Page
from leakresponse.rehearsal.org.world import World


def site_id(world: World) -> str:
    """The id of the public site, empty in an org without one."""
    row = world.store.one("SELECT Id FROM Site WHERE Status = 'Active' LIMIT 1")
    return str(row["Id"]) if row else ""


def home(call: Call) -> Answer:
    """`/s/`: the site's first page."""
    answer = Answer(media=HTML, content=b"<!doctype html><title>Help center</title><h1>Help center</h1>")
    events_pages.site_page(call, answer, site_id(call.world), "/s/", guest=not call.caller.session_id)
    return answer


def register(call: Call) -> Answer:
    """`/s/login/SelfRegister`: the form; a POST with an e-mail address goes on to the page that says to read mail."""
    form = dict(parse_qsl(call.body.decode("utf-8", "replace")))
    answer = Answer(media=HTML, content=_FORM)
    if call.method == "POST":
        if "@" not in form.get("email", ""):
            raise bad_request("INVALID_EMAIL_ADDRESS", "Enter a valid email address")
        answer = Answer(302, headers={"Location": "/s/login/CheckPasswordResetEmail"}, media=HTML)
    guest = not call.caller.session_id
    events_pages.site_page(call, answer, site_id(call.world), "/s/login/SelfRegister", guest=guest)
    return answer


_FORM = b'<!doctype html><title>Join</title><form method="post"><input name="email"><button>Join</button></form>'
PAGES = (
    Page("/s", home, "the public site", "", guest=guest_of),
    Page("/s/login/SelfRegister", register, "the form for new members", "400", ("GET", "POST"), guest_of),
)
