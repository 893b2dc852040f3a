"""The shapes of secrets that our own rules know, as data; group 1 of a pattern is the value.

Sources of the shapes, read 2026-11-28; vendors publish few of them, and several are what scanners agree on:
- AWS key ids AKIA (long-term) and ASIA (temporary): IAM and STS documentation (GetAccessKeyInfo).
- Salesforce: consumer keys begin with 3MVG; consumer secrets are 64 hexadecimal digits in capitals, those of old apps
  13 to 19 digits (Drupal's `salesforce` module dropped its length check for that reason, release 8.x-3.0-rc1); refresh
  tokens begin with 5Aep (developer.salesforce.com REST examples; TruffleHog and Vulnetix ask for 5Aep861, which would
  miss what our simulated org issues); a session id is the org id, `!` and a secret (SOAP `login()` examples).
- Security tokens: 22 to 26 letters and digits, appended to the password (docs.progress.com, DataDirect Salesforce
  "Security-Token": the example has 22; `login()` in the SOAP API guide for the appending).
- Gateways: Stripe `sk_live_`, `rk_live_` (gitleaks `stripe-access-token`; detect-secrets knows 24 digits only); Square
  `sq0atp-` and `EAAA` (gitleaks `square-access-token`; Checkmarx 2ms `square_access_token.go`); Braintree
  `access_token$production$` (edoardottt/secfiles `regex/secrets.md`) and its 32 hexadecimal private key by name; Adyen
  `AQE` and a hundred characters or more (found alike in two public scanners); PayPal's client secret by name only.

Everything is bounded in length, so that a hostile text costs no more than its size.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

#: Between a name and its value: `name = "value"`, `"name": "value"`, `<name>value<`, `name -> value`, `name is value`.
_GIVES = r"""["'`]?\s{0,4}(?:[:=]{1,3}>?|->|>|\bis\b|\bwas\b)\s{0,4}["'`]?"""
_SECRET_NAME = r"(?i:consumer|client|oauth)[_ .-]?(?i:secret)"

#: Kind, small words without one of which the pattern need not be tried, pattern. The first to take a span keeps it.
SHAPES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("aws_access_key_id", ("akia", "asia"), r"\b((?:AKIA|ASIA)[A-Z0-9]{16})\b"),
    ("aws_secret_key", ("secret",), r"(?i:secret)[\w ]{0,24}\W{1,4}([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])"),
    (
        "private_key",
        ("private key-----",),
        r"(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----"
        r"(?:[\s\S]{1,8192}?-----END [A-Z ]{0,20}PRIVATE KEY-----)?)",
    ),
    ("salesforce_refresh_token", ("5aep",), r"\b(5Aep[A-Za-z0-9._=-]{40,200})"),
    ("salesforce_session_id", ("00d",), r"\b(00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?(?:!|%21)[A-Za-z0-9._-]{40,400})"),
    ("salesforce_consumer_secret", ("secret",), _SECRET_NAME + _GIVES + r"([0-9A-F]{64}|\d{13,19})\b"),
    ("salesforce_security_token", ("token",), r"(?i:security[_ -]?token)" + _GIVES + r"([A-Za-z0-9]{22,26})\b"),
    ("stripe_key", ("k_live_",), r"\b([rs]k_live_[0-9a-zA-Z]{24,120})\b"),
    ("square_key", ("sq0atp-", "eaaa"), r"\b(sq0atp-[\w-]{22,60}|EAAA[\w-]{56,80})(?![\w-])"),
    ("braintree_key", ("access_token$",), r"\b(access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32})\b"),
    ("braintree_key", ("braintree",), r"(?i:braintree[\w.-]{0,20}private[_ .-]?key)" + _GIVES + r"([0-9a-f]{32})\b"),
    ("adyen_key", ("aqe",), r"\b(AQE[A-Za-z0-9+/=.<>^&*{}\[\]_%()-]{100,400})"),
    ("paypal_secret", ("paypal",), r"(?i:paypal[\w .-]{0,24}secret)" + _GIVES + r"([\w-]{40,100})(?![\w-])"),
    ("url_with_credentials", ("://",), r"\b([A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:@/\"']{1,100}:[^\s@/\"']{1,200}@[^\s\"'<>]{1,400})"),
    ("token", ("gh", "xox"), r"\b(gh[pousr]_[A-Za-z0-9]{30,255}|xox[abprs]-[A-Za-z0-9-]{10,255})"),
    ("token", ("gl",), r"\b(gl(?:pat|dt|ft|soat|rt|cbt)-[\w-]{20,80})(?![\w-])"),
    ("token", ("_authtoken",), r"_authToken\s{0,4}=\s{0,4}(npm_\w{20,80}|[A-Fa-f0-9-]{36})(?![\w-])"),
    ("token", ("eyj",), r"\b(eyJ[\w-]{8,4000}\.[\w-]{8,8000}\.[\w-]{8,2000})"),
    (
        "api_key",
        ("key", "token", "secret"),
        r"(?<![A-Za-z])(?i:api[_ -]?key|access[_ -]?token|refresh[_ -]?token|(?:consumer|client)[_ -]?secret)"
        + _GIVES + r"([A-Za-z0-9_.-]{16,200})",
    ),
    (
        "password",
        ("passw", "passphrase", "passcode", "pwd"),
        r"(?<![A-Za-z])(?i:password|passwd|passphrase|passcode|pwd)\b[\"'`]?\s{0,4}(?:is\b|was\b|[:=]{1,2}>?|->|>)?"
        r"\s{0,4}[\"'`]?([^\s\"'`,;<]{6,64})",
    ),
    ("remote_access_link", ("vpn", "sso", "anyconnect", "globalprotect", "citrix"), r"\b(https?://[^\s\"'<>]{0,120}(?i:vpn|sso|anyconnect|globalprotect|citrix)[^\s\"'<>]{0,300})"),
    ("snowflake_host", ("snowflakecomputing",), r"\b([A-Za-z0-9_-][A-Za-z0-9_.-]{0,200}\.snowflakecomputing\.com)\b"),
)  # fmt: skip
RULES = tuple((kind, needles, re.compile(pattern)) for kind, needles, pattern in SHAPES)
#: A Salesforce consumer key is a name, no secret: what lies beside it is.
CONSUMER_KEY = re.compile(r"(?<![\w.])(3MVG[A-Za-z0-9._-]{40,251})")
#: A consumer secret without a name, within so many characters of a consumer key.
BESIDE_A_KEY, NEAR = re.compile(r"(?<![\w.])([0-9A-F]{64}|\d{16,19})(?![\w.])"), 400
#: `"password" + "token"`: two literals joined in code.
JOINED = re.compile(
    r"(?i:password|passwd|pwd)[\"'`]?\s{0,4}[:=]{1,2}\s{0,4}[\"'`]([^\"'`\n]{6,64})[\"'`]\s{0,4}[+.]\s{0,4}"
    r"[\"'`]([A-Za-z0-9]{22,26})[\"'`]"
)
#: Plugins of detect-secrets that know a vendor by its prefix: (kind, what to look for before asking). Left out are
#: those by entropy, variable name or address, which find prose among a million support texts, and those whose value
#: is not the whole secret (GitHub's and GitLab's answer the prefix alone) or whose pattern is quadratic (JWT, npm):
#: our own shapes stand for them.
PLUGINS: Mapping[str, tuple[str, str]] = {
    "aws.AWSKeyDetector": ("aws_secret_key", r"(?i)aws"),
    "azure_storage_key.AzureStorageKeyDetector": ("azure_storage_key", r"AccountKey="),
    "mailchimp.MailchimpDetector": ("mailchimp_key", r"-us\d"),
    "openai.OpenAIDetector": ("token", r"T3BlbkFJ"),
    "pypi_token.PypiTokenDetector": ("token", r"pypi-Ag"),
    "sendgrid.SendGridDetector": ("sendgrid_key", r"SG\."),
    "slack.SlackDetector": ("token", r"(?i)xox[abposr]-|hooks\.slack\.com"),
    "square_oauth.SquareOAuthDetector": ("square_key", r"sq0csp-"),
    "stripe.StripeDetector": ("stripe_key", r"[rs]k_live_"),
    "twilio.TwilioKeyDetector": ("twilio_key", r"\b(?:AC|SK)[a-z0-9]{32}\b"),
}
#: How many characters before and after such a place a plugin is shown: their secrets are shorter than the difference.
BEFORE, AFTER = 200, 400
#: Cheap test of a whole column (RE2 and `re` alike): a text that it does not meet holds no secret that the rules know.
HINT = (
    r"(?i)akia|asia|a3t|abia|acca|aws|secret|private.?key|://|gh[pousr]_|gl[a-z]{2,5}-|gr1348941|xox|eyj|api.?key|token"
    r"|passw|passphrase|passcode|pwd|snowflake|5aep|00d\w{12,15}(?:!|%21)|3mvg|[rs]k_live|sq0|eaaa|aqe|accountkey"
    r"|-us\d|t3blbkfj|pypi-|hooks\.slack|authtoken|sg\.|a[ck][a-z0-9]{32}|sk[a-z0-9]{32}"
)
