"""Login address ranges of a profile, and holding every request to them.

Ranges count from the next login on. With `enforceIpRangesEveryRequest`, which is the whole org's, they count at every
request; an app may relax both, a JWT bearer login never does (containment facts).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from leakresponse.adapters.salesforce.cuts.types import Hands, Proof, check_given_back
from leakresponse.adapters.salesforce.inventory_users import metadata_name
from leakresponse.adapters.salesforce.metadata import component, deploy, element
from leakresponse.adapters.salesforce.metadata_soap import is_true, read_components
from leakresponse.core.containment import ActionKind
from leakresponse.core.errors import BadInput, Refused
from leakresponse.core.soql.build import equals, select

#: The target that is no profile: every request of the org is held to the ranges.
EVERY_REQUEST = "every_request"
_ENFORCE = "enforceIpRangesEveryRequest"


class AddLoginRanges:
    """`<profile id>:<range>[,<range>]`, a range being `first-last` or a network; or `every_request`.

    Never our own profile: that would shut the responder out.
    """

    kind: ActionKind = "add_login_ranges"
    source = "V: containment facts, enforceIpRangesEveryRequest and profile login ranges (Metadata API guide, Profile)"

    def act(self, hands: Hands, target: str) -> dict[str, Any]:
        """Add the ranges to those that are there: a file that has any replaces all."""
        if target == EVERY_REQUEST:
            return _enforce(hands, on=True)
        profile_id, wanted = _parts(target)
        name, own = _profile(hands, profile_id)
        if own:
            raise Refused("the responder's own profile", "OWN_PROFILE")
        there = _ranges(hands, name)
        if wanted <= there:
            return {"already": True}
        _deploy(hands, name, there | wanted)
        return {"ranges": len(there | wanted)}

    def dead(self, hands: Hands, target: str) -> Proof:
        """Read again. Its use is a login from elsewhere, which is not ours to try."""
        if target == EVERY_REQUEST:
            on = _enforced(hands)
            return Proof(on, f"{_ENFORCE} is {'on' if on else 'not on'}")
        profile_id, wanted = _parts(target)
        missing = wanted - _ranges(hands, _profile(hands, profile_id)[0])
        return Proof(not missing, f"ranges missing in the profile: {len(missing)}")

    def undo(self, hands: Hands, target: str, inverse: Mapping[str, str]) -> dict[str, Any]:
        """The ranges of before, or none."""
        if target == EVERY_REQUEST:
            on = inverse.get(_ENFORCE) == "true"
            done = _enforce(hands, on)
            check_given_back(Proof(_enforced(hands) is not on, ""))
            return done
        name, _ = _profile(hands, _parts(target)[0])
        former = {_range(one) for one in inverse.get("ranges", "").split(",") if one}
        if _ranges(hands, name) == former:
            return {"already": True}
        _deploy(hands, name, former)
        check_given_back(Proof(_ranges(hands, name) != former, ""))
        return {"ranges": len(former)}


def _parts(target: str) -> tuple[str, set[tuple[str, str]]]:
    profile_id, _, listed = target.partition(":")
    wanted = {_range(one) for one in listed.split(",") if one}
    if not wanted:
        raise BadInput("login ranges are `<profile id>:<first>-<last>[,...]`")
    return profile_id, wanted


def _range(text: str) -> tuple[str, str]:
    """First and last address of `first-last` or of a network. Raises BadInput."""
    first, dash, last = text.strip().partition("-")
    try:
        if dash:
            return str(ip_address(first.strip())), str(ip_address(last.strip()))
        network = ip_network(first, strict=False)
    except ValueError:
        raise BadInput("a login range is two addresses or a network") from None
    return str(network[0]), str(network[-1])


def _profile(hands: Hands, profile_id: str) -> tuple[str, bool]:
    """A profile's name in metadata, and whether it is the responder's own."""
    rows = list(hands.client.query(select("Profile", ["Name"], where=equals("Id", profile_id))))
    if not rows:
        raise Refused("no such profile", "NOT_FOUND")
    mine = equals("Username", hands.client.access.username)
    own = {row["ProfileId"] for row in hands.client.query(select("User", ["ProfileId"], where=mine))}
    return metadata_name(rows[0]["Name"]), profile_id[:15] in {one[:15] for one in own}


def _ranges(hands: Hands, name: str) -> set[tuple[str, str]]:
    root = read_components(hands.client, "Profile", [name]).get(name)
    listed = root.findall("loginIpRanges") if root is not None else []
    return {(one.findtext("startAddress") or "", one.findtext("endAddress") or "") for one in listed if len(one)}


def _deploy(hands: Hands, name: str, ranges: Iterable[tuple[str, str]]) -> None:
    parts = [element("endAddress", last) + element("startAddress", first) for first, last in sorted(ranges)]
    inside = "".join(f"<loginIpRanges>{one}</loginIpRanges>" for one in parts) or "<loginIpRanges/>"
    deploy(hands.client, [component("Profile", name, f"profiles/{name}.profile", inside)])


def _enforced(hands: Hands) -> bool:
    root = read_components(hands.client, "SecuritySettings", ["Security"]).get("Security")
    return root is not None and is_true(root.findtext(f"sessionSettings/{_ENFORCE}"))


def _enforce(hands: Hands, on: bool) -> dict[str, Any]:
    if _enforced(hands) is on:
        return {"already": True}
    inside = f"<sessionSettings>{element(_ENFORCE, on)}</sessionSettings>"
    made = component("Settings", "Security", "settings/Security.settings", inside, root="SecuritySettings")
    deploy(hands.client, [made])
    return {_ENFORCE: on}
