"""Making an org: keys, cast, people, thirty days of ordinary logs. An existing state is used as it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakresponse.rehearsal.org import cast
from leakresponse.rehearsal.org.brands import BRANDS, PRODUCTION, Brand, making
from leakresponse.rehearsal.org.build_cast import Made, make_cast
from leakresponse.rehearsal.org.bulk import BulkRunner, resume
from leakresponse.rehearsal.org.certs import make_tls, write_private
from leakresponse.rehearsal.org.clock import Clock
from leakresponse.rehearsal.org.cursors import Cursors
from leakresponse.rehearsal.org.ids import numbered_id
from leakresponse.rehearsal.org.logs import Logbook
from leakresponse.rehearsal.org.retention import ORDINARY, EventSettings, LogOptions, keep_settings
from leakresponse.rehearsal.org.store import Store, put, put_all
from leakresponse.rehearsal.org.world import SYSTEM_USER_NUMBER, Reading, World
from leakresponse.rehearsal.traffic_cast import Cast

if TYPE_CHECKING:
    import pandas as pd

DAYS = 30
#: Rows turned into Python values at a time: millions of people must not all be in memory twice.
CHUNK_ROWS = 50_000
STORE, CONNECTION, SECRETS = "org.sqlite", "connection.json", "keys/refresh_tokens.json"
_OURS = ("logs", "bulk", "keys", "tls", "answer", "orgs")
#: Facts of the store: what was built, how far a scenario has come, who the org is, whether it tracks its sources.
BUILT, ACTING, ACTED, IDENTITY, TRACKED = "built", "acting", "acted", "org", "tracked"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an org is, kept in its store."""

    brand: str
    sandbox: str
    org_id: str
    is_sandbox: bool
    system_user: str


@dataclass(frozen=True, slots=True)
class Sources:
    """Where people, in blocks, and past traffic come from; tests give small ones."""

    people: Callable[[int, int], Iterable[Mapping[str, pd.DataFrame]]]
    logs: Callable[[Cast, int, datetime], Iterable[tuple[str, pd.DataFrame]]]
    events: Callable[[Cast, int, datetime], Mapping[str, pd.DataFrame]]


def rehearsal_sources(log_rows: int | None = None, reading: Reading = "attacker") -> Sources:
    """The generators of rehearsals; `log_rows` is about how many rows the logs of the past have."""
    from leakresponse.rehearsal import traffic, traffic_events
    from leakresponse.rehearsal.population import generate_blocks

    def logs(crew: Cast, seed: int, end: datetime) -> Iterable[tuple[str, pd.DataFrame]]:
        scale = 1.0 if log_rows is None else traffic.scale_for(crew, seed, end, DAYS, log_rows)
        return traffic.background_days(crew, seed, end, DAYS, scale, with_ids=reading == "lenient")

    return Sources(
        lambda people, seed: (block.tables for block in generate_blocks(people, seed)),
        logs,
        lambda crew, seed, end: traffic_events.background_events(crew, seed, end, DAYS),
    )


def build(
    state: Path, people: int, seed: int, reading: Reading = "attacker", sources: Sources | None = None,
    say: Callable[[str], None] = lambda _words: None, brand: Brand = PRODUCTION, is_sandbox: bool = True,
    tls: Path | None = None, logs: LogOptions = ORDINARY,
) -> World:  # fmt: skip
    """The org of a folder, made where it is not there yet; a half-made one is thrown away first.

    `people`, `seed`, `brand`, `is_sandbox` and `logs` count only when it is made. `say` is told what takes time. `tls`
    is the folder of certificates, by default the org's own.
    """
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (state / STORE).exists() and not _usable(state):
        say("an unfinished org is thrown away")
        clear(state)
    fresh = not (state / STORE).exists()
    make_tls(tls or state / "tls")
    with making(brand):
        first = Identity(brand.name, "", numbered_id("00D", 1), is_sandbox, numbered_id("005", SYSTEM_USER_NUMBER))
        world = _open(state, reading, first, tls)
        if fresh:
            keep_settings(world.store, EventSettings(add_on=logs.add_on), world.clock.now())
            _fill(world, people, seed + brand.seed, sources or rehearsal_sources(logs.rows, reading), say)
        else:
            resume(world)
    return world


def _usable(state: Path) -> bool:
    """Whether the store was built to the end, and no scenario stopped half-way in it."""
    store = Store(state / STORE)
    try:
        has_facts = store.one("SELECT name FROM sqlite_master WHERE name = 'sim_fact'") is not None
        return has_facts and store.fact(BUILT) is not None and store.fact(ACTING) == store.fact(ACTED)
    finally:
        store.close()


def clear(state: Path) -> None:
    """Remove everything that the org keeps in its folder."""
    for name in (STORE, f"{STORE}-wal", f"{STORE}-shm", CONNECTION):
        (state / name).unlink(missing_ok=True)
    for name in _OURS:
        shutil.rmtree(state / name, ignore_errors=True)


def reopen(state: Path, reading: Reading, tls: Path) -> World | None:
    """The finished org of a folder; None where there is none."""
    if not (state / STORE).exists() or not _usable(state):
        return None
    world = _open(state, reading, None, tls)
    resume(world)
    return world


