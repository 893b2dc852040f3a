"""A rehearsal's folder belongs to one scenario, size, seed, reading and part."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.folder import open_rehearsal


@pytest.mark.parametrize("other", [{"reading": "lenient"}, {"only": "containment"}])
def test_another_reading_or_part_is_another_rehearsal(tmp_path: Path, other: dict[str, str]) -> None:
    open_rehearsal(tmp_path / "x", "T02", 250, 1)
    with pytest.raises(BadInput, match="another rehearsal"):
        open_rehearsal(tmp_path / "x", "T02", 250, 1, **other)


def test_a_folder_from_before_the_choice_goes_on(tmp_path: Path) -> None:
    (tmp_path / "rehearsal.json").write_text(json.dumps({"scenario": "T01", "people": 250, "seed": 1}))
    assert open_rehearsal(tmp_path, "T01", 250, 1).reading == "attacker"
