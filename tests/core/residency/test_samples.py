"""The resolver against public data and constructed hard cases; the document prints what is measured here.

The data are not part of the repository: `LEAK_RESPONSE_SAMPLES` names their folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from leakresponse.core.residency import classify_state, resolve

ROOT = Path(__file__).parents[3]
SAMPLES = Path(os.environ.get("LEAK_RESPONSE_SAMPLES", ROOT.parent / "shared" / "samples")) / "residency"
DOCUMENT = ROOT / "docs" / "residency.md"

needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="residency samples are absent; set LEAK_RESPONSE_SAMPLES to the samples folder"
)


def sample(name: str) -> pd.DataFrame:
    return pd.read_csv(SAMPLES / name, dtype=str, keep_default_na=False)


def answers(ids: pd.Series[str], **columns: pd.Series[str] | str) -> pd.DataFrame:
    return resolve(pd.DataFrame({"id": ids, **{f"contact_mailing_{k}": v for k, v in columns.items()}}))


def no_serious_fault(got: pd.DataFrame, expected: pd.Series[str]) -> None:
    """A wrong state given with high confidence is the one thing that must not happen."""
    assert not ((got["confidence"] == "high") & (got["residency"] != expected)).any()


def zips_alone() -> tuple[int, int]:
    table = sample("zip_state_uds2015.csv")
    got = answers(table["zip"], postal=table["zip"], country="US")
    no_serious_fault(got, table["expected_state"])
    return int((got["residency"] == table["expected_state"]).sum()), len(table)


def zips_with_state() -> tuple[int, int]:
    table = sample("zip_state_uds2015.csv")
    got = answers(table["zip"], postal=table["zip"], state=table["expected_state"], country="US")
    no_serious_fault(got, table["expected_state"])
    return int((got["residency"] == table["expected_state"]).sum()), len(table)


def military() -> tuple[int, int]:
    table = sample("military_zip.csv")
    got = answers(table["zip"], postal=table["zip"], city=table["city"])
    return int((got["residency"] == "MIL:" + table["expected_state"]).sum()), len(table)


def split_zips() -> tuple[int, int]:
    table = sample("multistate_zcta_2010_population.csv")
    got = answers(table["zcta5"], postal=table["zcta5"], state=table["st"], country="US")
    sets = table.groupby("zcta5")["st"].agg(frozenset)
    whole = [frozenset(c.split()) == sets[z] for c, z in zip(got["candidates"], table["zcta5"], strict=True)]
    return int(((got["residency"] == table["st"]) & pd.Series(whole)).sum()), len(table)


def state_variants() -> tuple[int, int]:
    table = sample("state_variants.csv")
    needs_country = table["expected"] == "STATE_IF_US_ELSE_FOREIGN"
    right = [
        classify_state(json.loads(v), "" if open_ else "US") == e
        for v, e, open_ in zip(table["variant_json"], table["expected"], needs_country, strict=True)
    ]
    return sum(right), len(table)


def typed_addresses() -> tuple[int, int]:
    table = sample("usda_markets_addresses.csv")
    got = answers(
        table["row_id"], street=table["street"], city=table["city"], state=table["state_raw"], postal=table["zip_raw"]
    )
    no_serious_fault(got, table["expected_state"])
    usable = table["expected_zip_state"] != ""
    return int((got["residency"] == table["expected_state"])[usable].sum()), int(usable.sum())


def masked_zips() -> tuple[int, int]:
    table = sample("cfpb_state_zip.csv")
    got = answers(table["row_id"], state=table["state_raw"], postal=table["zip_raw"])
    return int((got["residency"] == table["expected_state"].replace("", "UNKNOWN")).sum()), len(table)


def hard_cases() -> tuple[int, int]:
    table = sample("residency_hard_cases.csv")
    got = resolve(table[[c for c in table.columns if not c.startswith("expected_") and c != "reason"]])
    no_serious_fault(got, table["expected_residency"])
    right = [
        all(
            set(str(g[c]).split()) == set(str(e[f"expected_{c}"]).split())
            for c in ("residency", "candidates", "confidence", "review")
        )
        for g, e in zip(got.to_dict("records"), table.to_dict("records"), strict=True)
    ]
    return sum(right), len(table)


Measure = Callable[[], tuple[int, int]]

#: Label in the document, the measure, and the share that must be right.
MEASURES: dict[str, tuple[Measure, float]] = {
    "federal ZIP list of 2015, ZIP alone": (zips_alone, 0.998),
    "federal ZIP list of 2015, ZIP and state": (zips_with_state, 0.998),
    "military and diplomatic ZIPs": (military, 1.0),
    "split ZIPs with each of their states (state and whole set)": (split_zips, 1.0),
    "written forms of states": (state_variants, 1.0),
    "typed market addresses with an assigned or repairable ZIP": (typed_addresses, 0.998),
    "complaints with masked ZIPs": (masked_zips, 0.998),
    "hard cases (residency, candidates, confidence and review)": (hard_cases, 1.0),
}


def share(right: int, of: int) -> str:
    """Rounded down, so that only what is whole reads as whole."""
    return f"{right * 10_000 // of / 100:.2f}%"


@needs_samples
@pytest.mark.parametrize("label", MEASURES)
def test_measured_share_is_reached_and_printed(label: str) -> None:
    measure, least = MEASURES[label]
    right, of = measure()
    assert right / of >= least
    assert f"| {label} | {of:,} | {right:,} | {share(right, of)} |" in DOCUMENT.read_text(encoding="utf-8")


@needs_samples
def test_flags_on_typed_addresses() -> None:
    table = sample("usda_markets_addresses.csv")
    got = answers(
        table["row_id"], street=table["street"], city=table["city"], state=table["state_raw"], postal=table["zip_raw"]
    )
    hits = wrong = missed = 0
    for have, want in zip(got["flags"], table["expected_flags"], strict=True):
        flags, expected = set(have.split()), set(want.split()) - {"NO_COORDINATES"}
        hits, wrong, missed = (
            hits + len(flags & expected),
            wrong + len(flags - expected),
            missed + len(expected - flags),
        )
    precision, recall = hits / (hits + wrong), hits / (hits + missed)
    assert precision >= 0.98 and recall >= 0.98
    text = f"precision {precision:.1%} and recall {recall:.1%}"
    assert text in DOCUMENT.read_text(encoding="utf-8"), text


@needs_samples
def test_a_bare_lookalike_without_country_is_placed_nowhere() -> None:
    table = sample("state_variants.csv")
    table = table[table["expected"] == "STATE_IF_US_ELSE_FOREIGN"].reset_index(drop=True)
    codes = table["variant_json"].map(json.loads)
    assert set(answers(table["case_id"], state=codes)["residency"]) == {"UNKNOWN"}
    assert answers(table["case_id"], state=codes, country="US")["residency"].tolist() == codes.tolist()


@needs_samples
def test_foreign_postcodes_under_their_country_are_foreign() -> None:
    table = sample("foreign_postcode_formats.csv")
    outside = table[~table["country"].isin(["US", "PR", "GU", "VI", "AS", "MP", "UM", "AC", "TA"])].reset_index(
        drop=True
    )
    got = answers(outside["country"], postal=outside["example"], country_code=outside["country"])
    assert got["residency"].tolist() == ("FOREIGN:" + outside["country"]).tolist()


@needs_samples
def test_foreign_postcodes_without_a_country_never_give_a_sure_state() -> None:
    table = sample("foreign_postcode_formats.csv")
    assert "high" not in set(answers(table["country"], postal=table["example"])["confidence"])
