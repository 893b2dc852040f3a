"""The only double of AWS: moto's server as a process, with its recorder, so that a killed rehearsal can go on.

moto keeps everything in memory; its recorder writes each request to a file and can replay them (moto docs,
"Recorder"). A replay meets the version ids that the pipeline itself chose, so the restored vault is the same.
"""

from __future__ import annotations

import argparse
import logging
import os
import time
import urllib.request
from pathlib import Path

from leakresponse.adapters.processes import exit_with


def main() -> None:
    """Serve on a free port until the parent is gone; the port goes to `--port-file` once everything is replayed."""
    parser = argparse.ArgumentParser(prog="aws-double")
    parser.add_argument("--port-file", type=Path, required=True)
    parser.add_argument("--recording", type=Path, required=True)
    parser.add_argument("--with-parent", type=int, default=0)
    arguments = parser.parse_args()
    os.umask(0o077)
    if arguments.with_parent:
        exit_with(arguments.with_parent)
    os.environ["MOTO_RECORDER_FILEPATH"] = str(arguments.recording)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    base = f"http://127.0.0.1:{port}/moto-api/recorder"
    if arguments.recording.exists() and arguments.recording.stat().st_size:
        _post(f"{base}/replay-recording")
    _post(f"{base}/start-recording")
    _write(arguments.port_file, str(port))
    while True:
        time.sleep(3600)


def _post(url: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=120) as answer:
        answer.read()


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="ascii")
    fresh.replace(path)


if __name__ == "__main__":
    main()
