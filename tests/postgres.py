"""A temporary PostgreSQL cluster for the tests: own folder, own port, a user that is not root, gone afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path


class PostgresMissing(Exception):
    """The binaries are not on this machine."""


def find_binaries() -> Path:
    """The folder with initdb and pg_ctl; raises PostgresMissing with what to do."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    raise PostgresMissing("PostgreSQL is not installed: install the package 'postgresql' and run again")


class Cluster:
    """One running PostgreSQL, reached over loopback."""

    def __init__(self) -> None:
        self.binaries = find_binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="paligs-postgres-"))
        self.port = _free_port()
        self.user = _ordinary_user()
        if self.user:
            shutil.chown(self.folder, self.user)

    @property
    def url(self) -> str:
        """The address of the maintenance database."""
        return f"postgresql://paligs@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Create the files and start; safety at power loss is switched off, as nothing here must last."""
        data = self.folder / "data"
        self._run("initdb", "-D", str(data), "-U", "paligs", "--auth=trust", "--encoding=UTF8", "--no-sync")
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} "
            "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
        )
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(data), "-w", "-o", options, "-l", log, "start")

    def stop(self) -> None:
        """Stop at once and delete everything."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.binaries / program), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            user=self.user,
            cwd=self.folder,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _ordinary_user() -> str | None:
    """PostgreSQL refuses to run as root; None when we are not root anyway."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
