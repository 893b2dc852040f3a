"""The command line: one command per contract. Exit code 0 = holds, 1 = does not hold, 2 = the call was wrong.

With --json, stdout carries exactly one JSON document; everything else goes to stderr. Each command imports what it
needs when it is called.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leakresponse.core import log_redaction
from leakresponse.core.errors import BadInput, LeakResponseError

HOLDS, DOES_NOT_HOLD, WRONG_CALL = 0, 1, 2


def main(argv: list[str] | None = None) -> int:
    """Run one command."""
    log_redaction.install()
    arguments = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = arguments.command
    try:
        return command(arguments)
    except BadInput as problem:
        print(f"leak-response: {problem}", file=sys.stderr)
        return WRONG_CALL
    except LeakResponseError as problem:
        print(f"leak-response: {type(problem).__name__}: {problem}", file=sys.stderr)
        return DOES_NOT_HOLD
    except KeyboardInterrupt:
        print("leak-response: interrupted; the same command goes on where it stopped", file=sys.stderr)
        return DOES_NOT_HOLD


def rehearse(arguments: argparse.Namespace) -> int:
    """Play a scenario and print the scorecard."""
    from leakresponse.commands.progress import display
    from leakresponse.commands.rehearse import print_scorecard
    from leakresponse.commands.rehearse import rehearse as run

    out = arguments.out or Path("rehearsals") / f"{arguments.scenario}-{datetime.now():%Y%m%d-%H%M%S}"
    with display():
        result = run(
            arguments.scenario, arguments.people, arguments.seed, out, arguments.faults, arguments.plain,
            arguments.reading, arguments.only,
        )  # fmt: skip
    if arguments.json:
        print(json.dumps(result))
    else:
        print_scorecard(result)
    return HOLDS if result["passed"] else DOES_NOT_HOLD


def org(arguments: argparse.Namespace) -> int:
    """Serve the simulated org."""
    from leakresponse.rehearsal.org.main import serve

    serve(
        arguments.port,
        arguments.scheme,
        arguments.people,
        arguments.seed,
        arguments.scenario,
        arguments.state,
        faults=arguments.faults,
        reading=arguments.reading,
        orgs=arguments.orgs,
        log_rows=arguments.log_rows,
        event_monitoring=arguments.event_monitoring,
    )
    return HOLDS


def respond(arguments: argparse.Namespace) -> int:
    """Answer one alert on a simulated org or sandbox."""
    from leakresponse.commands.progress import display
    from leakresponse.commands.respond import respond as run

    with display():
        result = run(arguments.alert, arguments.connection, arguments.out, arguments.plain)
    _print(result, arguments.json)
    return HOLDS if result["contained"] else DOES_NOT_HOLD


def contain(arguments: argparse.Namespace) -> int:
    """Contain one alert on a simulated org or sandbox, or show the plan."""
    from leakresponse.commands.contain import contain as run
    from leakresponse.commands.progress import display

    with display():
        result = run(arguments.alert, arguments.connection, arguments.out, arguments.dry_run)
    _print(result, arguments.json)
    return HOLDS if result["contained"] or result["dry_run"] else DOES_NOT_HOLD


def detect(arguments: argparse.Namespace) -> int:
    """Run the detections over a folder of logs."""
    from leakresponse.commands.detect import detect as run

    result = run(arguments.logs)
    _print(result, arguments.json)
    return HOLDS


def residency(arguments: argparse.Namespace) -> int:
    """Resolve the residency of people in a CSV."""
    from leakresponse.core.residency import resolve_file

    resolve_file(arguments.people, arguments.out, as_of=datetime.now(UTC).date())
    return HOLDS


def assess(arguments: argparse.Namespace) -> int:
    """Ask the law engine about a population, without an org."""
    from leakresponse.law import assess as run
    from leakresponse.law import facts_from_json, population_from_csv

    answer = run(population_from_csv(arguments.population), facts_from_json(arguments.facts))
    _print(answer.to_json(), arguments.json)
    return HOLDS


def verify(arguments: argparse.Namespace) -> int:
    """Recompute every hash of a sealed case."""
    from leakresponse.commands.evidence import verify_case, with_ledger

    if not arguments.case_dir.is_dir():
        raise BadInput(f"{arguments.case_dir}: not a folder")
    found = verify_case(arguments.case_dir, _opened(arguments), arguments.store, arguments.timestamp_ca)
    if found.ok and arguments.ledger:
        found = with_ledger(arguments.case_dir, found, arguments.ledger)
    answer = {"ok": found.ok, "checked": found.checked, "problem": found.problem, "content": found.content}
    _print({**answer, "notes": list(found.notes)}, arguments.json)
    return HOLDS if found.ok else DOES_NOT_HOLD


def export(arguments: argparse.Namespace) -> int:
    """Write a sealed case as a zip that its reader can check alone."""
    from dataclasses import asdict

    from leakresponse.commands.evidence import export_case
    from leakresponse.core.errors import Refused

    try:
        written = export_case(arguments.case_dir, arguments.out, _opened(arguments), arguments.store)
    except Refused as refused:
        print(f"leak-response: {refused}", file=sys.stderr)
        return DOES_NOT_HOLD
    _print(asdict(written), arguments.json)
    return HOLDS


def alert(arguments: argparse.Namespace) -> int:
    """Store an alert and emit its event."""
    from leakresponse.commands.alert import alert as run

    result = run(arguments.alert)
    _print(result, arguments.json)
    return HOLDS if result["emitted"] else DOES_NOT_HOLD


def archive(arguments: argparse.Namespace) -> int:
    """Copy the access logs of the orgs now, or prove what was copied."""
    from leakresponse.commands.archive import archive as run
    from leakresponse.commands.archive import verify as prove

    result = prove(arguments.store) if arguments.verify else run(arguments.org, arguments.store)
    _print(result, arguments.json)
    return HOLDS if result["complete"] else DOES_NOT_HOLD


def requests(arguments: argparse.Namespace) -> int:
    """Put privacy requests of a file into a case."""
    from leakresponse.commands.requests import import_requests

    result = import_requests(arguments.file, arguments.case, arguments.store)
    _print(result, arguments.json)
    return DOES_NOT_HOLD if result["rejected"] else HOLDS


def scan_code(arguments: argparse.Namespace) -> int:
    """Find hard-coded secrets in a folder or a git history, and say which are live."""
    from leakresponse.commands.scan_code import lines_of
    from leakresponse.commands.scan_code import scan_code as run

    result = run(
        arguments.path, arguments.history, arguments.org, arguments.vault, arguments.allow, not arguments.no_compare
    )
    print(json.dumps(result) if arguments.json else "\n".join(lines_of(result)))
    return DOES_NOT_HOLD if result["live"] else HOLDS


def case(arguments: argparse.Namespace) -> int:
    """List, show or resume cases."""
    from leakresponse.commands.case import list_cases, resume_case, show_case

    if arguments.what == "list":
        _print(list_cases(), arguments.json)
    elif not arguments.case:
        raise BadInput(f"case {arguments.what}: name a case")
    else:
        _print((show_case if arguments.what == "show" else resume_case)(arguments.case), arguments.json)
    return HOLDS


def doctor(arguments: argparse.Namespace) -> int:
    """Say what is ready and how to mend what is not."""
    if arguments.try_cuts:
        return _try_cuts(arguments)
    from leakresponse.commands.doctor import doctor as run

    result = run()
    _print(result, arguments.json)
    return HOLDS if result["ready"] else DOES_NOT_HOLD


def _try_cuts(arguments: argparse.Namespace) -> int:
    from leakresponse.commands.progress import display
    from leakresponse.commands.try_cuts import table_of, try_cuts

    with display():
        result = try_cuts(arguments.connection, arguments.org, arguments.app, arguments.seconds)
    print(json.dumps(result) if arguments.json else "\n".join(table_of(result)))
    return HOLDS


def up(arguments: argparse.Namespace) -> int:
    """Start the live system."""
    from leakresponse.commands.up import up as run

    return run(arguments.port, arguments.people)


def _opened(arguments: argparse.Namespace) -> Any:
    """The files of the case with their key, where that was asked for."""
    if not arguments.open:
        return None
    from leakresponse.commands.case_key import opened_files

    return opened_files(arguments.case_dir)


def _print(document: Any, as_json: bool) -> None:
    print(json.dumps(document, default=str) if as_json else json.dumps(document, indent=2, default=str))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="leak-response", description="Emergency response to data leaks from Salesforce."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], int], into: Any = commands) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = into.add_parser(name, help=(command.__doc__ or "").strip())
        made.set_defaults(command=command)
        made.add_argument("--json", action="store_true", help="exactly one JSON document on stdout")
        return made

    sub = add("rehearse", rehearse)
    sub.add_argument("scenario", nargs="?", default="T01")
    sub.add_argument("--people", type=int, default=50_000)
    sub.add_argument("--seed", type=int, default=1)
    sub.add_argument("--out", type=Path)
    sub.add_argument("--faults", default="none", help="none, light, heavy, or a JSON file (docs/simulated-org.md)")
    _add_plain(sub)
    sub.add_argument("--reading", choices=("attacker", "lenient"), default="attacker", help="of disputed facts")
    sub.add_argument(
        "--only", choices=("containment", "scope", "rotation"), default="", help="so far, and scored alone"
    )
    sub = add("org", org)
    sub.add_argument("--port", type=int, required=True)
    sub.add_argument("--scheme", choices=("http", "https"), default="https")
    sub.add_argument("--people", type=int, default=10_000)
    sub.add_argument("--seed", type=int, default=1)
    sub.add_argument("--scenario")
    sub.add_argument("--state", type=Path, required=True)
    sub.add_argument("--faults", default="none")
    sub.add_argument("--reading", choices=("attacker", "lenient"), default="attacker")
    sub.add_argument("--orgs", default="", help="several at once, the main one first: production,outlet,studio,sandbox")
    sub.add_argument("--log-rows", type=int, help="about how many rows the logs of the past thirty days have")
    sub.add_argument("--event-monitoring", choices=("paid", "free"), default="paid")
    sub = add("respond", respond)
    sub.add_argument("alert", type=Path)
    sub.add_argument("--connection", type=Path, required=True)
    sub.add_argument("--out", type=Path, required=True)
    _add_plain(sub)
    sub = add("contain", contain)
    sub.add_argument("alert", type=Path)
    sub.add_argument("--connection", type=Path, required=True)
    sub.add_argument("--out", type=Path, required=True)
    sub.add_argument("--dry-run", action="store_true", help="show the plan and change nothing")
    sub = add("detect", detect)
    sub.add_argument("--logs", type=Path, required=True)
    sub = add("residency", residency)
    sub.add_argument("--people", type=Path, required=True)
    sub.add_argument("--out", type=Path, required=True)
    sub = add("assess", assess)
    sub.add_argument("--population", type=Path, required=True)
    sub.add_argument("--facts", type=Path, required=True)
    evidence = commands.add_parser("evidence", help="Evidence of a case.").add_subparsers(required=True, metavar="WHAT")
    sub = add("verify", verify, evidence)
    sub.add_argument("case_dir", type=Path)
    sub.add_argument("--open", action="store_true", help="look into encrypted files too: with the key key.json names")
    sub.add_argument("--store", default="", help="case store block that reaches the bucket where evidence lies")
    sub.add_argument("--timestamp-ca", type=Path, help="CA certificate (PEM) of who timestamped the seal")
    sub.add_argument("--ledger", default="", help="address of the ledger: its chain and tables are checked too")
    sub = add("export", export, evidence)
    sub.add_argument("case_dir", type=Path)
    sub.add_argument("--out", type=Path, required=True)
    sub.add_argument("--open", action="store_true", help="decrypted, for a reader without the key; needs the key here")
    sub.add_argument("--store", default="", help="case store block that reaches the bucket where evidence lies")
    add("alert", alert).add_argument("alert", type=Path)
    sub = add("archive", archive)
    sub.add_argument("--org", action="append", default=[], metavar="NAME", help="org block; again for more; none: all")
    sub.add_argument("--store", default="cases", help="case store block")
    sub.add_argument("--verify", action="store_true", help="recompute the archives instead of copying")
    asked = commands.add_parser("requests", help="Requests of people about their own data.")
    sub = add("import", requests, asked.add_subparsers(required=True, metavar="WHAT"))
    sub.add_argument("file", type=Path, help="CSV of a privacy centre, or one mail (.eml)")
    sub.add_argument("--case", required=True)
    sub.add_argument("--store", default="cases", help="case store block")
    sub = add("scan-code", scan_code)
    sub.add_argument("path", type=Path)
    sub.add_argument("--history", action="store_true", help="everything that any branch, tag or stash ever held")
    sub.add_argument("--org", action="append", default=[], metavar="NAME", help="org block whose apps are compared")
    sub.add_argument("--vault", default="vault", help="vault block whose secrets are compared")
    sub.add_argument("--allow", type=Path, help="file of fingerprints to leave out, one a line")
    sub.add_argument("--no-compare", action="store_true", help="look only: no vault, no org; nothing is called live")
    sub = add("case", case)
    sub.add_argument("what", choices=("list", "show", "resume"))
    sub.add_argument("case", nargs="?")
    sub = add("doctor", doctor)
    sub.add_argument("--try-cuts", action="store_true", help="in a sandbox: what each cut really does, tried and timed")
    sub.add_argument("--connection", type=Path, help="of the sandbox or simulated org, for --try-cuts")
    sub.add_argument("--org", default="", help="name of its block instead")
    sub.add_argument("--app", default="", help="developer name of a connected app that the trial may use")
    sub.add_argument("--seconds", type=float, default=60.0, help="how long each credential is tried after a cut")
    sub = add("up", up)
    sub.add_argument("--port", type=int, default=4200)
    sub.add_argument("--people", type=int, default=2_000)
    return parser


def _add_plain(command: argparse.ArgumentParser) -> None:
    said = "leave the case's files unencrypted (default), or encrypt them with a key of the simulated vault"
    command.add_argument("--plain", action=argparse.BooleanOptionalAction, default=None, help=said)


if __name__ == "__main__":
    sys.exit(main())
