"""Labels of parts, found through classes of rows, are those that attribution gives to all rows at once."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from leakresponse.core.attribution import Rules, attribute
from leakresponse.core.attribution_select import attribute_parts, label_classes
from leakresponse.core.errors import BadInput
from leakresponse.core.events import EVENT_COLUMNS, TEXT_COLUMNS, deduplicate, to_frame
from leakresponse.core.events_table import table_of
from leakresponse.core.log_tables import Loader
from leakresponse.core.types import Alert, Principal, PrincipalKind, Window

DAY = datetime(2026, 11, 24, tzinfo=UTC)
ADDRESSES = [
    "52.32.118.10",
    "52.32.118.11",
    "203.0.113.40",
    "208.68.36.90",
    "44.215.1.9",
    "127.0.0.1",
    "",
    "Salesforce.com IP",
]
TYPES = ["RestApi", "ApiEvent", "Login", "LoginEvent", "BulkApi2", "ApiTotalUsage", "UniqueQuery"]
AGENTS = ["Drift/4.2", "Drift/4.3 x", "python-requests/2.32", ""]


def random_events(seed: int, rows: int = 400) -> pd.DataFrame:
    """Rows of few apps, users and keys over 40 days, so that everything meets everything."""
    rng = random.Random(seed)
    crowd = rng.choice([2, 4, 8])

    def one() -> dict[str, object]:
        who = rng.randrange(crowd)
        old = rng.random() < 0.8
        at = DAY - timedelta(days=rng.randrange(40), seconds=rng.randrange(86_400))
        shared = rng.choice([f"s{who}{at.day}", f"s{rng.randrange(6)}", "", ""])
        named = rng.random() < 0.5
        return {
            **dict.fromkeys(TEXT_COLUMNS, ""),
            "event_type": rng.choice(TYPES),
            "timestamp": pd.Timestamp(at),
            "user_id": rng.choice([f"user{who}", f"user{who}", f"user{rng.randrange(crowd)}", ""]),
            "session_key": shared,
            "login_key": rng.choice([f"l{shared}", f"l{rng.randrange(9)}", "", ""]),
            "app_id": rng.choice([f"app{who}", f"app{who}", ""]),
            "app_name": f"App {who if old else rng.randrange(crowd)}" if named else "",
            "client_ip": ADDRESSES[who % 4] if old else rng.choice(ADDRESSES),
            "user_agent": AGENTS[who % 2] if old else rng.choice(AGENTS),
            "job_id": rng.choice(["", "", "", f"j{rng.randrange(9)}"]),
            "entity": f"user{who}@retailer.example",
            "operation": rng.choice(["oauthrefreshtoken", "Query", ""]),
            "uri": rng.choice(["/services/oauth2/token", "/x"]),
            "status": rng.choice(["200", "401", "LOGIN_ERROR_X", ""]),
            "request_id": f"r{rng.randrange(10**9)}",
            "rows": rng.randrange(100),
            "record_ids": None,
        }

    frame = pd.DataFrame([one() for _ in range(rows)])
    return to_frame(table_of(frame))


def random_case(seed: int) -> tuple[Alert, Rules]:
    rng = random.Random(seed + 1)
    kinds: list[tuple[PrincipalKind, str]] = [
        ("connected_app", "app0"), ("connected_app", "App 1"), ("user", "user1"), ("user", "USER0@retailer.example"),
        ("session", "s1"), ("session", "ls2"), ("address", "208.68.36.0/24"), ("address", "127.0.0.1"),
    ]  # fmt: skip
    principals = tuple(Principal(*one) for one in rng.sample(kinds, rng.randrange(1, 3)))
    start = DAY - timedelta(days=rng.choice([0, 1, 5, 45]))
    window = Window(start, DAY + timedelta(hours=rng.randrange(1, 20)))
    rules: Rules = {"cut_at": DAY + timedelta(hours=rng.choice([6, 18, 30]))}
    if rng.random() < 0.3:
        rules["responder_keys"] = {rng.choice(["user3", "ls4", "App 0"])}
    if rng.random() < 0.3:
        rules["allowed"] = {rng.choice(["*", "app1"]): ["44.215.0.0/16"]}
    if rng.random() < 0.3:
        rules["published"] = ["44.215.1.0/24"]
    if rng.random() < 0.3:
        rules["aliases"] = {principals[0].value: ["user1", "app2"]}
    return Alert("a", "test", DAY, "", window, principals), rules


def in_parts(events: pd.DataFrame, folder: Path, count: int) -> list[Path]:
    folder.mkdir(exist_ok=True)

    def store(name: str, content: object) -> None:
        (folder / name).write_bytes(b"".join(content))  # type: ignore[call-overload]

    paths = []
    for number in range(count):
        loader = Loader(store, prefix=f"p{number}")
        loader.add_events(events.iloc[number::count].reset_index(drop=True))
        paths += [folder / name for name in loader.close().parts]
    return paths


def by_request(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(["request_id", "timestamp"]).reset_index(drop=True)


@pytest.mark.parametrize("seed", range(30))
def test_labels_by_classes_equal_those_of_all_rows_at_once(seed: int, tmp_path: Path) -> None:
    events = deduplicate(random_events(seed))
    alert, rules = random_case(seed)
    whole = by_request(attribute(events, alert, **rules))
    labels = label_classes(in_parts(events, tmp_path, 1 + seed % 4), alert, **rules)
    found = by_request(pd.concat([to_frame(table) for table in labels.tables()], ignore_index=True))
    assert found["label"].tolist() == whole["label"].tolist()
    assert found["reason"].tolist() == whole["reason"].tolist()
    assert labels.counts() == whole["label"].value_counts().to_dict()


@pytest.mark.parametrize("seed", range(60, 68))
def test_touched_rows_come_whole_and_in_order_of_time(seed: int, tmp_path: Path) -> None:
    events = deduplicate(random_events(seed))
    alert, rules = random_case(seed)
    whole = attribute(events, alert, **rules)
    wanted = by_request(whole[whole["label"] != "legitimate"][list(EVENT_COLUMNS)])
    found = attribute_parts(in_parts(events, tmp_path, 3), alert, **rules).events
    assert found["timestamp"].is_monotonic_increasing
    pd.testing.assert_frame_equal(by_request(found), wanted)


def test_the_random_cases_hold_every_label_and_most_reasons() -> None:
    seen: set[str] = set()
    for seed in range(25):
        alert, rules = random_case(seed)
        labelled = attribute(random_events(seed), alert, **rules)
        seen |= set(labelled["label"]) | set(labelled["reason"])
    assert {"attack", "uncertain", "legitimate"} <= seen and len(seen) >= 16


def test_parts_can_be_opened_by_whoever_keeps_them(tmp_path: Path) -> None:
    events = random_events(1)
    alert, rules = random_case(1)
    paths = in_parts(events, tmp_path, 2)
    opened = attribute_parts([lambda path=path: path.open("rb") for path in paths], alert, **rules)  # type: ignore[misc]
    pd.testing.assert_frame_equal(opened.events, attribute_parts(paths, alert, **rules).events)


def test_without_rows_nothing_is_found() -> None:
    alert, rules = random_case(1)
    found = attribute_parts([], alert, **rules)
    assert found.events.empty and found.counts == {} and found.first is None


def test_more_classes_than_the_memory_holds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alert, rules = random_case(1)
    parts = in_parts(random_events(1), tmp_path, 1)
    monkeypatch.setattr("leakresponse.core.attribution_classes.MEMORY", "1MB")
    with pytest.raises(BadInput):
        attribute_parts(parts, alert, **rules)
