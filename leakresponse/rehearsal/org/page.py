"""The page at `/`: says in plain words what this is, how to connect, and which orgs there are."""

from __future__ import annotations

from html import escape

from leakresponse.rehearsal.org import cast
from leakresponse.rehearsal.org.world import World

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Simulated Salesforce org</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; --ink: #1b2733; --soft: #5a6b7b; --pane: #f2f4f7; --line: #d9dfe6; --on: #fff }}
@media (prefers-color-scheme: dark) {{
:root {{ --ink: #e6ebf0; --soft: #9fb0c0; --pane: #1d2733; --line: #33414f; --on: #121a22 }} }}
* {{ box-sizing: border-box }}
body {{ font: 17px/1.55 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 2.5rem 1.2rem;
color: var(--ink); background: var(--on) }}
h1 {{ font-size: 1.8rem; line-height: 1.2; margin: 0 0 1rem }} h2 {{ font-size: 1.2rem; margin: 2rem 0 .6rem }}
code, pre {{ font-size: .88em; background: var(--pane); border-radius: 4px }} code {{ padding: .1em .3em;
overflow-wrap: anywhere }} pre {{ padding: .9em 1em; white-space: pre-wrap;
overflow-wrap: anywhere }}
.table {{ overflow-x: auto }} table {{ border-collapse: collapse; width: 100%; font-size: .92em }}
th, td {{ text-align: left; padding: .45em .8em .45em 0; border-bottom: 1px solid var(--line); vertical-align: top }}
a {{ color: inherit }} .note {{ color: var(--soft); font-size: .92em }}
</style></head><body>
<h1>This is a simulation, not Salesforce</h1>
<p>A program on this machine pretends to be the Salesforce org of <b>{name}</b>, a retailer that does not exist. Every
person in it is made up. It answers the API calls that real clients make, writes the logs that Salesforce would write,
and is used to rehearse what to do when customer data leaks.</p>
<h2>Connect with the Salesforce CLI</h2>
<p>Run these in the folder <code>{state}</code>, where the keys lie:</p>
<pre>sf org login jwt --username {username} \\
  --client-id {consumer_key} \\
  --jwt-key-file keys/{key_file} \\
  --instance-url {url} --alias {alias}
sf data query --target-org {alias} --query "SELECT Id, Name FROM Account LIMIT 5"</pre>
{sandbox}
<p>The file <code>connection.json</code> there tells how to log in as each of the retailer's integrations as well.
Programs that use https have to trust <code>tls/ca.pem</code> of the main org.</p>
<h2>Orgs of this process</h2>
<div class="table"><table><tr><th>org</th><th>id</th><th>address</th></tr>{orgs}</table></div>
<p class="note">This is org {org_id}. Its clock says {now}. Nothing here belongs to, or is endorsed by, Salesforce.</p>
</body></html>
"""
_SANDBOX = """<p>Make a sandbox of it, an org of its own with the same setup and keys:</p>
<pre>sf org create sandbox --name dev --license-type Developer --target-org {alias} \\
  --wait 2 --poll-interval 15 --no-prompt</pre>"""


def page(world: World) -> str:
    """The page as HTML."""
    shown = {
        "name": world.org_name, "state": world.state.name, "url": _plain(world), "org_id": world.org_id,
        "username": world.username(cast.RESPONDER), "alias": world.name, "key_file": _key_file(),
        "consumer_key": str(world.store.fact("consumer_key", "")),
        "now": world.clock.now().strftime("%Y-%m-%d %H:%M:%S UTC"),
    }  # fmt: skip
    safe = {key: escape(value) for key, value in shown.items()}
    sandbox = "" if world.sandbox else _SANDBOX.format(alias=safe["alias"])
    return _PAGE.format(**safe, sandbox=sandbox, orgs="".join(_row(one) for one in _every(world)))


def _every(world: World) -> list[World]:
    return list(world.orgs.worlds.values()) if world.orgs else [world]


def _row(world: World) -> str:
    url = escape(_plain(world))
    about = f"{escape(world.name)}<br><span class=note>{escape(world.org_name)}</span>"
    link = f'<a href="{url}">{url}</a>'
    return f"<tr><td>{about}</td><td><code>{escape(world.org_id)}</code></td><td>{link}</td></tr>"


def _key_file() -> str:
    return f"{cast.developer_name(cast.RESPONDER_APP)}.pem"


def _plain(world: World) -> str:
    return next((url for url in world.urls if url.startswith("http://")), "")
