"""The bytes of files that were read, for the content scan (REST guide, "sObject Blob Get")."""

from __future__ import annotations

from collections.abc import Iterator

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.streams import Stream
from leakresponse.core.errors import BadInput

#: The field with the bytes, by object.
FIELDS = {"ContentVersion": "VersionData", "Attachment": "Body", "Document": "Body"}


def body(client: SalesforceClient, name: str, record_id: str) -> Iterator[bytes]:
    """A file's content as a stream. Raises BadInput for an object that holds no files, Refused for one that is gone."""
    if name not in FIELDS:
        raise BadInput(f"{name} holds no files")
    return iter(Stream(client, f"/sobjects/{name}/{record_id}/{FIELDS[name]}"))
