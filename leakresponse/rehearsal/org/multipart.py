"""Bodies of `multipart/form-data`, as parts by name."""

from __future__ import annotations

from typing import Any

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from leakresponse.rehearsal.org.errors import ApiRefused, bad_request


def refusal() -> ApiRefused:
    """What Salesforce says to a wrongly built form."""
    return bad_request("INVALID_MULTIPART_REQUEST", "The multipart request is not well formed")


def parts_of(body: bytes, content_type: str) -> dict[str, bytes]:
    """The parts in their order. Raises 400 INVALID_MULTIPART_REQUEST."""
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise refusal()
    reader = _Reader()
    try:
        parser = MultipartParser(boundary, reader.callbacks())
        parser.write(body)
        parser.finalize()
    except FormParserError:
        raise refusal() from None
    return {name: bytes(content) for name, content in reader.parts}


class _Reader:
    """Collects what the parser reports."""

    def __init__(self) -> None:
        self.parts: list[tuple[str, bytearray]] = []
        self._field, self._value = bytearray(), bytearray()

    def callbacks(self) -> Any:
        """The parser's callbacks."""
        return {
            "on_part_begin": lambda: self.parts.append(("", bytearray())),
            "on_part_data": lambda data, start, end: self.parts[-1][1].extend(data[start:end]),
            "on_header_field": lambda data, start, end: self._field.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header,
        }

    def _header(self) -> None:
        if bytes(self._field).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self.parts[-1] = (options.get(b"name", b"").decode("utf-8", "replace"), self.parts[-1][1])
        self._field.clear()
        self._value.clear()
