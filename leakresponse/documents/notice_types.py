"""What a notice to a person is made from. All of it but the recipient belongs to the variant, which is approved.

Nothing here has a repr with the recipient's values: a notice context that lands in a log names no person.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Addressee = Literal["adult", "guardian"]


@dataclass(frozen=True, slots=True)
class Entity:
    """The business that signs. `toll_free` is the line for questions; `parent_company` where another owns it."""

    name: str
    address: str
    toll_free: str
    website: str
    email: str = ""
    parent_company: str = ""


@dataclass(frozen=True, slots=True)
class Breach:
    """The facts of the case that letters tell. `what_happened` is one or two general sentences in plain words.

    `occurred_from` and `occurred_to` bound the breach; the same day twice is one day. `what_we_did` are sentences.
    """

    discovered_on: date
    occurred_from: date
    occurred_to: date
    what_happened: str
    what_we_did: tuple[str, ...]
    notice_date: date
    delayed_by_law_enforcement: bool = False


@dataclass(frozen=True, slots=True)
class Monitoring:
    """The free service that is offered: who gives it, for how many months, how and until when to enrol."""

    provider: str
    months: int
    enrol_by: date
    website: str
    phone: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One text: everything that two people with the same letter share."""

    jurisdiction: str
    elements: tuple[str, ...]
    addressee: Addressee
    entity: Entity
    breach: Breach
    must_include: tuple[str, ...] = ()
    must_omit: tuple[str, ...] = ()
    monitoring: Monitoring | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class NoticeContext:
    """One notice to one person. `monitoring_code` is this person's enrolment code, where a service is offered.

    For a minor `addressee` is "guardian" and `recipient_name` the child's name.
    """

    notice_id: str
    jurisdiction: str
    elements: tuple[str, ...]
    entity: Entity
    breach: Breach
    recipient_name: str = field(repr=False)
    addressee: Addressee = "adult"
    monitoring: Monitoring | None = None
    monitoring_code: str = field(default="", repr=False)
    address_lines: tuple[str, ...] = field(default=(), repr=False)
    language: str = "en"


@dataclass(frozen=True, slots=True)
class RenderedNotice:
    """What goes out. `variant` names the text, `variant_hash` is what approvals are bound to."""

    notice_id: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    variant: str
    variant_hash: str
