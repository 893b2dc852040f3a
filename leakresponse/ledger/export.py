"""A sealed case as one zip that its reader can check alone: the files, the seal, a README, and a verification script.

The script is this product's own check, copied word for word: `chain.py` and `verification.py` need only Python's
standard library, so `python3 verify.py` runs wherever there is a Python 3.11.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from leakresponse.core.errors import BadInput, Refused
from leakresponse.ledger.case_files import CaseFiles
from leakresponse.ledger.contents import is_encrypted_at
from leakresponse.ledger.evidence import EvidenceStore
from leakresponse.ledger.verification import KEY_FILE, MANIFEST, read_manifest, verify
from leakresponse.ledger.witness import TIMESTAMP

_PACKAGE = Path(__file__).parents[1]
#: What the script is made of, below the package.
_CHECK = ("core/errors.py", "ledger/chain.py", "ledger/contents.py", "ledger/witness.py", "ledger/verification.py")
_BLOCK = 1 << 20
_HASH = re.compile(r"[0-9a-f]{64}")
_SCRIPT = '''"""Check the case in the folder `case` beside this file: python3 verify.py. It needs Python 3.11 alone."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "check"))

from leakresponse.ledger.verification import verify  # noqa: E402

found = verify(HERE / "case")
print(f"holds: {found.checked} rows and files checked" if found.ok else f"DOES NOT HOLD: {found.problem}")
if found.content != "checked":
    print("encrypted files: checked as they are stored; their content not, since no key is here")
for note in found.notes:
    print(note)
