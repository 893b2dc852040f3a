"""Encrypted files: what was written is read, anywhere in it; whatever else is put there does not open."""

from __future__ import annotations

import io
import os
import tracemalloc

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakresponse.core.errors import LeakResponseError
from leakresponse.ledger.encryption import MAGIC, SEGMENT_BYTES, DoesNotOpen, Encrypted, is_encrypted
from leakresponse.ledger.evidence import Plain

KEY = bytes(range(32))
CODEC = Encrypted(KEY, "case-1")
FIRST, REST = SEGMENT_BYTES - 56, SEGMENT_BYTES - 16
#: Lengths at which the number of segments changes.
EDGES = [0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + REST, FIRST + REST + 1]
#: Written by Google's Tink 1.16.1, template AES256_GCM_HKDF_1MB with the key above, associated data "case-1".
BY_TINK = bytes.fromhex(
    "280c7bf71be0373dd5390fdf67e2ab26f7465607cd41e15f73fcbdcb8b02b4891b0c30db06419fdbf76961c4718f17818987b3348883d9c6"
    "ec9ddc40ba1794cf095314c12005e5"
)


def sealed(content: bytes, codec: Encrypted = CODEC) -> bytes:
    return b"".join(codec.encode([content]))


def opened(stored: bytes, codec: Encrypted = CODEC) -> bytes:
    with codec.decode(io.BytesIO(stored)) as file:
        return file.read()


@pytest.mark.parametrize("length", EDGES)
def test_what_is_written_is_read(length):
    content = os.urandom(length)
    assert opened(sealed(content)) == content


def test_pieces_of_any_size_give_the_same_content():
    content = os.urandom(FIRST + 5)
    pieces = [b"", content[:3], content[3:], b""]
    assert opened(b"".join(CODEC.encode(pieces))) == content


def test_the_format_is_tinks():
    assert opened(MAGIC + BY_TINK) == b"the same format"


def test_nothing_of_the_content_is_seen_and_no_file_is_like_another():
    one, two = sealed(b"123-45-6789" * 10), sealed(b"123-45-6789" * 10)
    assert b"123-45-6789" not in one
    assert one != two


LONG = os.urandom(2 * SEGMENT_BYTES + 100)
STORED = sealed(LONG)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(LONG) + 10), st.integers(-1, SEGMENT_BYTES)), max_size=8))
def test_any_place_can_be_read_in_any_order(reads):
    plain = io.BytesIO(LONG)
    with CODEC.decode(io.BytesIO(STORED)) as file:
        for place, length in reads:
            assert file.seek(place) == plain.seek(place)
            assert file.read(length) == plain.read(length)
            assert file.tell() == plain.tell()


def test_places_count_from_the_end_too():
    with CODEC.decode(io.BytesIO(STORED)) as file:
        assert file.seek(0, os.SEEK_END) == len(LONG)
        file.seek(-7, os.SEEK_END)
        assert file.read() == LONG[-7:]


def test_parquet_is_read_straight_from_it():
    table = pd.DataFrame({"person_id": range(1000), "email": ["x@example.com"] * 1000})
    with CODEC.decode(io.BytesIO(sealed(table.to_parquet()))) as file:
        assert pd.read_parquet(file, columns=["person_id"])["person_id"].tolist() == list(range(1000))


HEADER = len(MAGIC) + 40
SECOND = len(MAGIC) + SEGMENT_BYTES
LAST = SECOND + SEGMENT_BYTES


def flip(place: int):
    return lambda stored: stored[:place] + bytes([stored[place] ^ 1]) + stored[place + 1 :]


TAMPERINGS = {
    "salt": flip(len(MAGIC) + 5),
    "nonce prefix": flip(HEADER - 1),
    "length of the header": flip(len(MAGIC)),
    "first segment": flip(HEADER + 10),
    "a tag": flip(SECOND - 1),
    "last byte": flip(len(STORED) - 1),
    "cut within a segment": lambda stored: stored[:-20],
    "cut at a segment's end": lambda stored: stored[:LAST],
    "cut to the first segment": lambda stored: stored[:SECOND],
    "cut within the header": lambda stored: stored[: HEADER - 3],
    "only a header": lambda stored: stored[:HEADER],
    "empty": lambda stored: b"",
    "segment doubled": lambda stored: stored[:SECOND] + stored[SECOND:LAST] + stored[SECOND:],
    "segment left out": lambda stored: stored[:SECOND] + stored[LAST:],
    "something added": lambda stored: stored + b"x",
    "other file's last segment": lambda stored: (
        stored[: SECOND + SEGMENT_BYTES] + sealed(LONG)[SECOND + SEGMENT_BYTES :]
    ),
    "other file's header": lambda stored: sealed(LONG)[:HEADER] + stored[HEADER:],
}


@pytest.mark.parametrize("kind", TAMPERINGS)
def test_whatever_was_changed_does_not_open(kind):
    with pytest.raises(DoesNotOpen):
        opened(TAMPERINGS[kind](STORED))


def test_segments_in_another_order_do_not_open():
    stored = sealed(os.urandom(FIRST + 2 * REST + 5))
    one, two, end = SECOND, SECOND + SEGMENT_BYTES, SECOND + 2 * SEGMENT_BYTES
    with pytest.raises(DoesNotOpen):
        opened(stored[:one] + stored[two:end] + stored[one:two] + stored[end:])


def test_a_file_of_another_case_does_not_open():
    with pytest.raises(DoesNotOpen):
        opened(sealed(b"x", Encrypted(KEY, "case-2")))


def test_another_key_does_not_open():
    with pytest.raises(DoesNotOpen):
        opened(sealed(b"x", Encrypted(KEY[::-1], "case-1")))


def test_a_change_is_told_through_a_reader_of_parquet():
    stored = sealed(pd.DataFrame({"a": os.urandom(3 * SEGMENT_BYTES).hex().splitlines() * 2}).to_parquet())
    with pytest.raises(DoesNotOpen):
        pd.read_parquet(CODEC.decode(io.BytesIO(flip(HEADER + 100)(stored))))


def test_plain_and_encrypted_are_told_apart_and_neither_passes_for_the_other():
    assert is_encrypted(io.BytesIO(sealed(b"x"))) and not is_encrypted(io.BytesIO(b"x"))
    with pytest.raises(DoesNotOpen):
        opened(b"x" * 100)
    with pytest.raises(DoesNotOpen):
        Plain().decode(io.BytesIO(sealed(b"x")))


def test_no_error_carries_the_key():
    with pytest.raises(LeakResponseError) as caught:
        opened(flip(HEADER)(sealed(b"x")))
    assert KEY.hex() not in repr(caught.value) and repr(KEY) not in repr(CODEC)


def test_a_huge_file_needs_little_memory(tmp_path):
    block = os.urandom(1 << 20)
    tracemalloc.start()
    try:
        with (tmp_path / "huge").open("wb") as file:
            file.writelines(CODEC.encode(block for _ in range(200)))
        with CODEC.decode((tmp_path / "huge").open("rb")) as file:
            size = sum(len(some) for some in iter(lambda: file.read(1 << 16), b""))
        assert size == 200 << 20
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
