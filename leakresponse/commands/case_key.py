"""The files of a case folder, opened with the key that its `key.json` names: from the keyring or from AWS."""

from __future__ import annotations

from pathlib import Path

from leakresponse.core.errors import BadInput
from leakresponse.ledger import CaseFiles
from leakresponse.ledger.case_keys import KeyHolder, WrappedKey, codec_of, wrapped_key_of


def opened_files(case_dir: Path) -> CaseFiles:
    """The files of a case as this machine and account can open them; those of a plain case as they are.

    The vault is asked with boto3's own region, endpoint and credentials. Raises what the holder of the key raises.
    """
    wrapped = wrapped_key_of(case_dir)
    if wrapped is None:
        return CaseFiles(case_dir)
    return CaseFiles(case_dir, codec_of(case_dir, wrapped.case_id, lambda: _holder(wrapped)))


def _holder(wrapped: WrappedKey) -> KeyHolder:
    if wrapped.wrapped_by == "os-keyring":
        from leakresponse.adapters.os_keyring import OsKeyring

        return OsKeyring(wrapped.key_name)
    if wrapped.wrapped_by == "aws-secrets-manager":
        from leakresponse.adapters.secrets_manager import SecretsManager, VaultKeys

        return VaultKeys(SecretsManager(None), wrapped.key_name)
    raise BadInput(f"case keys: no such holder of keys: {wrapped.wrapped_by!r}")