sys.exit(0 if found.ok else 1)
'''
_README = """Case {case_id}, sealed {sealed_at}

What this is
  The record of one incident, as its software kept it: what came in, what was done and when, who approved what, which
  obligations were found and why, which notices went out, and the evidence that was collected.

How to check that nothing was changed
  1. Unpack this file.
  2. Run:  python3 verify.py
     It answers "holds", or names the first thing that does not.
  3. Compare the head of the chain below with the one in the report, in a letter, or as told to you by other means.
     Whoever could change the record and this file together could not change what was told to you before.

     head of the chain: {chain_head}
     rows in the chain: {chain_length}

How it works
  Each row of case/chain.jsonl holds the SHA-256 of the row before it, so that no row can be changed, left out or put
  elsewhere without every later one telling. case/manifest.json holds the SHA-256 of every file; the last row of the
  chain holds the SHA-256 of that list. Evidence lies in case/evidence under its own SHA-256.

What is in it
  case/report.html     the report to read first, where there is one; report.pdf says the same on paper
  case/alert.json      what started the case
  case/chain.jsonl     the record, one row a line, oldest first
  case/manifest.json   every file with its hash
  case/evidence/       what was collected, named by hash
  case/timestamp.tsr   where there is one: an outside authority states when the head was there (RFC 3161). To check it
                       with the authority's CA certificate:
                       openssl ts -verify -in case/timestamp.tsr -data head.txt -CAfile CA.pem
                       where head.txt holds the head of the chain above, its 64 characters and no line end
  case/key.json        where there is one: files in this case are encrypted (they begin with the letters LRCASE), and
                       this is their key, wrapped by the key that it names. They are checked without it; to read them,
                       ask whoever sent you this for an opened copy (leak-response evidence export --open)
  check/, verify.py    the verification: plain text, to be read before it is run

This file may hold personal data of the people concerned. Keep it as you would keep that data.
"""


@dataclass(frozen=True, slots=True)
class Export:
    """What was written: how many files of the case, and the head of its chain."""

    files: int
    bytes: int
    chain_head: str


def export(
    case_dir: str | Path, out: str | Path, evidence: EvidenceStore | None = None, opened: CaseFiles | None = None
) -> Export:
    """Write the zip, with the evidence that lies elsewhere brought in.

    Files go as they are stored, with the wrapped key; with `opened`, decrypted and without it: for a reader who has no
    key. Either verifies.

    Refused where the case does not hold; BadInput where there is no case, `out` is there, or evidence lies elsewhere
    and the store that reaches it was not given.
    """
    folder, target = Path(case_dir), Path(out)
    if target.exists():
        raise BadInput("export: the file is there already")
    if folder.resolve() in target.resolve().parents:
        raise BadInput("export: the file would lie in the case that it holds")
    checked = verify(folder, evidence.problem if evidence else None, opened.open if opened else None)
    if not checked.ok:
        raise Refused(f"export: {checked.problem}", "CASE_DOES_NOT_HOLD")
    if checked.elsewhere and evidence is None:
        raise BadInput("export: evidence lies elsewhere, name the case store that reaches it (--store)")
    manifest = read_manifest(folder)
    at = datetime.fromisoformat(manifest["sealed_at"]).timetuple()[:6]
    names = _names(folder, manifest, with_key=opened is None)
    temporary = target.with_name(f".{target.name}.part")
    try:
        with zipfile.ZipFile(temporary, "x", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
            for name, text in _ours(manifest):
                archive.writestr(_entry(name, at), text)
            for name in names:
                _add(archive, _entry(f"case/{name}", at), _source(folder, name, opened))
            for sha256, piece in _brought(checked.elsewhere, evidence):
                _add(archive, _entry(f"case/evidence/{sha256}", at), piece)
        temporary.chmod(0o600)
        temporary.replace(target)
    except OSError as error:
        raise BadInput(f"export: cannot be written ({type(error).__name__})") from error
    finally:
        temporary.unlink(missing_ok=True)
    return Export(len(names) + len(checked.elsewhere), target.stat().st_size, manifest["chain_head"])


def _brought(elsewhere: Iterable[str], evidence: EvidenceStore | None) -> Iterator[tuple[str, IO[bytes]]]:
    """Each piece from where it lies, readable, under the hash by which the chain knows it."""
    if evidence is not None:
        yield from ((sha256, evidence.open(sha256)) for sha256 in sorted(elsewhere))


def _source(folder: Path, name: str, opened: CaseFiles | None) -> IO[bytes]:
    path = folder / name
    return opened.open(name) if opened and is_encrypted_at(path) else path.open("rb")


def _names(folder: Path, manifest: dict[str, Any], with_key: bool) -> list[str]:
    """What was sealed, evidence that was brought in later, the seal itself, who witnessed it, and the wrapped key."""
    brought = {f"evidence/{path.name}" for path in (folder / "evidence").glob("*") if _HASH.fullmatch(path.name)}
    witness = [TIMESTAMP] if (folder / TIMESTAMP).exists() else []
    key = [KEY_FILE] if with_key and (folder / KEY_FILE).exists() else []
    return [*sorted(manifest["files"].keys() | brought), MANIFEST, *witness, *key]


def _ours(manifest: dict[str, object]) -> Iterator[tuple[str, str]]:
    """README, script, and the check itself."""
    told = {name: manifest[name] for name in ("case_id", "sealed_at", "chain_head", "chain_length")}
    yield "README.txt", _README.format(**told)
    yield "verify.py", _SCRIPT
    for name in _CHECK:
        yield f"check/leakresponse/{name}", (_PACKAGE / name).read_text(encoding="utf-8")
    for place in ("", "core/", "ledger/"):
        yield f"check/leakresponse/{place}__init__.py", ""


def _entry(name: str, at: tuple[int, ...]) -> zipfile.ZipInfo:
    """An entry dated by the seal, so that the same case gives the same file."""
    made = zipfile.ZipInfo(name, date_time=(at[0], at[1], at[2], at[3], at[4], at[5]))
    made.compress_type = zipfile.ZIP_DEFLATED
    made.external_attr = 0o600 << 16
    return made


def _add(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, source: IO[bytes]) -> None:
    with source, archive.open(entry, "w", force_zip64=True) as target:
        while block := source.read(_BLOCK):
            target.write(block)
