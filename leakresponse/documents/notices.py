"""Notices to people: each variant is compiled once and approved, then filled in for each person.

A variant's templates are rendered once, with marks in the places of the person's values, checked against the law's
ids, and cut at the marks. A person's notice is then a join of strings: tens of thousands a second, every value cleaned
of control characters and, in HTML, escaped. What was approved and what is sent cannot differ in any other word.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateError, select_autoescape

from leakresponse.core.errors import BadInput, MissingFact
from leakresponse.documents.contacts import ATTORNEYS_GENERAL, BUREAUS, CREDIT_REPORTS, FTC, state_offices
from leakresponse.documents.letter_check import KNOWN_INCLUDES, KNOWN_OMITS, check_letter
from leakresponse.documents.notice_types import NoticeContext, RenderedNotice, Variant
from leakresponse.documents.wording import ELEMENTS, date_span, long_date, ordered

__all__ = ["check_letter", "render_notice", "variant_identity", "variant_of", "variant_preview"]

_MARKS = {name: f"\ue000{name}\ue001" for name in ("name", "notice_id", "address", "code")}
_CUT = re.compile("\ue000([a-z_]+)\ue001")
_PASSWORDS = frozenset({"online_credentials", "email_account_credentials"})
_CARDS = frozenset(e for e in ELEMENTS if e.startswith(("payment_card", "financial_account", "account_number")))
_LONGEST = 200
LANGUAGES = ("en",)
#: What stands in a preview, in a proof and in the text that the hash is made of.
SAMPLE = {"name": "Sample Recipient", "notice_id": "n-sample", "address": "Sample Street 1", "code": "SAMPLE-CODE"}


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A variant, cut: text parts and mark names alternate, parts first and last."""

    name: str
    digest: str
    subject: str
    text: tuple[str, ...]
    html: tuple[str, ...]
    asks_code: bool


@dataclass(frozen=True, slots=True)
class _Block:
    kind: str
    text: str


def render_notice(ctx: NoticeContext, must_include: Iterable[str], must_omit: Iterable[str]) -> RenderedNotice:
    """The notice of one person, in the variant that the rules ask for.

    Raises BadInput where the rules ask for what the templates cannot say or forbid, MissingFact where a fact lacks.
    """
    compiled = _compile(variant_of(ctx, must_include, must_omit))
    if compiled.asks_code and not ctx.monitoring_code:
        raise MissingFact(f"notice {ctx.notice_id}: a service is offered and there is no enrollment code")
    values = {
        "name": _clean(ctx.recipient_name) or "Customer",
        "notice_id": _clean(ctx.notice_id),
        "code": _clean(ctx.monitoring_code),
    }
    lines = [_clean(line) for line in ctx.address_lines]
    plain = {**values, "address": "\n".join(lines)}
    escaped = {k: html.escape(v) for k, v in values.items()}
    escaped["address"] = "<br>".join(html.escape(line) for line in lines)
    return RenderedNotice(
        ctx.notice_id,
        compiled.subject,
        _fill(compiled.text, plain),
        _fill(compiled.html, escaped),
        compiled.name,
        compiled.digest,
    )


def variant_of(ctx: NoticeContext, must_include: Iterable[str], must_omit: Iterable[str]) -> Variant:
    """The variant that a notice belongs to; the order of elements and ids does not matter."""
    return Variant(
        jurisdiction=ctx.jurisdiction,
        elements=ordered(ctx.elements),
        addressee=ctx.addressee,
        entity=ctx.entity,
        breach=ctx.breach,
        must_include=tuple(sorted(set(must_include))),
        must_omit=tuple(sorted(set(must_omit))),
        monitoring=ctx.monitoring,
        language=ctx.language,
    )


def variant_identity(variant: Variant) -> tuple[str, str]:
    """Name and hash of a variant, without any person: what an approver is shown and what approvals are bound to.

    The hash covers every word of subject, text and HTML; another notice date or telephone number is another hash.
    """
    compiled = _compile(variant)
    return compiled.name, compiled.digest


def variant_preview(variant: Variant) -> RenderedNotice:
    """The variant with made-up values in the person's places, for approvers, proofs and regulators."""
    compiled = _compile(variant)
    return RenderedNotice(
        SAMPLE["notice_id"],
        compiled.subject,
        _fill(compiled.text, SAMPLE),
        _fill(compiled.html, SAMPLE),
        compiled.name,
        compiled.digest,
    )


@lru_cache(maxsize=8_192)
def _compile(variant: Variant) -> _Compiled:
    _refuse_unknown(variant)
    content = _render(variant.language, "letter.j2", _facts(variant))
    blocks = _blocks(content)
    subject = f"Notice of Data Breach from {' '.join(variant.entity.name.split())}"
    shared = {"blocks": blocks, "subject": subject, "language": variant.language}
    text = _render(variant.language, "letter.txt.j2", shared)
    page = _render(variant.language, "letter.html.j2", shared)
    _refuse_violations(variant, text)
    name = _name(variant)
    digest = hashlib.sha256(json.dumps([name, subject, text, page]).encode()).hexdigest()
    return _Compiled(name, digest, subject, _cut(text), _cut(page), variant.monitoring is not None)