def _open(state: Path, reading: Reading, first: Identity | None, tls: Path | None = None) -> World:
    """The org of a folder as it stands; `first` is who it is where it does not know yet."""
    store = Store(state / STORE)
    store.create_tables()
    who = Identity(*store.fact(IDENTITY, astuple(first) if first else None))
    store.keep_fact(IDENTITY, astuple(who))
    clock = Clock(store.fact("clock_shift", 0.0), lambda shift: store.keep_fact("clock_shift", shift))
    logs = Logbook(store, clock, state / "logs", who.system_user)
    brand = BRANDS[who.brand]
    world = World(state, store, clock, logs, who.org_id, brand.label, who.system_user, reading)
    world.brand, world.sandbox, world.is_sandbox = brand, who.sandbox, who.is_sandbox
    world.tls, world.tracked = tls or state / "tls", bool(store.fact(TRACKED, False))
    world.cursors = Cursors(store)
    world.bulk = BulkRunner(world)
    return world


def _fill(world: World, people: int, seed: int, sources: Sources, say: Callable[[str], None]) -> None:
    say(f"making {people:,} people")
    with world.store.bulk_loading():
        for tables in sources.people(people, seed):
            _load_block(world.store, tables)
    with world.store.bulk_loading(), world.store.write():
        _rename(world)
        made = make_cast(world)
        world.store.create_indexes()
    _keep_secrets(world.state, made)
    end = world.clock.now()
    say(f"writing {DAYS} days of ordinary logs")
    with world.logs.importing() as taken:
        for kind, past in sources.logs(made.crew, seed, end):
            taken.add(kind, past)
    with world.store.bulk_loading(), world.store.write() as db:
        for name, rows in sources.events(made.crew, seed, end).items():
            load(world.store, name, rows)
        put(db, "SourceTrackingSettings", {
            "Id": numbered_id("7dz", 1), "DurableId": "SourceTracking", "IsSourceTrackingSandboxesEnabled": 1,
        })  # fmt: skip
    world.store.keep_fact("integrations", made.integrations)
    world.store.keep_fact("consumer_key", made.responder_key)
    world.store.keep_fact(BUILT, {"people": people, "seed": seed})
    world.store.fold()


def _load_block(store: Store, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write some people; a half-made org is thrown away, so each block is a transaction of its own."""
    with store.write():
        for name, frame in tables.items():
            load(store, name, frame)
    store.fold()


def _rename(world: World) -> None:
    """Usernames and addresses of the staff end in the org's own domain."""
    domain = f"@{world.brand.domain}"
    if world.brand is PRODUCTION:
        return
    with world.store.write() as db:
        for column in ("Username", "Email"):
            changed = " ".join(('UPDATE "User" SET', column, "= replace(", column, ", ?, ?)"))
            db.execute(changed, (f"@{PRODUCTION.domain}", domain))


def load(store: Store, table: str, frame: pd.DataFrame) -> None:
    """Write a frame into an object's table; columns that the object lacks are left out, missing values are null."""
    known = {one.name for one in store.schema[table].stored}
    names = [str(name) for name in frame.columns if str(name) in known]
    with store.write() as db:
        for start in range(0, len(frame), CHUNK_ROWS):
            rows = frame.iloc[start : start + CHUNK_ROWS]
            put_all(db, table, names, zip(*(_values(rows[name]) for name in names), strict=True))


def _values(column: pd.Series) -> list[Any]:
    """Plain Python values; numpy's own would be stored as bytes."""
    values: list[Any] = column.astype(object).where(column.notna(), None).tolist()
    return values


def _keep_secrets(state: Path, made: Made) -> None:
    """The refresh tokens of every app by username, as their vendors would hold them: {app: {username: token}}."""
    write_private(state / SECRETS, json.dumps(made.refresh_tokens).encode())


def connection(world: World, scheme: str) -> dict[str, Any]:
    """What connection.json says (design contract)."""
    built = world.store.fact(BUILT)
    by_scheme = {url.partition(":")[0]: url for url in reversed(world.urls)}
    return {
        "instance_url": by_scheme[scheme], "http_url": by_scheme["http"], "https_url": by_scheme["https"],
        "org_id": world.org_id, "consumer_key": world.store.fact("consumer_key"),
        "username": world.username(cast.RESPONDER), "private_key_file": key_file(world.state, cast.RESPONDER_APP),
        "ca_file": str((world.tls / "ca.pem").resolve()), "sandbox": world.is_sandbox, "simulated": True,
        "api_version": "67.0", "people": built["people"], "seed": built["seed"],
        "integrations": [_with_files(world.state, one) for one in world.store.fact("integrations")],
    }  # fmt: skip


def write_connection(state: Path, facts: Mapping[str, Any]) -> None:
    """Write connection.json whole or not at all."""
    fresh = state / f"{CONNECTION}.new"
    write_private(fresh, json.dumps(facts, indent=1).encode())
    fresh.replace(state / CONNECTION)


def _with_files(state: Path, integration: dict[str, Any]) -> dict[str, Any]:
    """The integration with its credential, which the store does not hold."""
    found = dict(integration)
    if found.pop("has_key"):
        return {**found, "private_key_file": key_file(state, found["app"])}
    tokens = json.loads((state / SECRETS).read_text(encoding="utf-8"))
    token = tokens.get(found["app"], {}).get(found["username"])
    return {**found, "refresh_token": token} if token else found


def key_file(state: Path, app: str) -> str:
    """Where an app's first private key lies."""
    return str((state / "keys" / f"{cast.developer_name(app)}.pem").resolve())
