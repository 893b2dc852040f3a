"""Each kind of secret is found with its place and a fingerprint; names, calls and stand-ins are not."""

from __future__ import annotations

import base64
import json
import re
import string
import time

import pandas as pd
import pytest

from leakresponse.core.elements_scan import find_secrets
from leakresponse.core.secret_rules import consumer_keys_in, find_in_text, fingerprint
from leakresponse.core.secret_shapes import HINT

KEY = "3MVG9" + "aB3." * 20
HEX64 = "0A1B2C3D" * 8
REFRESH = "5Aep861" + "kL9_" * 20
SESSION = "00D5f000004abcD!" + "AQ8x.z" * 14
TOKEN24 = "aB3dE5fG7hJ9kL1mN3pQ5rS7"
PEM = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBg\n" * 20 + "-----END PRIVATE KEY-----"
ALNUM = string.ascii_letters + string.digits
JWT = ".".join(
    base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
    for part in ({"alg": "HS256", "typ": "JWT"}, {"sub": "1", "name": "hp"}, {"x": "signature-of-it"})
)

CASES = [
    (f'CONSUMER_SECRET = "{HEX64}"', "salesforce_consumer_secret", HEX64),
    (f'{{"clientSecret": "{HEX64}"}}', "salesforce_consumer_secret", HEX64),
    (f"<clientSecret>{HEX64}</clientSecret>", "salesforce_consumer_secret", HEX64),
    ("client_secret=1234567890123456789", "salesforce_consumer_secret", "1234567890123456789"),
    (f'connect("{KEY}", "{HEX64}")', "salesforce_consumer_secret", HEX64),
    (f"SF_REFRESH_TOKEN={REFRESH}", "salesforce_refresh_token", REFRESH),
    (f"curl -H 'Authorization: Bearer {SESSION}'", "salesforce_session_id", SESSION),
    (f'SF_SECURITY_TOKEN="{TOKEN24}"', "salesforce_security_token", TOKEN24),
    (f'sf = Salesforce(password="Winter-2025{TOKEN24}")', "salesforce_password_with_token", f"Winter-2025{TOKEN24}"),
    (f"password = 'Winter-2025' + '{TOKEN24}'", "salesforce_password_with_token", f"Winter-2025{TOKEN24}"),
    (PEM, "private_key", PEM),
    ("key=" + "AKIA" + "Q2" * 8, "aws_access_key_id", "AKIA" + "Q2" * 8),
    ("aws_secret_access_key = " + "aB/+" * 10, "aws_secret_key", "aB/+" * 10),
    ("stripe: sk_live_" + ALNUM[:24], "stripe_key", "sk_live_" + ALNUM[:24]),
    ("rk_live_" + ALNUM, "stripe_key", "rk_live_" + ALNUM),
    ("access_token$production$" + "a1" * 8 + "$" + "0f" * 16, "braintree_key",
     "access_token$production$" + "a1" * 8 + "$" + "0f" * 16),
    ("BRAINTREE_PRIVATE_KEY=" + "0f" * 16, "braintree_key", "0f" * 16),
    ("x-api-key: AQE" + "hmfx1/" * 20, "adyen_key", "AQE" + "hmfx1/" * 20),
    ("sq0atp-" + ALNUM[:22], "square_key", "sq0atp-" + ALNUM[:22]),
    ("sq0csp-" + ALNUM[:43], "square_key", "sq0csp-" + ALNUM[:43]),
    ("PAYPAL_CLIENT_SECRET: E" + ALNUM[:60] + "9", "paypal_secret", "E" + ALNUM[:60] + "9"),
    ("snowflake_password=Frost-2025x", "password", "Frost-2025x"),
    ("host: ab1.us-east-1.snowflakecomputing.com", "snowflake_host", "ab1.us-east-1.snowflakecomputing.com"),
    ("snowflake://app:s3cret@ab1/db", "url_with_credentials", "snowflake://app:s3cret@ab1/db"),
    ("ghp_" + ALNUM[:36], "token", "ghp_" + ALNUM[:36]),
    ("glpat-" + ALNUM[:20], "token", "glpat-" + ALNUM[:20]),
    ("//npm.example/:_authToken=npm_" + ALNUM[:36], "token", "npm_" + ALNUM[:36]),
    ("xoxb-123456789012-" + ALNUM[:24].lower(), "token", "xoxb-123456789012-" + ALNUM[:24].lower()),
    (JWT, "token", JWT),
    ("SG." + ALNUM[:22] + "." + ALNUM[:43], "sendgrid_key", "SG." + ALNUM[:22] + "." + ALNUM[:43]),
    ("mc = " + "0f" * 16 + "-us12", "mailchimp_key", "0f" * 16 + "-us12"),
    ("AC" + "0f" * 16, "twilio_key", "AC" + "0f" * 16),
    ("AccountKey=" + "aB3/" * 21 + "aB==", "azure_storage_key", "AccountKey=" + "aB3/" * 21 + "aB=="),
    ("api_key: abcd1234efgh5678", "api_key", "abcd1234efgh5678"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "value"), CASES)
