"""The page at `/`: says in plain words what this is."""

from __future__ import annotations

from html import escape

from leakresponse.rehearsal.org.world import World

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Simulated Salesforce org</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 17px/1.55 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1.2rem; color: #1b2733 }}
h1 {{ font-size: 1.7rem; line-height: 1.2 }} code, pre {{ font-size: .92em; background: #f2f4f7; border-radius: 4px }}
code {{ padding: .1em .3em }} pre {{ padding: .8em 1em; overflow-x: auto }} .note {{ color: #5a6b7b }}
</style></head><body>
<h1>This is a simulation, not Salesforce</h1>
<p>A program on this machine pretends to be the Salesforce org of <b>{name}</b>, a retailer that does not exist. Every
person in it is made up. It answers the API calls that real clients make, writes the logs that Salesforce would write,
and is used to rehearse what to do when customer data leaks.</p>
<p>Its state is in the folder <code>{state}</code>. The file <code>connection.json</code> there tells how to log in as
the responder, and as each of the retailer's integrations. Programs that use https have to trust <code>{ca}</code>.</p>
<h2>Connect with the Salesforce CLI</h2>
<pre>sf org login jwt --username USERNAME --client-id CONSUMER_KEY \\
   --jwt-key-file PRIVATE_KEY_FILE --instance-url {url}</pre>
<p class="note">Org {org_id}. Its clock says {now}. Nothing here belongs to, or is endorsed by, Salesforce.</p>
</body></html>
"""


def page(world: World) -> str:
    """The page as HTML."""
    plain = next((url for url in world.urls if url.startswith("http://")), "")
    shown = {
        "name": world.org_name, "state": world.state.name, "ca": "tls/ca.pem", "url": plain, "org_id": world.org_id,
        "now": world.clock.now().strftime("%Y-%m-%d %H:%M:%S UTC"),
    }  # fmt: skip
    return _PAGE.format(**{key: escape(value) for key, value in shown.items()})
