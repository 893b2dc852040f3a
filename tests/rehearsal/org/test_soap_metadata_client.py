"""The Metadata API as simple-salesforce speaks it, whose answers are held against Salesforce's own WSDL."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from simple_salesforce.api import Salesforce

from leakresponse.rehearsal.org import metadata_runs
from tests.support.metadata_deploys import component, package
from tests.support.served_org import Served


@pytest.fixture(scope="module")
def real(org: Served) -> Iterator[Salesforce]:
    session = requests.Session()
    session.trust_env = False
    session.verify = org.facts["ca_file"]
    token, instance = org.responder().token, org.facts["https_url"].removeprefix("https://")
    made = Salesforce(instance=instance, session_id=token, session=session, version="67.0")
    made.mdapi._client.transport.session.trust_env = False
    made.mdapi._client.transport.session.verify = org.facts["ca_file"]
    yield made
    made.mdapi._client.transport.session.close()
    session.close()


def test_it_deploys_looks_and_retrieves(real: Salesforce, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata_runs, "DEPLOY_SECONDS", 0.0)
    site = component("RemoteSiteSetting", "<isActive>true</isActive><url>https://simple.example</url>")
    sent = tmp_path / "sent.zip"
    sent.write_bytes(package({"RemoteSiteSetting": ["Simple"]}, {"remoteSiteSettings/Simple.remoteSite": site}))
    started = real.deploy(str(sent), sandbox=True)
    told = real.checkDeployStatus(started["asyncId"])
    assert (told["state"], told["deployment_detail"]["deployed_count"]) == ("Succeeded", "1")
    retrieve_id, _ = real.mdapi.retrieve("any", unpackaged={"RemoteSiteSetting": ["Simple"]})
    content = real.mdapi.retrieve_zip(retrieve_id)[3]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "remoteSiteSettings/Simple.remoteSite" in {one.removeprefix("unpackaged/") for one in archive.namelist()}


def test_it_reads_writes_and_deletes_single_components(real: Salesforce) -> None:
    sites = real.mdapi.RemoteSiteSetting
    assert "ConnectedApp" in {one.xmlName for one in real.mdapi.describe_metadata().metadataObjects}
    sites.upsert([sites(fullName="One", isActive=True, disableProtocolSecurity=False, url="https://one.example")])
    assert sites.read("One").url == "https://one.example"
    listed = real.mdapi.list_metadata([real.mdapi.ListMetadataQuery(type="RemoteSiteSetting")])
    assert "One" in {one.fullName for one in listed}
    sites.delete(["One"])
    with pytest.raises(Exception, match="One"):
        sites.delete(["One"])
