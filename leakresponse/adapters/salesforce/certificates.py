"""The one certificate of an app, connected or External Client: found by its consumer key, changed alone.

`ConnectedApp.oauthConfig.certificate` and `ExtlClntAppGlobalOauthSettings.certificate` hold one PEM, so there is no
overlap: the old key is expected to fail when the deploy lands (Metadata API guide, unconfirmed; proven by use after
every rotation). Nobody has confirmed that a deploy leaves alone what its file leaves out, so the app is read first and
sent back whole.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.metadata import DEPLOY_SECONDS, component, deploy
from leakresponse.adapters.salesforce.metadata_soap import list_components, read_components, rewritten
from leakresponse.adapters.salesforce.oauth_tokens import fingerprint
from leakresponse.core.errors import Refused

CONNECTED, ECA = "ConnectedApp", "ExtlClntAppGlobalOauthSettings"
_PATHS = {CONNECTED: "connectedApps/{}.connectedApp", ECA: "extlClntAppGlobalOauthSets/{}.ecaGlblOauth"}
#: Sent back, these would make a new key or secret (Metadata API guide, ExtlClntAppGlobalOauthSettings).
_NEVER_SENT = ("shouldRotateConsumerKey", "shouldRotateConsumerSecret")


@dataclass(frozen=True, slots=True)
class AppPlace:
    """Where an app keeps its certificate: the metadata type, and the component's full name; `app` is its API name."""

    kind: str
    name: str
    app: str


def find_apps(client: SalesforceClient) -> Mapping[str, AppPlace]:
    """Every app of an org that has OAuth settings, by the fingerprint of its consumer key; ten apps a call."""
    found = {}
    for kind in (CONNECTED, ECA):
        for name, root in read_components(client, kind, list_components(client, kind)).items():
            key = (_holder(root, kind).findtext("consumerKey") or "").strip()
            if key:
                app = root.findtext("externalClientApplication") if kind == ECA else name
                found[fingerprint(key)] = AppPlace(kind, name, app or name)
    return found


def read_certificate(client: SalesforceClient, place: AppPlace) -> str:
    """The certificate as the org has it, empty where the app has none. Raises Refused `NOT_FOUND`."""
    return (_holder(_read(client, place), place.kind).findtext("certificate") or "").strip()


def deploy_certificate(
    client: SalesforceClient, place: AppPlace, certificate_pem: str, wait_seconds: float = DEPLOY_SECONDS
) -> str:
    """Change the certificate and nothing else, and wait; the answer is the deploy's id.

    Raises Refused where the org refused it, `NOT_FOUND` where the app is gone, and Unavailable where it did not end in
    time.
    """
    root = copy.deepcopy(_read(client, place))
    _put(_holder(root, place.kind), certificate_pem)
    _drop(root, _NEVER_SENT)
    part = component(place.kind, place.name, _PATHS[place.kind].format(place.name), rewritten(root, {}))
    return deploy(client, [part], wait_seconds=wait_seconds)


def _read(client: SalesforceClient, place: AppPlace) -> Element:
    root = read_components(client, place.kind, [place.name]).get(place.name)
    if root is None:
        raise Refused("the app is not in the org", "NOT_FOUND")
    return root


def _holder(root: Element, kind: str) -> Element:
    """The element that the certificate stands in; an app without OAuth settings gives an empty one."""
    if kind == ECA:
        return root
    config = root.find("oauthConfig")
    return Element("oauthConfig") if config is None else config


def _put(holder: Element, certificate_pem: str) -> None:
    there = holder.find("certificate")
    if there is None:
        there = SubElement(holder, "certificate")
        holder[:] = sorted(holder, key=lambda one: one.tag)
    there.text = certificate_pem


def _drop(root: Element, tags: Iterable[str]) -> None:
    for tag in tags:
        for one in root.findall(tag):
            root.remove(one)
