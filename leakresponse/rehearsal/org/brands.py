"""The simulated companies: what one org has that another has not, from its name to the server part of its ids.

Everybody in an org is made under its brand: `making(brand)` sets the server part of ids and the domain of usernames for
whatever is made inside, so that no two orgs of one process share an id or a username.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org import cast, ids


@dataclass(frozen=True, slots=True)
class Brand:
    """One company. `pods` are characters 4 to 6 of the ids of the cast and of the people; `seed` is added to the run's.

    `my_domain` is the host's first part: `harborpine.my.salesforce.com`; `domain` is that of usernames.
    """

    name: str
    label: str
    my_domain: str
    domain: str
    pods: tuple[str, str]
    seed: int = 0

    def host(self, sandbox: str = "") -> str:
        """The My Domain host of the org or of its sandbox (notes on sandboxes, salesforce_api.md section 9)."""
        name = f"{self.my_domain}--{sandbox.lower()}.sandbox" if sandbox else self.my_domain
        return f"{name}.my.salesforce.com"


PRODUCTION = Brand("production", cast.ORG_NAME, "harborpine", cast.DOMAIN, (ids.POD, "RH0"))
BRANDS: dict[str, Brand] = {
    one.name: one
    for one in (
        PRODUCTION,
        Brand("outlet", "Harbor & Pine Outlet", "harborpineoutlet", "outlet.harborpine.example", ("SOU", "RO1"), 101),
        Brand("studio", "Pine Studio", "pinestudio", "pinestudio.example", ("SST", "RS2"), 202),
    )
}
#: The name under which `--orgs` asks for a sandbox of the first org.
SANDBOX = "sandbox"


def names_of(asked: str) -> tuple[str, ...]:
    """The orgs that `--orgs` names, the main one first. Raises BadInput."""
    names = tuple(one.strip() for one in asked.split(",") if one.strip()) or (PRODUCTION.name,)
    known = (*BRANDS, SANDBOX)
    if len(set(names)) < len(names) or not set(names) <= set(known):
        raise BadInput(f"--orgs takes each of {', '.join(known)} at most once, separated by commas")
    if names[0] == SANDBOX:
        raise BadInput("--orgs begins with the org that a sandbox is made of")
    return names


@contextmanager
def making(brand: Brand) -> Iterator[None]:
    """Everything made inside belongs to this brand."""
    from leakresponse.rehearsal.population_ids import pod_of  # here alone: it brings pyarrow along

    with ids.pod_of(brand.pods[0]), pod_of(brand.pods[1]), cast.domain_of(brand.domain):
        yield
