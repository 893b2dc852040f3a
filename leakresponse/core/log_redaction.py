"""The second line of defence in logs: every record of this process is masked by shape before a handler sees it.

Installed as the factory of log records, so that it holds for loggers and handlers that are made later, such as those by
which Prefect sends a run's records to its server. It never raises and never drops a record. What it masks is counted:
in a clean run the count is zero, because the first line (`core.redact.Redacted`, sanitised errors) holds by itself.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from leakresponse.core.redact import mask

#: Loggers that write whole requests and answers when they are set to debug.
_AWS = ("aiobotocore", "boto3", "botocore", "s3fs", "s3transfer")
TALKATIVE = (*_AWS, "httpcore", "httpx", "simple_salesforce", "urllib3")
#: Loggers whose records may carry extras; a filter of theirs sees them before any handler does.
_WITH_EXTRAS = ("", "leakresponse", "prefect", "prefect.flow_runs", "prefect.task_runs")
_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}
_DEPTH = 4
_lock = threading.Lock()
_masked = 0


def masked_count() -> int:
    """How many values have been masked in this process."""
    return _masked


class MaskedRecord(logging.LogRecord):
    """A record whose message, arguments, exception text and stack are masked when it is made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for part in (self._mask_message, self._mask_exception, self._mask_stack):
            with contextlib.suppress(Exception):  # an argument's own __str__ may raise whatever it likes
                part()

    def getMessage(self) -> str:
        """The message, masked once more: the record may have been filled in after it was made."""
        return masked(super().getMessage())

    def _mask_message(self) -> None:
        """Message and arguments together, since an address may be put together from both."""
        text = super().getMessage()
        safe = masked(text)
        if safe != text:
            self.msg, self.args = safe, ()

    def _mask_exception(self) -> None:
        """Handlers print `exc_text` where it is set; the exception itself goes where its text had to be masked."""
        if not self.exc_info or not self.exc_info[0]:
            return
        text = "".join(traceback.format_exception(*self.exc_info)).rstrip("\n")
        self.exc_text = masked(text)
        if self.exc_text != text:
            self.exc_info = None

    def _mask_stack(self) -> None:
        if self.stack_info:
            self.stack_info = masked(self.stack_info)


class MaskExtras(logging.Filter):
    """Masks what `extra=` added to a record. Lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True."""
        for name in set(record.__dict__) - _OWN:
            with contextlib.suppress(Exception):
                record.__dict__[name] = _safe(record.__dict__[name])
        return True


def _safe(value: Any, depth: int = 0) -> Any:
    """The value with its texts masked; anything else is left, or its text where that had to be masked."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return masked(value)
    if depth < _DEPTH and isinstance(value, Mapping):
        return {key: _safe(item, depth + 1) for key, item in value.items()}
    if depth < _DEPTH and isinstance(value, (list, tuple)):
        items = [_safe(item, depth + 1) for item in value]
        return items if isinstance(value, list) else tuple(items)
    text = str(value)
    safe = masked(text)
    return value if safe == text else safe


def masked(text: str) -> str:
    """The text masked, and counted."""
    global _masked
    safe, count = mask(text)
    if count:
        with _lock:
            _masked += count
    return safe


def install() -> None:
    """Mask every log record, warning and uncaught exception of this process from now on. A repeat changes nothing."""
    if logging.getLogRecordFactory() is MaskedRecord:
        return
    logging.setLogRecordFactory(MaskedRecord)
    for name in _WITH_EXTRAS:
        logging.getLogger(name).addFilter(MaskExtras())
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    plain = warnings.formatwarning
    warnings.formatwarning = lambda *args, **kwargs: masked(plain(*args, **kwargs))
    sys.excepthook = _say
    threading.excepthook = _say_of_thread


def _say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    elif sys.stderr:
        sys.stderr.write(masked("".join(traceback.format_exception(kind, error, trace))))


def _say_of_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_type is SystemExit or not sys.stderr:
        return
    name = args.thread.name if args.thread else "?"
    text = "".join(traceback.format_exception(args.exc_type, args.exc_value, args.exc_traceback))
    sys.stderr.write(masked(f"Exception in thread {name}:\n{text}"))
