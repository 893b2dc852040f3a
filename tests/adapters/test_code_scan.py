"""Secrets of a folder and of a whole history: each text once, first and last commit, what was not read counted."""

from __future__ import annotations

import os
import subprocess
import tracemalloc
from pathlib import Path

import pytest

from leakresponse.adapters import git_history
from leakresponse.adapters.code_scan import scan_folder, scan_history
from leakresponse.core.code_secrets import CodeScan, Place
from leakresponse.core.errors import BadInput, Unavailable
from leakresponse.core.secret_rules import fingerprint
from tests.support.git_repository import GitRepository

SECRET = "0A1B2C3D" * 8
OTHER = "4E5F6A7B" * 8
KEY = "3MVG9" + "aB3." * 20
LINE = f'CLIENT_SECRET = "{SECRET}"\n'


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    made = GitRepository(tmp_path / "code")
    made.commit({"README": "nothing here\n"})
    return made


def place_of(scan: CodeScan, path: str) -> Place:
    """The one place of the one secret that a test planted."""
    (found,) = [place for one in scan.found for place in one.places if place.path == path]
    return found


def test_a_folder_is_read_as_it_is_now(tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs/sync.py").write_text(f"\n\n{LINE}")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/config").write_text(LINE)
    (tmp_path / "link").symlink_to(tmp_path / "jobs/sync.py")
    scan = scan_folder(tmp_path)
    assert [(one.kind, one.fingerprint) for one in scan.found] == [("salesforce_consumer_secret", fingerprint(SECRET))]
    assert scan.found[0].places == (Place("jobs/sync.py", 3),)
    assert SECRET not in repr(scan)


def test_binary_and_large_files_are_counted_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(b"\0" + LINE.encode())
    (tmp_path / "dump").write_text(LINE * 10)
    (tmp_path / "wide").write_bytes(LINE.encode("utf-16"))
    scan = scan_folder(tmp_path, largest=400)
    assert (scan.binary, scan.large, scan.texts) == (1, 1, 1)
    assert [place.path for one in scan.found for place in one.places] == ["wide"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    (tmp_path / "closed").write_text(LINE)
    (tmp_path / "closed").chmod(0)
    assert scan_folder(tmp_path).unreadable == 1


def test_a_secret_that_was_deleted_later_is_found_with_its_first_and_last_commit(repository: GitRepository) -> None:
    first = repository.commit({"jobs/ä b.py": f"\n{LINE}"})
    last = [repository.commit({"jobs/ä b.py": f"\n{LINE}# {n}\n"}) for n in range(3)][-1]
    gone = repository.commit({"jobs/ä b.py": "import os\n"})
    repository.commit({"README": "more\n"})
    place = place_of(scan_history(repository.root), "jobs/ä b.py")
    assert (place.first_commit, place.last_commit, place.removed_in) == (first, last, gone)
    assert (place.line, place.last_at - place.first_at) == (2, 3)


def test_a_secret_that_is_still_there_was_removed_by_nobody(repository: GitRepository) -> None:
    first = repository.commit({"a.py": LINE})
    tip = repository.commit({"README": "more\n"})
    place = place_of(scan_history(repository.root), "a.py")
    assert (place.first_commit, place.last_commit, place.removed_in) == (first, tip, "")


def test_a_secret_that_came_back_counts_from_its_first_time(repository: GitRepository) -> None:
    first = repository.commit({"a.py": LINE})
    repository.commit({"a.py": "x\n"})
    repository.commit({"a.py": LINE})
    gone = repository.commit({"a.py": None})
    place = place_of(scan_history(repository.root), "a.py")
    assert (place.first_commit, place.removed_in) == (first, gone)


@pytest.mark.parametrize("keep", ["branch", "tag", "stash", "detached"])
def test_every_ref_is_read(repository: GitRepository, keep: str) -> None:
    if keep == "stash":
        (repository.root / "README").write_text(LINE)
        repository.git("stash")
    else:
        repository.git("checkout", "-q", "--detach")
        commit = repository.commit({"a.py": LINE})
        if keep != "detached":
            repository.git(keep, "kept", commit)
            repository.git("checkout", "-q", "main")
    (found,) = scan_history(repository.root).found
    assert found.places[0].removed_in == ""


def test_a_blob_that_only_a_tag_names_is_found_all_the_same(repository: GitRepository) -> None:
    (repository.root / "loose").write_text(LINE)
    oid = repository.git("hash-object", "-w", "loose")
    repository.git("tag", "blob", oid)
    (found,) = scan_history(repository.root).found
    (place,) = found.places
    assert (oid[:12] in place.path or place.path == "loose", place.first_commit) == (True, "")


def test_a_secret_that_a_merge_itself_brought_has_its_place(repository: GitRepository) -> None:
    repository.git("checkout", "-q", "-b", "side")
    repository.commit({"b.py": "x\n"})
    repository.git("checkout", "-q", "main")
    repository.commit({"c.py": "y\n"})
    repository.git("merge", "-q", "--no-ff", "--no-commit", "side")
    merge = repository.commit({"a.py": LINE})
    place = place_of(scan_history(repository.root), "a.py")
    assert (place.first_commit, place.removed_in) == (merge, "")


def test_a_branch_that_was_merged_is_followed_to_where_it_ended(repository: GitRepository) -> None:
    repository.git("checkout", "-q", "-b", "side")
    first = repository.commit({"a.py": LINE})
    repository.git("checkout", "-q", "main")
    repository.commit({"b.py": "x\n"})
    repository.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    merged = repository.git("rev-parse", "HEAD")
    gone = repository.commit({"a.py": None})
    repository.git("branch", "-D", "side")
    place = place_of(scan_history(repository.root), "a.py")
    assert (place.first_commit, place.last_commit, place.removed_in) == (first, merged, gone)


def test_a_secret_at_two_paths_has_two_places(repository: GitRepository) -> None:
    repository.commit({"a.py": LINE, "b.py": LINE, "c.py": f"# more\n{LINE}"})
    (found,) = scan_history(repository.root).found
    assert [(place.path, place.line) for place in found.places] == [("a.py", 1), ("b.py", 1), ("c.py", 2)]


def test_a_commit_message_is_read_too(repository: GitRepository) -> None:
    commit = repository.commit({}, f"client_secret={OTHER}")
    place = place_of(scan_history(repository.root), "(commit message)")
    assert (place.first_commit, place.last_at > 0) == (commit, True)


def test_consumer_keys_beside_a_secret_are_kept_by_fingerprint(repository: GitRepository) -> None:
    repository.commit({"a.py": f'KEY = "{KEY}"\n{LINE}'})
    (found,) = scan_history(repository.root).found
    assert found.beside_keys == (fingerprint(KEY),)


def test_a_shallow_clone_is_said_to_be_one(repository: GitRepository, tmp_path: Path) -> None:
    repository.commit({"a.py": LINE})
    repository.commit({"a.py": "x\n"})
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.root}", str(tmp_path / "shallow"))
    scan = scan_history(tmp_path / "shallow")
    assert (scan.shallow, scan.found) == (True, ())
    assert scan_history(repository.root).shallow is False


