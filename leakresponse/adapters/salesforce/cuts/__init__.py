"""Every cut that the product can make, by its kind."""

from collections.abc import Mapping

from leakresponse.adapters.salesforce.cuts.batched import ManyCut, prove_many
from leakresponse.adapters.salesforce.cuts.grants import RemoveGrant
from leakresponse.adapters.salesforce.cuts.jobs import AbortJob
from leakresponse.adapters.salesforce.cuts.sessions import DeleteSession
from leakresponse.adapters.salesforce.cuts.tokens import RevokeToken
from leakresponse.adapters.salesforce.cuts.types import CannotGiveBack, Cut, Hands, Proof
from leakresponse.adapters.salesforce.cuts.users import DeactivateUser, ExpirePassword, FreezeUser
from leakresponse.core.containment import ActionKind

_ALL: tuple[Cut, ...] = (
    RevokeToken(), DeleteSession(), RemoveGrant(), FreezeUser(), AbortJob(), DeactivateUser(), ExpirePassword(),
)  # fmt: skip
CUTS: Mapping[ActionKind, Cut] = {one.kind: one for one in _ALL}

__all__ = ["CUTS", "CannotGiveBack", "Cut", "Hands", "ManyCut", "Proof", "prove_many"]
