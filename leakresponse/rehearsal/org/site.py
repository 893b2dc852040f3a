"""The public site: its first page, and who its visitors are."""

from __future__ import annotations

from leakresponse.rehearsal.org import events_pages
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.identity import Caller
from leakresponse.rehearsal.org.pages import HTML, Page
from leakresponse.rehearsal.org.world import World


def site_id(world: World) -> str:
    """The id of the public site, empty in an org without one."""
    row = world.store.one("SELECT Id FROM Site WHERE Status = 'Active' LIMIT 1")
    return str(row["Id"]) if row else ""


def guest_of(world: World) -> Caller | None:
    """Visitors of the public site act as its guest user, without a session; None where no site is up."""
    row = world.store.one("SELECT Id, GuestUserId FROM Site WHERE Status = 'Active' LIMIT 1")
    if row is None or not row["GuestUserId"]:
        return None
    sql = 'SELECT Username, IsActive FROM "User" WHERE Id = ?'
    user = world.store.one(sql, row["GuestUserId"])
    if user is None or not user["IsActive"]:
        return None
    return Caller(row["GuestUserId"], user["Username"], "", "", "", "", "", "")


def home(call: Call) -> Answer:
    """`/s/`: the site's first page."""
    answer = Answer(media=HTML, content=b"<!doctype html><title>Help center</title><h1>Help center</h1>")
    events_pages.site_page(call, answer, site_id(call.world), "/s/", guest=not call.caller.session_id)
    return answer


PAGES = (Page("/s", home, "the public site", "", guest=guest_of),)
