"""The same question as scope_duckdb answers, in one lazy Polars script with the streaming engine.

python -m benchmarks.by_hand.scope_polars LOGS PAGES TABLES OUT.csv
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

NAMES = ("name", "email", "phone", "postal_address", "dob", "ssn", "drivers_license", "payment_card_alone")


def main(logs: str, pages: str, tables: str, out: str) -> None:
    """Read everything, write state, element, people. Raises SystemExit where the logs do not show both objects read."""
    read = attacked(logs)
    if read != {page.stem.split("-")[0] for page in Path(pages).glob("C*-0000.csv")}:
        raise SystemExit("the jobs of the attack are not those of the pages")
    people(pages, tables).write_csv(out)


def attacked(logs: str) -> set[str]:
    """Objects of the bulk jobs of the app's sessions from the alert's network."""
    here = pl.col("CLIENT_IP").str.starts_with("208.68.36.")
    totals = _csv(f"{logs}/ApiTotalUsage-*.csv").filter((pl.col("CONNECTED_APP_NAME") == "Drift") & here)
    apps = totals.select("CONNECTED_APP_ID").unique().collect(engine="streaming")["CONNECTED_APP_ID"].to_list()
    rest = _csv(f"{logs}/RestApi-*.csv").filter(pl.col("CONNECTED_APP_ID").is_in(apps) & here)
    attack = rest.select("SESSION_KEY", "LOGIN_KEY", "URI").collect(engine="streaming")
    sessions = attack["SESSION_KEY"].unique().to_list()
    of_session = pl.col("SESSION_KEY").is_in(sessions)
    jobs = _csv(f"{logs}/BulkApi2-*.csv").filter(of_session & (pl.col("OPERATION_TYPE") == "query"))
    found = jobs.group_by("JOB_ID").agg(
        pl.col("ENTITY_TYPE").first(), pl.col("RECORDS_PROCESSED").cast(pl.Int64, strict=False).max()
    )
    uniq = _csv(f"{logs}/UniqueQuery-*.csv").filter(of_session).select("QUERY_IDENTIFIER").unique()
    api = _csv(f"{logs}/API-*.csv").filter(of_session).select(pl.len())
    logins = (
        _csv(f"{logs}/Login-*.csv")
        .filter(pl.col("LOGIN_KEY").is_in(attack["LOGIN_KEY"].unique().to_list()))
        .select(pl.len())
    )
    answers = pl.collect_all([found, uniq, api, logins], engine="streaming")
    return set(answers[0]["ENTITY_TYPE"].to_list())


def people(pages: str, tables: str) -> pl.DataFrame:
    """People per state and element, the element `any` for everybody."""
    contacts = _contacts(pages, tables).collect(engine="streaming")
    cases = _cases(pages).collect(engine="streaming")
    of_contact = cases.join(contacts, left_on="ContactId", right_on="id", suffix="_of").select(
        pl.col("person_of").alias("person"), "state", pl.col("bits")
    )
    lone = cases.filter(~_has("ContactId")).select("person", pl.lit("UNKNOWN").alias("state"), "bits")
    found = pl.concat([contacts.select("person", "state", "bits"), of_contact, lone])
    named = pl.col("state").filter(pl.col("state") != "UNKNOWN").min().fill_null("UNKNOWN")
    grouped = found.group_by("person").agg(named, pl.col("bits").bitwise_or())
    counts = [grouped.group_by("state").agg(pl.len().alias("people")).with_columns(element=pl.lit("any"))]
    for bit, name in enumerate(NAMES):
        held = grouped.filter(pl.col("bits") & (1 << bit) != 0)
        counts.append(held.group_by("state").agg(pl.len().alias("people")).with_columns(element=pl.lit(name)))
    return pl.concat(counts).select("state", "element", "people")


def _contacts(pages: str, tables: str) -> pl.LazyFrame:
    zips = pl.scan_csv(f"{tables}/zips.csv", infer_schema=False).rename({"state": "by_zip"})
    states = pl.scan_csv(f"{tables}/states.csv", infer_schema=False)
    address = _has("MailingStreet") | _has("MailingCity") | _has("MailingPostalCode")
    held = (
        _has("Name"),
        _has("Email"),
        _has("Phone") | _has("MobilePhone"),
        address,
        _has("Birthdate"),
        _has("SSN__c"),
        _has("Drivers_License__c"),
    )
    read = _csv(f"{pages}/Contact-*.csv").with_columns(
        zip=pl.col("MailingPostalCode").str.slice(0, 5),
        text=pl.col("MailingState").str.strip_chars().str.to_uppercase(),
    )
    placed = read.join(states, on="text", how="left").join(zips, on="zip", how="left")
    return placed.select(
        pl.col("Id").alias("id"),
        _person("Email", "Name"),
        pl.coalesce("code", "by_zip", pl.lit("UNKNOWN")).alias("state"),
        _bits(held).alias("bits"),
    )


def _cases(pages: str) -> pl.LazyFrame:
    text = pl.col("Description")
    social = text.str.contains(r"\b[0-8]\d{2}-\d{2}-\d{4}\b")
    cards = text.str.extract_all(r"\b[2-6]\d{12,18}\b").list.eval(_luhn(pl.element())).list.any()
    none = pl.lit(False)
    held = (_has("SuppliedName"), _has("SuppliedEmail"), _has("SuppliedPhone"), none, none, social, none, cards)
    return _csv(f"{pages}/Case-*.csv").select(
        "ContactId", _person("SuppliedEmail", "SuppliedName"), _bits(held).alias("bits")
    )


def _csv(pattern: str) -> pl.LazyFrame:
    return pl.scan_csv(pattern, infer_schema=False)


def _has(name: str) -> pl.Expr:
    return pl.col(name).fill_null("").str.strip_chars() != ""


def _person(email: str, name: str) -> pl.Expr:
    key = pl.concat_str(
        pl.col(email).fill_null("").str.strip_chars().str.to_lowercase(),
        pl.lit("|"),
        pl.col(name).fill_null("").str.strip_chars().str.to_lowercase().str.replace_all(r"\s+", " "),
    )
    return key.hash().alias("person")


def _bits(held: tuple[pl.Expr, ...]) -> pl.Expr:
    return pl.sum_horizontal(one.fill_null(False).cast(pl.Int64) * (1 << bit) for bit, one in enumerate(held))


def _luhn(text: pl.Expr) -> pl.Expr:
    """Whether the check digit holds, for numbers of up to nineteen digits: padding zeros in front change nothing."""
    padded = text.str.zfill(20)
    digits = [padded.str.slice(place, 1).cast(pl.Int64) for place in range(20)]
    doubled = [digits[place] * 2 - pl.when(digits[place] > 4).then(9).otherwise(0) for place in range(0, 20, 2)]
    return (pl.sum_horizontal(*doubled) + pl.sum_horizontal(*digits[1::2])) % 10 == 0


if __name__ == "__main__":
    main(*sys.argv[1:5])