def test_what_a_partial_clone_lacks_is_counted_and_not_fetched(repository: GitRepository, tmp_path: Path) -> None:
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.commit({"a.py": LINE})
    repository.commit({"a.py": "x\n"})
    clone = tmp_path / "partial"
    repository.git("clone", "-q", "--filter=blob:none", f"file://{repository.root}", str(clone))
    assert scan_history(clone).missing >= 1


def test_a_folder_without_a_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a git repository"):
        scan_history(tmp_path)
    with pytest.raises(BadInput, match="not a folder"):
        scan_history(tmp_path / "nowhere")


def test_an_empty_and_a_bare_repository_can_be_read(tmp_path: Path) -> None:
    assert scan_history(GitRepository(tmp_path / "empty").root).texts == 0
    assert scan_history(GitRepository(tmp_path / "bare", "--bare").root).found == ()


def test_programs_that_a_repository_names_are_not_run(repository: GitRepository, tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    for name in ("core.fsmonitor", "gpg.program", "core.pager", "diff.external", "diff.trap.textconv"):
        repository.git("config", name, f"touch {trap}; true")
    repository.git("config", "log.showSignature", "true")
    repository.commit({".gitattributes": "*.py diff=trap\n", "a.py": LINE})
    trap.unlink(missing_ok=True)
    assert scan_history(repository.root).found
    assert not trap.exists()


def test_a_broken_object_is_counted(repository: GitRepository) -> None:
    oid = repository.git("rev-parse", "HEAD:README")
    path = repository.root / ".git/objects" / oid[:2] / oid[2:]
    path.chmod(0o600)
    path.write_bytes(b"broken")
    assert scan_history(repository.root).missing == 1


def test_git_that_ends_early_is_no_clean_scan(repository: GitRepository) -> None:
    commit = repository.git("rev-parse", "HEAD")
    repository.commit({"a.py": "x\n"})
    (repository.root / ".git/objects" / commit[:2] / commit[2:]).unlink()
    with pytest.raises(Unavailable):
        scan_history(repository.root)


def test_git_that_is_not_there_is_said(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(git_history.subprocess, "run", nothing)
    with pytest.raises(BadInput, match="not installed"):
        scan_history(repository.root)


def test_memory_does_not_grow_with_the_history(tmp_path: Path) -> None:
    made = GitRepository(tmp_path / "long")
    stream = ["commit refs/heads/main\ncommitter a <a@example.com> 1700000000 +0000\ndata 1\nx\n"]
    body = "nothing of interest in this line\n" * 1_500
    for number in range(120):
        text = f"{number}\n{body}"
        stream.append(f"M 100644 inline file\ndata {len(text)}\n{text}\n")
        stream.append(f"commit refs/heads/main\ncommitter a <a@example.com> {1700000001 + number} +0000\ndata 1\nx\n")
    subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=made.root, input="".join(stream).encode(), check=True, timeout=60
    )
    tracemalloc.start()
    scan = scan_history(made.root)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert scan.texts > 200
    assert peak < 2_000_000