def test_a_secret_is_found_at_its_place(text: str, kind: str, value: str) -> None:
    (found,) = find_in_text(f"line one\n{text}\nlast line")
    assert (found.kind, found.fingerprint) == (kind, fingerprint(value))
    assert value not in repr(found)
    if kind != "salesforce_password_with_token":
        assert f"line one\n{text}\n"[found.start : found.end] == value


@pytest.mark.parametrize(("text", "kind", "value"), CASES)
def test_the_cheap_test_of_a_column_lets_it_through(text: str, kind: str, value: str) -> None:
    (found,) = find_secrets("Case", pd.Series(["500"]), pd.Series([text], dtype="str"), "Description")
    assert found.kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "The password reset mail never arrives.", "password = os.environ['SF_PASSWORD1']", "password=self._password",
        "password: ${SF_PASSWORD_1}", "password = get_password(user1)", "password: <your password 1>",
        "pwd: /home/app1", "client_secret = settings.client_secret_value", "api_key: your-api-key-here-1",
        'password = "changeme-1"', "security_token: {{ security_token_for_1 }}", "see https://shop.example/x",
        "a commit 3f786850e387550fdab836ed7e6dc881de23001b", "id 550e8400-e29b-41d4-a716-446655440000",
        f"clientId = '{KEY}'", "order 1234567890123456789", "password_hash = compute_hash_2",
        "postgres://app:${DB_PASSWORD}@db/x", "postgres://app:<password>@db/x", "https://app:%(secret)s@db/x",
        "no_password = serialization.PrivateFormat.PKCS8", 'json={"password": password}).status_code == 204',
    ],
)  # fmt: skip
def test_prose_references_and_stand_ins_are_no_secrets(text: str) -> None:
    assert find_in_text(text) == []


def test_a_private_key_is_the_same_however_its_lines_are_broken() -> None:
    (plain,) = find_in_text(PEM)
    (escaped,) = find_in_text(json.dumps({"key": PEM}))
    assert plain.fingerprint == escaped.fingerprint == fingerprint(PEM)


def test_two_secrets_on_one_line_are_both_found_and_in_order() -> None:
    found = find_in_text(f"{REFRESH} {SESSION}")
    assert [one.kind for one in found] == ["salesforce_refresh_token", "salesforce_session_id"]


def test_a_consumer_key_is_known_by_fingerprint_and_is_no_secret() -> None:
    assert consumer_keys_in(f"id={KEY}") == [(3, fingerprint(KEY))]
    assert find_in_text(f"id={KEY}") == []


def test_the_hint_is_also_understood_by_the_engine_of_columns() -> None:
    assert re.compile(HINT).search("passwd") and not re.compile(HINT).search("good morning")


@pytest.mark.parametrize(
    "unit", ["password ", "-----BEGIN RSA PRIVATE KEY-----\n", "3MVG9", "a:b@", "eyJ", "http://a", "SG.", "aws key"]
)
def test_a_hostile_text_takes_no_more_than_its_size(unit: str) -> None:
    started = time.process_time()
    find_in_text(unit * (200_000 // len(unit)))
    assert time.process_time() - started < 10
