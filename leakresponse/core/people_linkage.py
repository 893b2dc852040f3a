"""One person under two keys: pairs that deterministic keys left apart, weighed by the Fellegi-Sunter model (splink).

    linked = link(profiles)         # linked.same: merge these; linked.unsure: keep two, and widen the bounds

The model's weights are fixed and written down here, nothing is trained on the case's data, so the answer is the same
in every run and can be explained pair by pair. A weight is log2 of how much likelier the agreement is for one person
than for two, added up from a prior of one pair in ten million. Address, telephone and family name go together in a
household, so address and telephone are one comparison, and no pair reaches the threshold for merging without an equal
birth date or an equal social security number; twins need the same given name besides. The threshold is measured:
docs/linkage.md.

Pairs are looked for inside blocks only (equal family name, initial and ZIP; birth date and name; telephone; number;
mailbox). A block of more than `LARGEST_BLOCK` people is no evidence and is left out; how many were is in the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from leakresponse.core.exposure_ids import matching
from leakresponse.core.people_nodes import Ints

if TYPE_CHECKING:
    from splink.internals.comparison_creator import ComparisonCreator

#: Weight from which two profiles are one person, and from which they may be. Measured: docs/linkage.md.
MERGE_WEIGHT: Final = 18.0
UNSURE_WEIGHT: Final = 5.0
LARGEST_BLOCK: Final = 30
#: Chance that two profiles of a block-free world are one person; a CRM with two duplicates in a hundred and a million
#: people is at 4e-8, a small one higher.
PRIOR: Final = 1e-7
#: A mail domain of more people than this is a provider's and says nothing about one of them.
RARE_DOMAIN: Final = 50

#: Day and month typed in the other order.
_SWAPPED: Final = (
    "(birthdate_l[1:4] = birthdate_r[1:4] and birthdate_l[6:7] = birthdate_r[9:10]"
    " and birthdate_l[9:10] = birthdate_r[6:7])"
)
#: By comparison: when nothing is known, then (condition, chance for one person, chance for two people) from the
#: strongest agreement down; the first that holds counts.
_LEVELS: Final[dict[str, tuple[str, tuple[tuple[str, float, float], ...]]]] = {
    "given": (
        "given_l is null or given_r is null",
        (
            ("given_l = given_r", 0.89, 0.005),
            ("least(length(given_l), length(given_r)) = 1 and given_l[1] = given_r[1]", 0.04, 0.04),
            ("jaro_winkler_similarity(given_l, given_r) >= 0.92", 0.05, 0.02),
            ("ELSE", 0.02, 0.935),
        ),
    ),
    "family": (
        "family_l is null or family_r is null",
        (
            ("family_l = family_r", 0.90, 0.004),
            ("jaro_winkler_similarity(family_l, family_r) >= 0.92", 0.06, 0.01),
            ("ELSE", 0.04, 0.986),
        ),
    ),
    "birthdate": (
        "birthdate_l is null or birthdate_r is null",
        (
            ("birthdate_l = birthdate_r", 0.96, 0.00005),
            (f"damerau_levenshtein(birthdate_l, birthdate_r) = 1 or {_SWAPPED}", 0.03, 0.002),
            ("ELSE", 0.01, 0.99795),
        ),
    ),
    "home": (
        "(zip5_l is null or zip5_r is null) and (phone_l is null or phone_r is null)",
        (
            ("zip5_l = zip5_r and street_l = street_r and phone_l = phone_r", 0.30, 0.000003),
            ("zip5_l = zip5_r and street_l = street_r", 0.35, 0.000006),
            ("phone_l = phone_r", 0.15, 0.00001),
            ("zip5_l = zip5_r", 0.10, 0.0005),
            ("ELSE", 0.10, 0.999481),
        ),
    ),
    "number": (
        "number_l is null or number_r is null",
        (("number_l = number_r", 0.98, 0.000001), ("ELSE", 0.02, 0.999999)),
    ),
    "mailbox": (
        "(mailbox_l is null or mailbox_r is null) and (domain_l is null or domain_r is null)",
        (
            ("mailbox_l = mailbox_r", 0.40, 0.001),
            ("domain_l = domain_r", 0.30, 0.002),
            ("ELSE", 0.30, 0.997),
        ),
    ),
}  # fmt: skip
_KEYS: Final = ("by_zip", "by_birth", "by_phone", "by_number", "by_mailbox", "by_domain")


@dataclass(frozen=True, slots=True)
class Linkage:
    """Pairs of persons, as their numbers in `profiles`: `same` are one, `unsure` may be; with the work it took."""

    same: tuple[Ints, Ints]
    unsure: tuple[Ints, Ints]
    compared_people: int = 0
    skipped_blocks: int = 0


def link(profiles: pd.DataFrame) -> Linkage:
    """Pairs among profiles (people_profiles.profiles_of). Only people who share a block with somebody are compared."""
    keyed, skipped = _with_blocks(profiles)
    if keyed.empty:
        return Linkage(_no_pairs(), _no_pairs(), 0, skipped)
    weighed = _weigh(keyed)
    sure = (weighed["match_weight"] >= MERGE_WEIGHT) & _same_given(keyed, weighed)
    return Linkage(_pairs(weighed[sure]), _pairs(weighed[~sure]), len(keyed), skipped)


def _with_blocks(profiles: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Profiles that share a block with somebody, their keys null where the block is theirs alone or too large."""
    out = profiles.assign(mailbox=_mailbox(profiles["email"]), domain=_rare_domain(profiles["email"]))
    initial = out["given"].str.slice(0, 1)
    keys = {
        "by_zip": [out["zip5"], out["family"], initial],
        "by_birth": [out["birthdate"], out["family"], initial],
        "by_phone": [out["phone"].str.slice(-7), initial],
        "by_number": [out["number"]],
        "by_mailbox": [out["mailbox"], out["family"]],
        "by_domain": [out["domain"], out["family"], out["given"]],
    }
    skipped = 0
    shared = np.zeros(len(out), dtype=np.bool_)
    for name, parts in keys.items():
        codes = _group_codes(parts)
        sizes = np.bincount(codes[codes >= 0], minlength=1)
        skipped += int((sizes > LARGEST_BLOCK).sum())
        here = (codes >= 0) & (sizes[codes] > 1) & (sizes[codes] <= LARGEST_BLOCK)
        out[name] = pd.Series(codes, index=out.index).where(here).astype("Int64")
        shared |= here
    return out[shared].reset_index(drop=True), skipped


def _group_codes(parts: list[pd.Series]) -> Ints:
    """One number for equal rows of several columns; -1 where any is null."""
    known = np.logical_and.reduce([part.notna().to_numpy() for part in parts])
    codes = np.full(len(parts[0]), -1, dtype=np.int64)
    table = pd.DataFrame({str(place): part[known] for place, part in enumerate(parts)})
    codes[known] = table.groupby(list(table.columns), sort=False).ngroup().to_numpy()
    return codes


def _mailbox(email: pd.Series) -> pd.Series:
    """The part before the @, where it holds two digits or more: a name alone is anybody's of that name."""
    local = email.str.replace(r"[+@].*$", "", regex=True)
    return local.where(matching(local, r"\d\D*\d"))


def _rare_domain(email: pd.Series) -> pd.Series:
    """The domain, where few have it; one that was taken out ("ann@") is nobody's."""
    domain = email.str.replace(r"^.*@", "", regex=True)
    sizes = domain.map(domain.value_counts())
    return domain.where(sizes.le(RARE_DOMAIN) & (domain != ""))


def _weigh(keyed: pd.DataFrame) -> pd.DataFrame:
    """(unique_id_l, unique_id_r, match_weight) of every pair of a block, from the weight UNSURE_WEIGHT on."""
    import duckdb
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="person",
        probability_two_random_records_match=PRIOR,
        comparisons=list(_comparisons()),
        blocking_rules_to_generate_predictions=[block_on(name) for name in _KEYS],
        retain_matching_columns=False,
    )
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET threads = 2")
        api = DuckDBAPI(connection)
        linker = Linker(api.register(keyed), settings, log_level=None)
        found = linker.inference.predict(threshold_match_weight=UNSURE_WEIGHT, warning_mode="never")
        pairs: pd.DataFrame = found.as_duckdbpyrelation().df()
    return pairs.sort_values(["person_l", "person_r"], ignore_index=True)


def _same_given(keyed: pd.DataFrame, weighed: pd.DataFrame) -> pd.Series:
    """Twins share all but a few letters: whatever else agrees, another given name is another person."""
    given = keyed.set_index("person")["given"].fillna("")
    left, right = given.reindex(weighed["person_l"]), given.reindex(weighed["person_r"])
    return pd.Series(left.to_numpy() == right.to_numpy(), index=weighed.index)


def _comparisons() -> list[ComparisonCreator | dict[str, Any]]:
    made: list[ComparisonCreator | dict[str, Any]] = []
    for name, (unknown, levels) in _LEVELS.items():
        null = {"sql_condition": unknown, "label_for_charts": "unknown", "is_null_level": True}
        others = [
            {"sql_condition": sql, "label_for_charts": sql, "m_probability": one, "u_probability": two}
            for sql, one, two in levels
        ]
        made.append({"output_column_name": name, "comparison_levels": [null, *others]})
    return made


def _pairs(rows: pd.DataFrame) -> tuple[Ints, Ints]:
    return rows["person_l"].to_numpy(dtype=np.int64), rows["person_r"].to_numpy(dtype=np.int64)


def _no_pairs() -> tuple[Ints, Ints]:
    return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
