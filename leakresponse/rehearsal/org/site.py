"""The public site's first page."""

from __future__ import annotations

from leakresponse.rehearsal.org import events_pages
from leakresponse.rehearsal.org.calls import Answer, Call
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


PAGES = (Page("/s", home, "the public site", "", guest=guest_of),)
