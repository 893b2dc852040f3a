"""Attack and legitimate rows are told apart by what an alert names, and spread over what they share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from leakresponse.core.attribution import attribute
from leakresponse.core.events import concat_events, normalise_elf
from leakresponse.core.events_baseline import network_of
from leakresponse.core.events_ids import to18
from leakresponse.core.networks import covers
from leakresponse.core.types import Alert, Principal, PrincipalKind, Window

DRIFT, MIGRATOR, NEWCOMER = (to18(f"0H400000000000{number}") for number in (1, 2, 7))
THIEF_USER, NIGHTLY, MIGRATION = "005000000000001AAA", "005000000000002AAA", "005000000000003AAA"
USUAL, RECON, THEFT = "52.32.118.10", "44.215.108.109", "208.68.36.90"
ATTACK_DAY = datetime(2026, 11, 24, 11, tzinfo=UTC)
CUT = ATTACK_DAY + timedelta(hours=6)


def row(
    at: datetime, user: str, address: str, session: str, app: str = DRIFT, agent: str = "Drift/4.2", **more: str
) -> dict[str, str]:
    stamp = at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    keys = {"USER_ID_DERIVED": user, "SESSION_KEY": session, "LOGIN_KEY": f"L{session}", "CONNECTED_APP_ID": app}
    return {"TIMESTAMP_DERIVED": stamp, "CLIENT_IP": address, "USER_AGENT": agent, **keys, "STATUS_CODE": "200", **more}


def background(days: int = 30) -> list[dict[str, str]]:
    """Every day: Drift's two users from Drift's network, twice; six days ago a migration tool begins."""
    rows = []
    for back in range(days, -1, -1):
        day = ATTACK_DAY - timedelta(days=back, hours=8)
        rows.append(row(day, NIGHTLY, USUAL, f"n{back}"))
        rows.append(row(day + timedelta(hours=1), THIEF_USER, "52.32.118.11", f"u{back}"))
        if back <= 6:
            rows.append(row(day, MIGRATION, "203.0.113.40", f"m{back}", MIGRATOR, "Migrator/1"))
    return rows


def attack() -> list[dict[str, str]]:
    """Reconnaissance on four days from one network, theft on the last day from another."""
    rows = [
        row(ATTACK_DAY - timedelta(days=d), THIEF_USER, RECON, f"r{d}", agent="python-requests/2") for d in (5, 4, 3, 2)
    ]
    return [*rows, *(row(ATTACK_DAY + timedelta(minutes=m), THIEF_USER, THEFT, "t") for m in range(5))]


def events_of(rows: list[dict[str, str]], event_type: str = "RestApi") -> pd.DataFrame:
    return normalise_elf(event_type, pd.DataFrame(rows, dtype="str").fillna(""), "f").events


def alert(*principals: tuple[PrincipalKind, str], window: tuple[datetime, datetime] | None = None) -> Alert:
    start, end = window or (ATTACK_DAY, ATTACK_DAY + timedelta(hours=1))
    return Alert("a", "test", end, "", Window(start, end), tuple(Principal(kind, value) for kind, value in principals))


def attacked(labelled: pd.DataFrame) -> set[str]:
    return set(labelled.loc[labelled["label"] == "attack", "session_key"])


WHOLE_ATTACK = {"r5", "r4", "r3", "r2", "t"}


@pytest.mark.parametrize(
    "principal",
    [
        ("connected_app", DRIFT),
        ("connected_app", DRIFT[:15]),
        ("user", THIEF_USER),
        ("address", THEFT),
        ("session", "t"),
    ],
)
def test_any_kind_of_principal_finds_theft_and_the_reconnaissance_days_before(
    principal: tuple[PrincipalKind, str],
) -> None:
    labelled = attribute(events_of(background() + attack()), alert(principal), cut_at=CUT)
    assert attacked(labelled) == WHOLE_ATTACK


def test_the_usual_network_and_other_apps_stay_legitimate() -> None:
    labelled = attribute(events_of(background() + attack()), alert(("connected_app", DRIFT)), cut_at=CUT)
    assert set(labelled.loc[~labelled["session_key"].isin(WHOLE_ATTACK), "label"]) == {"legitimate"}


def test_a_new_tool_that_nobody_names_stays_legitimate_during_the_attack() -> None:
    rows = [*background(), *attack(), row(ATTACK_DAY, MIGRATION, "203.0.113.40", "mm", MIGRATOR)]
    labelled = attribute(events_of(rows), alert(("connected_app", DRIFT)), cut_at=CUT)
    assert labelled.loc[labelled["session_key"] == "mm", "label"].tolist() == ["legitimate"]


@pytest.mark.parametrize("address", ["127.0.0.1", "203.0.113.99", "198.51.100.7", "2001:db8::1"])
def test_an_attacker_as_the_new_tool_is_found_from_any_address(address: str) -> None:
    rows = [*background(), row(ATTACK_DAY, MIGRATION, address, "x", MIGRATOR)]
    labelled = attribute(events_of(rows), alert(("connected_app", MIGRATOR)), cut_at=CUT)
    assert attacked(labelled) == {"x"}


def test_an_app_is_found_by_its_name_when_another_log_ties_name_and_id() -> None:
    named = events_of(
        [row(ATTACK_DAY - timedelta(days=9), NIGHTLY, USUAL, "", CONNECTED_APP_NAME="Drift")], "ApiTotalUsage"
    )
    events = concat_events([events_of(background() + attack()), named])
    assert attacked(attribute(events, alert(("connected_app", "drift")), cut_at=CUT)) == WHOLE_ATTACK


def test_the_callers_own_client_name_proves_no_app() -> None:
    liar = row(ATTACK_DAY, MIGRATION, "203.0.113.40", "liar", MIGRATOR, CLIENT_NAME="Drift")
    named = events_of(
        [row(ATTACK_DAY - timedelta(days=9), NIGHTLY, USUAL, "", CONNECTED_APP_NAME="Drift")], "ApiTotalUsage"
    )
    events = concat_events([events_of([*background(), *attack(), liar]), named])
    assert "liar" not in attacked(attribute(events, alert(("connected_app", "Drift")), cut_at=CUT))


def test_a_username_is_resolved_by_alias_or_by_login_rows() -> None:
    events = events_of(background() + attack())
    name = "drift.integration@retailer.example"
    by_alias = attribute(events, alert(("user", name)), cut_at=CUT, aliases={name: [THIEF_USER[:15]]})
    assert attacked(by_alias) == WHOLE_ATTACK
    login = events_of([row(ATTACK_DAY - timedelta(days=8), THIEF_USER, USUAL, "", USER_NAME=name)], "Login")
    assert attacked(attribute(concat_events([events, login]), alert(("user", name)), cut_at=CUT)) == WHOLE_ATTACK


def test_rows_without_app_get_it_over_their_session() -> None:
    job = {"JOB_ID": "750000000000001", "JOB_STATUS": "JobComplete", "ENTITY_TYPE": "Case"}
    bulk = events_of([{**row(ATTACK_DAY + timedelta(minutes=1), THIEF_USER, "", "t", app=""), **job}], "BulkApi2")
    labelled = attribute(
        concat_events([events_of(background() + attack()), bulk]), alert(("connected_app", DRIFT)), cut_at=CUT
    )
    bulk_row = labelled[labelled["event_type"] == "BulkApi2"].iloc[0]
    assert (bulk_row["label"], bulk_row["app_id"]) == ("attack", DRIFT)


def test_later_states_of_a_job_follow_the_job_without_a_session() -> None:
    job = {"JOB_ID": "750000000000001", "ENTITY_TYPE": "Case"}
    states = [
        {**row(ATTACK_DAY + timedelta(minutes=1), THIEF_USER, "", "t"), **job, "JOB_STATUS": "UploadComplete"},
        {**row(ATTACK_DAY + timedelta(minutes=2), THIEF_USER, "", ""), **job, "JOB_STATUS": "Deleted", "LOGIN_KEY": ""},
    ]
    events = concat_events([events_of(background() + attack()), events_of(states, "BulkApi2")])
    labelled = attribute(events, alert(("session", "t")), cut_at=CUT)
    assert set(labelled.loc[labelled["event_type"] == "BulkApi2", "label"]) == {"attack"}


def views(hours_before: int, session: str) -> dict[str, str]:
    """A row that names no address, as page events do."""
    return row(ATTACK_DAY - timedelta(hours=hours_before), THIEF_USER, "", session)


def test_what_a_session_did_before_it_was_stolen_is_its_owners() -> None:
    home = row(ATTACK_DAY - timedelta(hours=9), THIEF_USER, USUAL, "t")
    labelled = attribute(
        events_of([*background(), home, views(8, "t"), *attack()[4:]]), alert(("user", THIEF_USER)), cut_at=CUT
    )
    blank = labelled[labelled["client_ip"] == ""]
    assert blank["label"].tolist() == ["legitimate"]
    assert "t" in attacked(labelled)


def test_without_a_usual_network_of_its_own_an_untold_row_of_the_session_is_the_attacks() -> None:
    labelled = attribute(events_of([*background(), views(8, "t"), *attack()]), alert(("user", THIEF_USER)), cut_at=CUT)
    assert labelled.loc[labelled["client_ip"] == "", "label"].tolist() == ["attack"]


def test_a_login_key_shared_with_the_rightful_owner_draws_in_no_usual_traffic() -> None:
    shared = {"LOGIN_KEY": "refresh"}
    rows = [
        *background(),
        row(ATTACK_DAY, THIEF_USER, USUAL, "own", **shared),
        row(ATTACK_DAY, THIEF_USER, THEFT, "stolen", **shared),
    ]
    labelled = attribute(events_of(rows), alert(("connected_app", DRIFT)), cut_at=CUT)
    assert attacked(labelled) == {"stolen"}


def test_what_comes_only_from_usual_networks_is_uncertain_not_legitimate() -> None:
    rows = [*background(), row(ATTACK_DAY, THIEF_USER, USUAL, "inside")]
    labelled = attribute(events_of(rows), alert(("user", THIEF_USER)), cut_at=CUT)
    assert labelled.loc[labelled["session_key"] == "inside", "label"].tolist() == ["uncertain"]


def test_inside_the_usual_network_a_new_agent_tells_good_from_bad() -> None:
    rows = [
        *background(),
        row(ATTACK_DAY, THIEF_USER, USUAL, "bad", agent="python-requests/2.32"),
        row(ATTACK_DAY, THIEF_USER, USUAL, "good", agent="Drift/4.3"),
    ]
    labelled = attribute(events_of(rows), alert(("connected_app", DRIFT)), cut_at=CUT)
    assert attacked(labelled) == {"bad"}
    assert labelled.loc[labelled["session_key"] == "good", "label"].tolist() == ["legitimate"]


def test_the_responders_own_rows_never_count_even_from_a_named_address() -> None:
    rows = [*background(), row(ATTACK_DAY, "005000000000009AAA", "127.0.0.1", "ours", "0H4000000000009AAA")]
    labelled = attribute(
        events_of(rows), alert(("address", "127.0.0.1")), cut_at=CUT, responder_keys=frozenset({"005000000000009"})
    )
    assert labelled.loc[labelled["session_key"] == "ours", ["label", "reason"]].iloc[0].tolist() == [
        "legitimate",
        "the responder's own",
    ]


def test_a_named_network_counts_across_apps() -> None:
    rows = [
        *background(),
        row(ATTACK_DAY, THIEF_USER, THEFT, "a"),
        row(ATTACK_DAY, MIGRATION, "208.68.36.91", "b", MIGRATOR),
    ]
    assert attacked(attribute(events_of(rows), alert(("address", "208.68.36.0/24")), cut_at=CUT)) == {"a", "b"}


def test_the_attackers_address_with_an_unnamed_app_is_possible() -> None:
    rows = [
        *background(),
        row(ATTACK_DAY, THIEF_USER, THEFT, "a"),
        row(ATTACK_DAY, MIGRATION, THEFT, "b", MIGRATOR),
    ]
    labelled = attribute(events_of(rows), alert(("connected_app", DRIFT)), cut_at=CUT)
    assert labelled.loc[labelled["session_key"] == "b", "label"].tolist() == ["uncertain"]


def test_what_follows_the_cut_counts_only_where_a_session_of_the_attack_still_worked() -> None:
    late = CUT + timedelta(minutes=1)
    rows = [
        *background(),
        *attack(),
        row(late, THIEF_USER, THEFT, "t"),
        row(late, THIEF_USER, THEFT, "t", STATUS_CODE="401"),
        row(late, THIEF_USER, "127.0.0.1", "rotation-test"),
    ]
    labelled = attribute(events_of(rows), alert(("connected_app", DRIFT)), cut_at=CUT)
    after = labelled[labelled["timestamp"] > pd.Timestamp(CUT)]
    assert after["label"].tolist() == ["attack", "legitimate", "legitimate"]


def test_a_window_over_all_history_still_finds_the_burst() -> None:
    whole = (ATTACK_DAY - timedelta(days=31), ATTACK_DAY + timedelta(hours=1))
    labelled = attribute(events_of(background() + attack()), alert(("connected_app", DRIFT), window=whole), cut_at=CUT)
    assert attacked(labelled) == WHOLE_ATTACK


def test_an_app_without_a_past_is_all_attack() -> None:
    rows = [*background(), row(ATTACK_DAY, NIGHTLY, "198.51.100.9", "new", NEWCOMER)]
    assert attacked(attribute(events_of(rows), alert(("connected_app", NEWCOMER)), cut_at=CUT)) == {"new"}


def test_a_range_that_the_vendor_vouches_for_clears_its_rows() -> None:
    labelled = attribute(
        events_of(background() + attack()),
        alert(("connected_app", DRIFT)),
        cut_at=CUT,
        allowed={DRIFT: ["44.215.0.0/16"]},
    )
    assert attacked(labelled) == {"t"}


def test_every_row_has_a_label_and_a_reason() -> None:
    labelled = attribute(events_of(background() + attack()), alert(("connected_app", DRIFT)), cut_at=CUT)
    assert set(labelled["label"]) <= {"attack", "legitimate", "uncertain"}
    assert (labelled["reason"] != "").all()


def test_no_events_no_labels() -> None:
    assert attribute(events_of([]), alert(("user", "x")), cut_at=CUT).empty


def test_words_instead_of_addresses_are_no_network() -> None:
    assert network_of("Salesforce.com IP") == ""
    assert not covers("10.0.0.0/8", "Salesforce.com IP")
    assert network_of("::ffff:192.0.2.1") == "192.0.2.0/24"
