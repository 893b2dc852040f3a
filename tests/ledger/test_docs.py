"""What docs/ledger.md says is true: its code is run as it stands."""

from __future__ import annotations

import re
from pathlib import Path

_PAGE = Path(__file__).parents[2] / "docs" / "ledger.md"


def test_the_page_runs(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", _PAGE.read_text(), re.DOTALL)
    assert len(blocks) == 4
    exec("\n".join(blocks), {"folder": tmp_path})
