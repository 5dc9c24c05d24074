"""A PostgreSQL server for the tests, of the system's package, on 127.0.0.1 and for a moment."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

HOW_TO_GET_IT = "no PostgreSQL: install it as your system's package `postgresql`"
PLACES = "/usr/lib/postgresql/*/bin"
USER = "postgres"  # as root nobody may run it


def _bin() -> Path | None:
    found = sorted(Path("/").glob(f"{PLACES[1:]}/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Start a server; yield the address of its database."""
    programs = _bin()
    if programs is None:
        if os.environ.get("CI") == "true":
            pytest.fail(HOW_TO_GET_IT, pytrace=False)
        pytest.skip(HOW_TO_GET_IT)
    user = pwd.getpwnam(USER).pw_name if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="playground-postgres-"))
    if user:
        shutil.chown(folder, USER)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def do(*command: object) -> None:
        subprocess.run([str(each) for each in command], check=True, cwd=folder, timeout=60,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=user)

    data = folder / "data"
    do(programs / "initdb", "-D", data, "-A", "trust", "-U", "tests", "--no-sync", "-E", "UTF8")
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}"
    do(programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", settings, "start")
    try:
        yield f"postgresql+psycopg://tests@127.0.0.1:{port}/postgres"
    finally:
        do(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
