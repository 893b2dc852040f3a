"""Log in as another user: what an administrator of Salesforce may do where the org lets administrators.

Leaves LoginAs, in which USER_ID is the user taken over and DELEGATED_USER the administrator (LoginAs event type).
"""

from __future__ import annotations

from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.rehearsal.org import events_pages
from leakresponse.rehearsal.org.browser import open_below
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import bad_request, no_access, not_found
from leakresponse.rehearsal.org.identity import permissions, user_by_id
from leakresponse.rehearsal.org.pages import HTML, Page


def log_in_as(call: Call) -> Answer:
    """`/servlet/servlet.su?suorgadminid={user}`: a browser session of that user, below the administrator's.

    Raises 403 without Manage Users and Modify All Data, 404 for an unknown user, 400 for an inactive one.
    """
    if not {"ManageUsers", "ModifyAllData"} <= permissions(call.world, call.caller.user_id):
        raise no_access("You do not have the permission to log in as another user")
    given = call.query.get("suorgadminid", "")
    user = user_by_id(call.world, to18(given)) if is_record_id(given) else None
    if user is None:
        raise not_found()
    if user["IsFrozen"] or not user["IsActive"]:
        raise bad_request("INVALID_OPERATION", "The user is inactive or frozen")
    token = open_below(call.world, call.caller, user["Id"], call.client.address)
    cookie = f"sid={token}; Path=/; HttpOnly; SameSite=Lax"
    answer = Answer(302, headers={"Location": "/lightning/page/home", "Set-Cookie": cookie}, media=HTML)
    events_pages.login_as(call, answer, user)
    return answer


PAGES = (Page("/servlet/servlet.su", log_in_as, "`suorgadminid`: a session as another user", "403"),)