def _refuse_unknown(variant: Variant) -> None:
    include, omit = set(variant.must_include), set(variant.must_omit)
    unknown = sorted((include - KNOWN_INCLUDES) | (omit - KNOWN_OMITS))
    if unknown:
        raise BadInput(f"letters for {variant.jurisdiction}: no template says {', '.join(unknown)}")
    told = {"what_happened_general", "date_of_breach", "date_of_discovery", "california_title_and_headings"}
    if "nature_of_breach" in omit and include & told:
        raise BadInput(f"letters for {variant.jurisdiction}: {', '.join(sorted(include & told))} both asked and barred")
    if "monitoring_offer" in include and variant.monitoring is None:
        raise MissingFact(f"letters for {variant.jurisdiction}: a monitoring offer is due and no service is named")
    if include & {"ag_contact", "state_and_federal_agency_contacts"} and variant.jurisdiction not in ATTORNEYS_GENERAL:
        raise MissingFact(f"letters for {variant.jurisdiction}: the contact of the Attorney General is not known")


def _refuse_violations(variant: Variant, text: str) -> None:
    sample = _fill(_cut(text), SAMPLE)
    violations = check_letter(sample, variant.must_include, variant.must_omit)
    if variant.entity.parent_company and variant.entity.parent_company not in text:
        violations.append("parent_company_name is missing")
    if violations:
        raise BadInput(f"letters for {variant.jurisdiction}: {'; '.join(violations)}")


def _facts(variant: Variant) -> dict[str, object]:
    """Everything that the content template may name; a name that is not here is an error of the template."""
    breach, monitoring = variant.breach, variant.monitoring
    held = frozenset(variant.elements)
    return {
        "jurisdiction": variant.jurisdiction,
        "addressee": variant.addressee,
        "entity": variant.entity,
        "elements": [_upper(ELEMENTS[e]) for e in ordered(variant.elements)],
        "include": frozenset(variant.must_include),
        "omit": frozenset(variant.must_omit),
        "what_happened": breach.what_happened,
        "what_we_did": breach.what_we_did,
        "breach_dates": date_span(breach.occurred_from, breach.occurred_to),
        "discovered_on": long_date(breach.discovered_on),
        "notice_date": long_date(breach.notice_date),
        "delayed": breach.delayed_by_law_enforcement,
        "monitoring": None if monitoring is None else _monitoring(variant),
        "passwords": bool(held & _PASSWORDS) or "change_password_advice" in variant.must_include,
        "cards": bool(held & _CARDS),
        "bureaus": BUREAUS,
        "credit_reports": CREDIT_REPORTS,
        "offices": (FTC, *state_offices(variant.jurisdiction)),
        "person": _MARKS,
    }


def _monitoring(variant: Variant) -> dict[str, object]:
    offer = variant.monitoring
    assert offer is not None
    return {
        "provider": offer.provider,
        "months": offer.months,
        "website": offer.website,
        "phone": offer.phone,
        "enrol_by": long_date(offer.enrol_by),
    }


def _name(variant: Variant) -> str:
    """Readable and unique: place, this person's elements, addressee, language, and who signs."""
    signer = re.sub(r"[^a-z0-9]+", "-", variant.entity.name.lower()).strip("-")
    return "/".join(
        [variant.jurisdiction, "+".join(variant.elements), variant.addressee, variant.language, signer or "entity"]
    )


@cache
def _environment(language: str) -> Environment:
    """Templates of one language. A value is one line and never begins like a heading or a list item."""
    if language not in LANGUAGES:
        raise BadInput("letters: no templates in this language")
    return Environment(
        loader=PackageLoader("leakresponse.documents", f"templates/{language}"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        finalize=lambda value: " ".join(str(value).split()).lstrip("#- "),
    )


def _render(language: str, name: str, values: Mapping[str, object]) -> str:
    try:
        return _environment(language).get_template(name).render(values)
    except TemplateError as error:
        raise BadInput(f"the template {name} cannot be rendered: {type(error).__name__}") from error


def _blocks(content: str) -> list[_Block]:
    """Lines to blocks. Facts cannot make a heading of their own: they stand inside a line, never at its start."""
    blocks = []
    for line in (" ".join(raw.split()) for raw in content.splitlines()):
        if line.startswith("## "):
            blocks.append(_Block("heading", line[3:]))
        elif line.startswith("# "):
            blocks.append(_Block("title", line[2:]))
        elif line.startswith("- "):
            blocks.append(_Block("item", line[2:]))
        elif line:
            blocks.append(_Block("paragraph", line))
    return blocks


def _cut(text: str) -> tuple[str, ...]:
    return tuple(_CUT.split(text))


def _fill(parts: tuple[str, ...], values: Mapping[str, str]) -> str:
    filled = list(parts)
    filled[1::2] = [values[name] for name in parts[1::2]]
    return "".join(filled)


def _clean(value: str) -> str:
    """One printable line of at most 200 characters: no control, direction or private-use character survives."""
    if not value.isprintable():
        value = "".join(c if c.isprintable() else " " for c in value)
    return " ".join(value.split())[:_LONGEST]


def _upper(words: str) -> str:
    return words[0].upper() + words[1:]
