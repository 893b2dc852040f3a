"""The record: cases, actions, approvals, outbox, hash chain, evidence store; `once(key)` before every side effect."""

from leakresponse.ledger.case_files import CaseFiles
from leakresponse.ledger.cases import INTAKE, case_id_of
from leakresponse.ledger.chain import Entry
from leakresponse.ledger.evidence import EvidenceStore
from leakresponse.ledger.export import Export, export
from leakresponse.ledger.ledger import Ledger, open_ledger
from leakresponse.ledger.redact import Redacted
from leakresponse.ledger.sealing import Seal, seal
from leakresponse.ledger.types import (
    ActionRecord,
    AlertRecord,
    Approval,
    Batch,
    Case,
    EvidenceRef,
    InProgress,
    Notice,
    NoticeResult,
    Phase,
    Queued,
    Receipt,
)
from leakresponse.ledger.verification import Verification, verify

__all__ = [
    "INTAKE",
    "ActionRecord",
    "AlertRecord",
    "Approval",
    "Batch",
    "Case",
    "CaseFiles",
    "Entry",
    "EvidenceRef",
    "EvidenceStore",
    "Export",
    "InProgress",
    "Ledger",
    "Notice",
    "NoticeResult",
    "Phase",
    "Queued",
    "Receipt",
    "Redacted",
    "Seal",
    "Verification",
    "case_id_of",
    "export",
    "open_ledger",
    "seal",
    "verify",
]
