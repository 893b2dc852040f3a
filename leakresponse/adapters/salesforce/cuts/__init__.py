"""Every cut that the product can make, by its kind."""

from collections.abc import Mapping

from leakresponse.adapters.salesforce.cuts.batched import ManyCut, prove_many
from leakresponse.adapters.salesforce.cuts.block import BlockApp
from leakresponse.adapters.salesforce.cuts.eca import DisableEca, RevokeEcaUsage
from leakresponse.adapters.salesforce.cuts.factors import RemoveFactor
from leakresponse.adapters.salesforce.cuts.grants import RemoveGrant
from leakresponse.adapters.salesforce.cuts.guest import RestrictGuest
from leakresponse.adapters.salesforce.cuts.human import check_human_task
from leakresponse.adapters.salesforce.cuts.jobs import AbortJob
from leakresponse.adapters.salesforce.cuts.login_ranges import AddLoginRanges
from leakresponse.adapters.salesforce.cuts.named_credentials import CloseNamedCredential
from leakresponse.adapters.salesforce.cuts.permissions import StripPermission
from leakresponse.adapters.salesforce.cuts.schedules import Unschedule
from leakresponse.adapters.salesforce.cuts.sessions import DeleteSession
from leakresponse.adapters.salesforce.cuts.tokens import RevokeToken
from leakresponse.adapters.salesforce.cuts.types import CannotGiveBack, Cut, Hands, Proof
from leakresponse.adapters.salesforce.cuts.users import DeactivateUser, ExpirePassword, FreezeUser
from leakresponse.core.containment import ActionKind

_ALL: tuple[Cut, ...] = (
    RevokeToken(), RevokeEcaUsage(), BlockApp(), DeleteSession(), RemoveGrant(), DisableEca(), FreezeUser(),
    RestrictGuest(), AbortJob(), Unschedule(), StripPermission(), RemoveFactor(), ExpirePassword(), DeactivateUser(),
    CloseNamedCredential(), AddLoginRanges(),
)  # fmt: skip
#: By kind. `end_idp_session` is the retailer's own webhook, `human_task` a person's work.
CUTS: Mapping[ActionKind, Cut] = {one.kind: one for one in _ALL}

__all__ = ["CUTS", "CannotGiveBack", "Cut", "Hands", "ManyCut", "Proof", "check_human_task", "prove_many"]
