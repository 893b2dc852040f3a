"""Every record of a process is masked before a handler sees it, and none is lost."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys

import pytest

from leakresponse.core import log_redaction
from leakresponse.core.redact import MASK, Redacted

SSN, MAIL = "078-05-1120", "jane.roe@example.com"


@pytest.fixture
def lines(monkeypatch):
    """A logger of its own, masked as `install` does it, and what its handler wrote."""
    kept = logging.getLogRecordFactory()
    logging.setLogRecordFactory(log_redaction.MaskedRecord)
    output, logger = io.StringIO(), logging.Logger("own")
    logger.addHandler(logging.StreamHandler(output))
    logger.addFilter(log_redaction.MaskExtras())
    yield logger, output
    logging.setLogRecordFactory(kept)


def test_message_and_arguments_are_masked(lines):
    logger, output = lines
    logger.warning("person %s of %s@%s", SSN, "jane", "example.com")
    assert output.getvalue() == f"person {MASK} of {MASK}\n"


def test_what_is_masked_is_counted(lines):
    logger, _ = lines
    before = log_redaction.masked_count()
    logger.warning("clean")
    assert log_redaction.masked_count() == before
    logger.warning("person %s", SSN)
    assert log_redaction.masked_count() == before + 1


def test_the_text_of_an_exception_is_masked(lines):
    logger, output = lines
    try:
        raise KeyError(MAIL)
    except KeyError:
        logger.exception("lookup failed")
    assert "KeyError" in output.getvalue()
    assert MAIL not in output.getvalue()


def test_extras_are_masked(lines):
    logger, output = lines
    logger.handlers[0].setFormatter(logging.Formatter("%(who)s %(deep)s"))
    logger.warning("x", extra={"who": MAIL, "deep": {"list": [SSN, 7]}})
    assert output.getvalue() == f"{MASK} {{'list': ['{MASK}', 7]}}\n"


def test_a_record_filled_in_later_is_masked(lines):
    record = logging.makeLogRecord({"msg": f"to {MAIL}"})
    assert record.getMessage() == f"to {MASK}"


def test_an_argument_that_cannot_be_shown_stops_nothing(lines):
    class Broken:
        def __str__(self):
            raise RuntimeError("no text")

    logger, _ = lines
    seen = []
    logger.handlers[0].emit = seen.append
    logger.warning("broken %s", Broken())
    logger.warning("wrong number of arguments %s %s", 1)
    assert len(seen) == 2


def test_a_redacted_value_needs_no_mask(lines):
    logger, output = lines
    before = log_redaction.masked_count()
    logger.warning("value %s", Redacted(SSN))
    assert output.getvalue() == f"value {MASK}\n"
    assert log_redaction.masked_count() == before


@pytest.mark.parametrize(
    "act",
    [
        f"raise KeyError('{MAIL}')",
        f"import threading; t = threading.Thread(target=lambda: {{}}['{MAIL}']); t.start(); t.join()",
        f"import warnings; warnings.warn('{MAIL}')",
        f"import logging; logging.warning('{MAIL}')",
        f"import logging; logging.getLogger('prefect.flow_runs').warning('{MAIL}')",
    ],
    ids=["exception", "thread", "warning", "root", "prefect"],
)
def test_nothing_leaves_a_process_unmasked(act):
    code = f"from leakresponse.core.log_redaction import install; install(); install()\n{act}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert MASK in done.stderr
    assert MAIL not in done.stderr.replace(act, "")


def test_talkative_libraries_are_held_back_at_debug():
    code = (
        "import logging; from leakresponse.core.log_redaction import install; install()\n"
        "logging.basicConfig(level=logging.DEBUG)\n"
        "print([n for n in ('botocore.endpoint', 'urllib3.connectionpool', 'httpcore', 'httpx', 'aiobotocore.x')"
        " if logging.getLogger(n).isEnabledFor(logging.INFO)])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == []
