"""What a code scan found and where, and what is known of it: fingerprints only, from end to end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

#: Kinds that belong to the app whose consumer key lies beside them; where the vault does not know the value, a living
#: app makes them live until somebody shows otherwise.
_OF_AN_APP = frozenset({"salesforce_consumer_secret", "salesforce_refresh_token"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a secret lies or lay. Commits are ids, times Unix seconds; empty and 0 in a plain folder.

    `last_commit` is the last one that held it here; `removed_in` the one that took it away, empty while some branch or
    tag still has it.
    """

    path: str
    line: int
    first_commit: str = ""
    first_at: int = 0
    last_commit: str = ""
    last_at: int = 0
    removed_in: str = ""


@dataclass(frozen=True, slots=True)
class CodeSecret:
    """One secret of the code: kind, fingerprint, its places, and the consumer keys (by fingerprint) in those files."""

    kind: str
    fingerprint: str
    places: tuple[Place, ...]
    beside_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeScan:
    """A whole scan. `texts` were read; binary, large, unreadable and missing ones were not, and are counted."""

    root: str
    history: bool
    found: tuple[CodeSecret, ...]
    texts: int = 0
    commits: int = 0
    binary: int = 0
    large: int = 0
    unreadable: int = 0
    missing: int = 0
    shallow: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """A value that the vault holds, by fingerprint. `stage` is AWSCURRENT, AWSPREVIOUS or AWSPENDING."""

    fingerprint: str
    secret: str
    arn: str
    json_key: str
    stage: str
    app: str = ""
    consumers: tuple[str, ...] = ()
    username: str = ""

    @property
    def live(self) -> bool:
        """A pending value may work already; a previous one should not any more, and proving that is rotation's job."""
        return self.stage != "AWSPREVIOUS"

    @property
    def reference(self) -> str:
        """What code should hold instead of the value."""
        return f"{self.arn or self.secret}#{self.json_key}"


def report_of(
    scan: CodeScan, known: Iterable[Known], apps: Mapping[str, str], allowed: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """The scan as plain data, each secret with what is known of it, live ones first; allowed fingerprints left out.

    `apps` maps fingerprints of consumer keys of apps that the org has now to the apps' names.
    """
    by_mark: dict[str, list[Known]] = {}
    for one in known:
        by_mark.setdefault(one.fingerprint, []).append(one)
    shown = [one for one in scan.found if one.fingerprint not in allowed]
    rows = [_row(one, by_mark.get(one.fingerprint, []), apps) for one in shown]
    rows.sort(key=lambda row: (not row["live"], row["kind"], row["fingerprint"]))
    counts = {k: v for k, v in asdict(scan).items() if k != "found"}
    return {
        **counts,
        "allowed": len(scan.found) - len(shown),
        "live": sum(row["live"] for row in rows),
        "findings": rows,
    }


def _row(one: CodeSecret, known: list[Known], apps: Mapping[str, str]) -> dict[str, Any]:
    match = min(known, key=lambda k: (not k.live, k.stage, k.secret, k.json_key), default=None)
    live_apps = sorted({apps[key] for key in one.beside_keys if key in apps})
    by_app = not match and bool(live_apps) and one.kind in _OF_AN_APP
    return {
        "kind": one.kind,
        "fingerprint": one.fingerprint,
        "live": by_app or bool(match and match.live),
        "stage": match.stage if match else "",
        "secret": match.secret if match else "",
        "app": match.app if match else "",
        "username": match.username if match else "",
        "beside_apps": live_apps,
        "consumers": list(match.consumers) if match else [],
        "replace_with": match.reference if match else "",
        "places": [asdict(place) for place in one.places],
    }


def words_of(
    report: Mapping[str, Any], looked: Mapping[str, Any], rotated: Mapping[str, Any], rest: Mapping[str, Any]
) -> list[str]:
    """A code leak in Markdown, from the report and the facts of its phases."""
    lines = ["# Credentials that lay open in code", "", looked.get("words", ""), ""]
    for one in (row for row in report["findings"] if row["live"]):
        lines.append(f"- {one['kind'].replace('_', ' ')} `{one['fingerprint']}` of {one['app'] or 'an unknown app'}")
        for place in one["places"]:
            gone = f", taken out by {place['removed_in'][:12]}" if place["removed_in"] else ", still there"
            lines.append(f"  - {place['path']}:{place['line']}, since {place['first_commit'][:12] or 'unknown'}{gone}")
        lines.append(f"  - read by: {', '.join(one['consumers']) or 'nobody is named'}")
        lines.append(f"  - put in its place: `{one['replace_with'] or 'a secret of the vault, once it is there'}`")
    lines += ["", f"Logins seen: {looked.get('logins', 0)}, of them {looked.get('odd_logins', 0)} from rare networks:"]
    lines += [f"- {one['network']}: {one['logins']}" for one in looked.get("networks", ()) if one["odd"]]
    lines += ["", "## Rotation", ""]
    for one in rotated.get("secrets", ()):
        dead = f"the old one is refused ({one['refusal']})" if one["old_refused"] else "the old one is NOT proven dead"
        lines.append(f"- {one['name']}: {dead}; the new one {'works' if one['new_works'] else 'does NOT work'}")
    lines += ["", "## Left to do", ""]
    lines += [f"- {one['kind'].replace('_', ' ')} of {one['secret'] or 'no secret of the vault'} is still in force: "
              "renew it" for one in rest.get("still_in_force", ())]  # fmt: skip
    return [*lines, ""]
