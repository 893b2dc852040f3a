"""People per state and element, from event log files and bulk result pages, in one DuckDB script.

What somebody who knows SQL would write on the day: the attack's sessions by the alert's app and network, the objects of
their bulk jobs, one person per e-mail and name, state from the address with the ZIP as fallback, elements by filled
fields, SSN and card numbers (Luhn) in the texts. It knows nothing of bounds, conflicts, shared mailboxes or evidence.

    python -m benchmarks.by_hand.scope_duckdb LOGS PAGES TABLES OUT.csv
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

LOGS = """
CREATE VIEW rest AS FROM read_csv('{logs}/RestApi-*.csv', all_varchar = true, header = true);
CREATE VIEW totals AS FROM read_csv('{logs}/ApiTotalUsage-*.csv', all_varchar = true, header = true);
CREATE VIEW bulk AS FROM read_csv('{logs}/BulkApi2-*.csv', all_varchar = true, header = true);
CREATE VIEW uniq AS FROM read_csv('{logs}/UniqueQuery-*.csv', all_varchar = true, header = true);
CREATE VIEW api AS FROM read_csv('{logs}/API-*.csv', all_varchar = true, header = true);
CREATE VIEW logins AS FROM read_csv('{logs}/Login-*.csv', all_varchar = true, header = true);
CREATE TABLE app AS SELECT DISTINCT CONNECTED_APP_ID AS id, USER_ID AS user_id FROM totals
    WHERE CONNECTED_APP_NAME = 'Drift' AND CLIENT_IP LIKE '208.68.36.%';
CREATE TABLE attack AS SELECT SESSION_KEY, LOGIN_KEY, URI FROM rest
    WHERE CONNECTED_APP_ID IN (SELECT id FROM app) AND CLIENT_IP LIKE '208.68.36.%';
CREATE TABLE jobs AS SELECT JOB_ID, any_value(ENTITY_TYPE) AS object, max(RECORDS_PROCESSED::BIGINT) AS rows FROM bulk
    WHERE SESSION_KEY IN (SELECT SESSION_KEY FROM attack) AND OPERATION_TYPE = 'query' GROUP BY 1;
CREATE TABLE queries AS SELECT DISTINCT QUERY_IDENTIFIER AS soql FROM uniq
    WHERE SESSION_KEY IN (SELECT SESSION_KEY FROM attack);
CREATE TABLE others AS SELECT count(*) AS n FROM api WHERE SESSION_KEY IN (SELECT SESSION_KEY FROM attack)
    UNION ALL SELECT count(*) FROM logins WHERE LOGIN_KEY IN (SELECT LOGIN_KEY FROM attack);
"""

PEOPLE = r"""
CREATE TABLE zips AS FROM read_csv('{tables}/zips.csv', all_varchar = true, header = true);
CREATE TABLE states AS FROM read_csv('{tables}/states.csv', all_varchar = true, header = true);
CREATE MACRO has(text) AS coalesce(trim(text), '') <> '';
CREATE MACRO person(email, name) AS
    hash(lower(trim(email)) || '|' || lower(regexp_replace(trim(name), '\s+', ' ', 'g')));
CREATE MACRO digits(text) AS list_transform(string_split(text, ''), lambda d: d::INTEGER);
CREATE MACRO luhn(text) AS list_sum(list_transform(list_reverse(digits(text)),
    lambda d, i: CASE WHEN i % 2 = 1 THEN d WHEN d > 4 THEN 2 * d - 9 ELSE 2 * d END)) % 10 = 0;
CREATE TABLE contacts AS
    SELECT c.Id AS id, person(c.Email, c.Name) AS person, coalesce(s.code, z.state, 'UNKNOWN') AS state,
        has(c.Name)::INT + 2 * has(c.Email)::INT + 4 * (has(c.Phone) OR has(c.MobilePhone))::INT
        + 8 * (has(c.MailingStreet) OR has(c.MailingCity) OR has(c.MailingPostalCode))::INT + 16 * has(c.Birthdate)::INT
        + 32 * has(c.SSN__c)::INT + 64 * has(c.Drivers_License__c)::INT AS bits
    FROM read_csv('{pages}/Contact-*.csv', all_varchar = true, header = true) c
    LEFT JOIN states s ON s.text = upper(trim(c.MailingState)) LEFT JOIN zips z ON z.zip = c.MailingPostalCode[:5];
CREATE TABLE cases AS
    SELECT ContactId, SuppliedName, SuppliedEmail,
        has(SuppliedName)::INT + 2 * has(SuppliedEmail)::INT + 4 * has(SuppliedPhone)::INT
        + CASE WHEN regexp_matches(Description, '\b[0-8]\d{{2}}-\d{{2}}-\d{{4}}\b') THEN 32 ELSE 0 END
        + CASE WHEN regexp_matches(Description, '\b\d{{13,19}}\b')
            AND list_bool_or(list_transform(regexp_extract_all(Description, '\b[2-6]\d{{12,18}}\b'), lambda n: luhn(n)))
          THEN 128 ELSE 0 END AS bits
    FROM read_csv('{pages}/Case-*.csv', all_varchar = true, header = true);
CREATE TABLE found AS
    SELECT person, state, bits FROM contacts
    UNION ALL SELECT k.person, k.state, c.bits FROM cases c JOIN contacts k ON k.id = c.ContactId
    UNION ALL SELECT person(SuppliedEmail, SuppliedName), 'UNKNOWN', bits FROM cases WHERE NOT has(ContactId);
CREATE TABLE people AS
    SELECT person, coalesce(min(state) FILTER (state <> 'UNKNOWN'), 'UNKNOWN') AS state, bit_or(bits) AS bits
    FROM found GROUP BY person;
"""

COUNTS = """
COPY (
    SELECT state, 'any' AS element, count(*) AS people FROM people GROUP BY 1
    UNION ALL
    SELECT state, names[bit + 1] AS element, count(*) AS people FROM people, range(8) AS bits_of(bit),
        (SELECT ['name', 'email', 'phone', 'postal_address', 'dob', 'ssn', 'drivers_license', 'payment_card_alone']
         AS names)
    WHERE (bits >> bit) & 1 = 1 GROUP BY 1, 2
) TO '{out}' (HEADER)
"""


def main(logs: str, pages: str, tables: str, out: str) -> None:
    """Read everything, write state, element, people. Raises SystemExit where the logs do not show both objects read."""
    places = {"logs": logs, "pages": pages, "tables": tables, "out": out}
    with duckdb.connect() as connection:
        connection.execute(LOGS.format(**places))
        read = {row[0] for row in connection.execute("SELECT object FROM jobs").fetchall()}
        if read != {Path(page).stem.split("-")[0] for page in Path(pages).glob("C*-0000.csv")}:
            raise SystemExit("the jobs of the attack are not those of the pages")
        connection.execute(PEOPLE.format(**places))
        connection.execute(COUNTS.format(**places))


if __name__ == "__main__":
    main(*sys.argv[1:5])
