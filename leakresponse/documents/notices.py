"""Notices to people: each variant is compiled once and approved, then filled in for each person."""

from __future__ import annotations

from collections.abc import Iterable

from leakresponse.documents.notice_types import NoticeContext, RenderedNotice, Variant


def render_notice(ctx: NoticeContext, must_include: Iterable[str], must_omit: Iterable[str]) -> RenderedNotice:
    """The notice of one person, in the variant that the rules ask for."""
    raise NotImplementedError


def variant_of(ctx: NoticeContext, must_include: Iterable[str], must_omit: Iterable[str]) -> Variant:
    """The variant that a notice belongs to."""
    raise NotImplementedError


def variant_identity(variant: Variant) -> tuple[str, str]:
    """Name and hash of a variant, without any person: what an approver is shown and what approvals are bound to."""
    raise NotImplementedError


def check_letter(text: str, must_include: Iterable[str], must_omit: Iterable[str]) -> list[str]:
    """Violations found in a finished text: an id that must be there and is not, or must not be there and is."""
    raise NotImplementedError
