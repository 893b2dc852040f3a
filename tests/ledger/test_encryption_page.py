"""What docs/encryption.md says is true: its code is run as it stands, and the commands are in the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from leakresponse.cli import _parser
from leakresponse.ledger import case_keys, open_ledger
from leakresponse.ledger.contents import MAGIC
from tests.support import keyrings

_TEXT = (Path(__file__).parents[2] / "docs" / "encryption.md").read_text()


def test_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(case_keys, "_OPENED", {})
    blocks = re.findall(r"```python\n(.*?)```", _TEXT, re.DOTALL)
    assert len(blocks) == 2
    ledger = open_ledger(tmp_path / "ledger.sqlite")
    case_id = ledger.open_case("alert-1", b"{}", {}).case_id
    with keyrings.in_use():
        exec("\n".join(blocks), {"folder": tmp_path, "ledger": ledger, "case_id": case_id})
    ledger.close()


@pytest.mark.parametrize("command", re.findall(r"`leak-response (evidence [^`]*)`", _TEXT))
def test_the_commands_are_known(command):
    assert _parser().parse_args(command.split()).case_dir == Path("CASE_DIR")


def test_the_first_bytes_are_those_of_the_page():
    assert MAGIC.hex(" ") in _TEXT
