"""Pairs of records of one person under two keys, found over everything that was read, in bounded memory.

    found = linked_records(tables)      # tables() gives (object, rows) again each time it is called
    found.same, found.unsure            # (first, second) record ids

Two passes: the first keeps seven hashes for each record and finds who shares a block at all (a few in a hundred), the
second makes comparable profiles of those alone. Which pairs are one person is `people_linkage`'s to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leakresponse.core.people_linkage import LARGEST_BLOCK, RARE_DOMAIN, link
from leakresponse.core.people_profiles import FIELDS, PROFILE_COLUMNS, WHOLE, profiles_of_records

Tables = Callable[[], Iterable[tuple[str, pa.Table]]]

#: Columns of a source that linkage reads, where it has them.
LINKAGE_COLUMNS: Final = ("Id", "IsPersonAccount", *WHOLE, *dict.fromkeys(f for some in FIELDS.values() for f in some))
_KEYS: Final[Mapping[str, str]] = {
    "by_zip": "zip5 || '|' || family || '|' || given[1:1]",
    "by_birth": "birthdate || '|' || family || '|' || given[1:1]",
    "by_phone": "phone || '|' || given[1:1]",
    "by_number": "number",
    "by_mailbox": "mailbox || '|' || family",
    "by_domain": "domain || '|' || family || '|' || given",
}
#: Plain replacements are several times faster than patterns. An odd sign in a name, such as a comma, may keep a pair
#: out of a block and so two people apart; it never joins any.
_LETTERS: Final = "translate(lower(strip_accents({})), ' ''’.-', '')"
_DIGITS: Final = "translate({}, '()+-./ ', '')"
_ZIP: Final = "lpad(split_part(split_part({0}, '-', 1), '.', 1), 5, '0')[1:5]"


@dataclass(frozen=True, slots=True)
class RecordPairs:
    """`same` are records of one person, `unsure` may be; both with `first` and `second`. `people` were compared."""

    same: pd.DataFrame
    unsure: pd.DataFrame
    people: int = 0
    skipped_blocks: int = 0


def linked_records(tables: Tables) -> RecordPairs:
    """Pairs over all tables. A record that stands in several of them is one; what one lacks another fills in."""
    shared = _who_shares_a_block(tables())
    if shared.num_rows == 0:
        return RecordPairs(_frame([], [], []), _frame([], [], []))
    profiles = _profiles(tables(), shared)
    found = link(profiles)
    ids = profiles["id"].to_numpy(dtype=object)
    return RecordPairs(
        _frame(ids, *found.same), _frame(ids, *found.unsure), found.compared_people, found.skipped_blocks
    )  # fmt: skip


def _frame(ids: Iterable[str], first: Iterable[int], second: Iterable[int]) -> pd.DataFrame:
    names = np.array(list(ids), dtype=object)
    left, right = (names[np.asarray(list(some), dtype=np.int64)] for some in (first, second))
    return pd.DataFrame({"first": pd.Series(left, dtype="str"), "second": pd.Series(right, dtype="str")})


def _who_shares_a_block(tables: Iterable[tuple[str, pa.Table]]) -> pa.Table:
    """(id, identity, rare) of records with a block of two identities or more, up to LARGEST_BLOCK.

    An identity is one e-mail and name, or a record without an e-mail; `rare` where few have its mail domain.
    """
    with duckdb.connect() as connection:
        columns = ", ".join(f"{name} UBIGINT" for name in (*_KEYS, "domain"))
        connection.execute(f"CREATE TABLE seen (id VARCHAR, identity UBIGINT, {columns})")
        for name, table in tables:
            if "Id" in table.column_names and table.num_rows:
                connection.register("given_rows", table)
                connection.execute(f"INSERT INTO seen {_hashes(name, table.column_names)}")
                connection.unregister("given_rows")
        kept = ", ".join(f"max({name}) AS {name}" for name in (*_KEYS, "domain"))
        connection.execute(f"CREATE TABLE keys AS SELECT identity, {kept} FROM seen GROUP BY identity")  # noqa: S608
        connection.execute(
            "CREATE TABLE rare AS SELECT domain FROM keys WHERE domain IS NOT NULL GROUP BY domain "  # noqa: S608
            f"HAVING count(*) <= {RARE_DOMAIN}"
        )
        connection.execute("UPDATE keys SET by_domain = NULL WHERE domain NOT IN (SELECT domain FROM rare)")
        blocks = " UNION ".join(_in_blocks(name) for name in _KEYS)
        found: pa.Table = connection.sql(
            "SELECT DISTINCT s.id, k.identity, k.domain IN (SELECT domain FROM rare) AS rare FROM seen s "  # noqa: S608
            f"JOIN keys k USING (identity) WHERE k.identity IN ({blocks}) ORDER BY s.id"
        ).to_arrow_table()
        return found


def _in_blocks(key: str) -> str:
    return (
        f"SELECT identity FROM keys WHERE {key} IN (SELECT {key} FROM keys WHERE {key} IS NOT NULL GROUP BY {key} "  # noqa: S608
        f"HAVING count(*) BETWEEN 2 AND {LARGEST_BLOCK})"
    )


def _hashes(object_name: str, columns: Iterable[str]) -> str:
    """The seven hashes of each row of one table; null where a part of a key is missing.

    Only names of FIELDS enter the text of the query, never a value of the org's.
    """
    here = set(columns)
    first = {name: _first([f for f in fields if f in here]) for name, fields in FIELDS.items()}
    whole = _first([f for f in WHOLE if f in here])
    reads = rf"regexp_full_match({whole}, '\p{{L}}[\p{{L}}''’.-]*( \p{{L}}[\p{{L}}''’.-]*)+')"
    given = f"coalesce({first['given']}, CASE WHEN {reads} THEN split_part({whole}, ' ', 1) END)"
    family = f"coalesce({first['family']}, CASE WHEN {reads} THEN regexp_extract({whole}, '\\S+$') END)"
    phone, number = (_DIGITS.format(first[name]) for name in ("phone", "number"))
    hashed = ", ".join(f"CASE WHEN ({sql}) IS NOT NULL THEN hash({sql}) END" for sql in (*_KEYS.values(), "domain"))
    only = "lower(\"IsPersonAccount\"::VARCHAR) = 'true'" if "IsPersonAccount" in here else "false"
    return (
        f'SELECT "Id", hash(coalesce(email || \'|\' || given || \'|\' || family, "Id")), {hashed} FROM (SELECT "Id",'  # noqa: S608
        f" nullif({_LETTERS.format(given)}, '') AS given,"
        f" nullif({_LETTERS.format(family)}, '') AS family, nullif({first['birthdate']}[1:10], '') AS birthdate,"
        f" {_ZIP.format(first['zip5'])} AS zip5,"
        f" CASE WHEN length({phone}) >= 10 AND {phone} NOT SIMILAR TO '.*55501[0-9][0-9]'"
        f" THEN {phone}[-7:] END AS phone,"
        f" CASE WHEN length({number}) = 9 THEN {number} END AS number,"
        f" CASE WHEN regexp_matches({first['email']}, '\\d[^@]*\\d[^@]*@')"
        f" THEN regexp_replace(lower({first['email']}), '[+@].*$', '') END AS mailbox,"
        f" nullif(split_part(lower({first['email']}), '@', 2), '') AS domain, lower({first['email']}) AS email"
        f" FROM given_rows WHERE {only if object_name == 'Account' else 'true'}) WHERE family IS NOT NULL"
    )


def _first(fields: list[str]) -> str:
    if not fields:
        return "(NULL::VARCHAR)"
    filled = (f"nullif(trim(\"{one}\"::VARCHAR), '')" for one in fields)
    return f"coalesce({', '.join(filled)})"


def _profiles(tables: Iterable[tuple[str, pa.Table]], shared: pa.Table) -> pd.DataFrame:
    """One profile per identity in question, named by one of its records; common mail domains are taken out."""
    wanted = shared["id"]
    parts = []
    for name, table in tables:
        if "Id" in table.column_names:
            rows = table.filter(pc.is_in(table["Id"], value_set=wanted.combine_chunks()))
            parts.append(profiles_of_records(name, rows.to_pandas()))
    every = pd.concat(parts, ignore_index=True)
    columns = list(PROFILE_COLUMNS)
    every[columns] = every[columns].where(every[columns] != "")
    every = every.merge(shared.to_pandas(), on="id")
    found = every.groupby("identity", sort=False)[["id", *columns, "rare"]].first().reset_index(drop=True)
    found = found[found["family"].notna()].sort_values("id", ignore_index=True)
    rare = found["rare"].fillna(False).to_numpy(dtype=np.bool_)
    found["email"] = found["email"].where(rare, found["email"].str.replace(r"@.*$", "@", regex=True))
    return found.assign(person=np.arange(len(found)))
