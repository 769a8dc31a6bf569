"""Where a package's wheel lies, by pip's own configured index. Nothing is installed, and nothing of a package is run."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from urllib.parse import unquote, urlsplit

from coach.domain import Frozen
from coach.models.download import Access, Cancelled, Unavailable

_SECRET = re.compile(r"//[^/@\s]+@")
_NOT_THERE = re.compile(r"No matching distribution found for ([\w.-]+)")
_UNREACHABLE = re.compile(r"connection broken|Could not fetch URL|Max retries|SSLError|ProxyError|timed out|Name or service", re.IGNORECASE)
_RESOLVE = ("install", "--dry-run", "--no-deps", "--ignore-installed", "--only-binary=:all:", "--no-input", "--retries=2", "--quiet")


class Wheel(Frozen):
    """A wheel on the index; `sha256` is what the index says of it, if it does."""

    package: str
    version: str
    url: str
    sha256: str | None

    @property
    def file_name(self) -> str:
        """Its name, with neither folder nor query."""
        return unquote(urlsplit(self.url).path.rpartition("/")[2])


def resolve(requirements: Sequence[tuple[str, str]], cancelled: Callable[[], bool] = lambda: False) -> tuple[Wheel, ...]:
    """The wheels of these (package, version) pairs, in their order, by one dry run of pip.

    Raises Unavailable saying which package is not on the index, or why the index cannot be reached.
    """
    pins = [f"{name}=={version}" for name, version in requirements]
    with tempfile.TemporaryDirectory(prefix="coach-") as folder:
        report = f"{folder}/report.json"
        # A lazily read wheel spares the download of it all on an index that offers no metadata beside it.
        code, messages = _pip([*_RESOLVE, "--use-feature=fast-deps", "--report", report, *pins], cancelled)
        if code == 2:  # this pip has no such feature
            code, messages = _pip([*_RESOLVE, "--report", report, *pins], cancelled)
        if code != 0:
            raise Unavailable(_reason(messages))
        with open(report, encoding="utf-8") as file:
            items = json.load(file)["install"]
    found = {}
    for item in items:
        info = item["download_info"]
        name = _canonical(item["metadata"]["name"])
        sha256 = info.get("archive_info", {}).get("hashes", {}).get("sha256")
        found[name] = Wheel(package=name, version=item["metadata"]["version"], url=info["url"], sha256=sha256)
    return tuple(found[_canonical(name)] for name, _ in requirements)


def pip_access() -> Access:
    """Certificates, proxy, trusted hosts and sign-in, as pip is set up on this machine."""
    code, output = _pip(["config", "list"], lambda: False)
    options: dict[str, str] = {}
    for line in output.splitlines() if code == 0 else ():
        key, separator, value = line.partition("=")
        if separator and value[:1] in "'\"":
            options[key.rpartition(".")[2]] = str(ast.literal_eval(value))  # the environment's lines come last and win
    indexes = " ".join(options.get(key, "") for key in ("index-url", "extra-index-url", "find-links")).split()
    sign_in = {}
    for parts in map(urlsplit, indexes):
        if parts.hostname and parts.username:
            sign_in[parts.hostname] = (unquote(parts.username), unquote(parts.password or ""))
    trusted = frozenset(host.partition(":")[0] for host in options.get("trusted-host", "").split())
    return Access(cert=options.get("cert", ""), proxy=options.get("proxy", ""), insecure_hosts=trusted, sign_in=sign_in)


def _pip(arguments: list[str], cancelled: Callable[[], bool]) -> tuple[int, str]:
    """The exit code of pip, and what it printed."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True) as process:
        while True:
            try:
                output, _ = process.communicate(timeout=0.25)
                return process.returncode, output
            except subprocess.TimeoutExpired:
                if cancelled():
                    process.kill()
                    process.communicate()
                    raise Cancelled("Stopped.") from None


def _reason(messages: str) -> str:
    text = _SECRET.sub("//…@", messages)
    if "No module named pip" in text:
        return f"pip is not in this environment (run `{sys.executable} -m ensurepip` first)"
    if _UNREACHABLE.search(text):
        return "the package index that pip is set up for cannot be reached (check the network, the proxy and `pip config list`)"
    if missing := _NOT_THERE.search(text):
        return f"the package {missing[1]} is not on the index that pip is set up for, or not in the version that is needed"
    errors = [line for line in text.splitlines() if line.startswith("ERROR")] or text.splitlines() or ["no message"]
    return f"pip could not find the packages ({errors[-1].removeprefix('ERROR: ').strip()})"


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
