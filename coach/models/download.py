"""One file from one URL: streamed into a `.part`, resumed after a cut, checked, then renamed into place."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from coach.errors import WeightsError

if TYPE_CHECKING:
    import httpx

CHUNK = 1 << 20
RETRIES = 5  # in a row without progress
PROGRESS_BYTES = 64 << 10  # what counts as progress
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}

Count = Callable[[int], None]
Check = Callable[[], bool]


def after(count: Count, base: int) -> Count:
    """A count that goes on from `base`."""
    return lambda done: count(base + done)


class Unavailable(WeightsError):
    """A source cannot give what it should; another source may."""


class Cancelled(WeightsError):
    """The person stopped it; what was fetched is kept for the next time."""


class Access:
    """How to reach a host: certificates, proxy and sign-in, as one value for all files of a source."""

    def __init__(
        self,
        *,
        cert: str = "",
        proxy: str = "",
        insecure_hosts: frozenset[str] = frozenset(),
        sign_in: Mapping[str, tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
    ) -> None:
        self.cert, self.proxy, self.insecure_hosts, self.timeout = cert, proxy, insecure_hosts, timeout
        self.sign_in, self.headers = dict(sign_in or {}), dict(headers or {})

    def client(self, url: str) -> httpx.Client:
        """A client for this URL's host; httpx itself honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY."""
        import httpx

        host = urlsplit(url).hostname or ""
        verify: ssl.SSLContext | bool = False if host in self.insecure_hosts else self._certificates()
        return httpx.Client(
            verify=verify,
            proxy=self.proxy or None,
            auth=self.sign_in.get(host),
            headers={**self.headers, "Accept-Encoding": "identity"},  # offsets of a resumed file count bytes as stored
            timeout=httpx.Timeout(self.timeout, connect=15.0),
            follow_redirects=True,
        )

    def _certificates(self) -> ssl.SSLContext:
        import certifi

        bundle = self.cert or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or None
        if bundle and Path(bundle).is_dir():
            return ssl.create_default_context(capath=bundle)
        context = ssl.create_default_context(cafile=bundle)  # without one: the system's, or SSL_CERT_FILE
        if bundle is None:
            context.load_verify_locations(certifi.where())
        return context


@contextlib.contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turn a failure to write into a WeightsError that says how to mend it."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            free = shutil.disk_usage(folder).free if folder.exists() else 0
            raise WeightsError(
                f"The disk is full: {size_text(free)} left at {folder}. Make room, or set COACH_HOME to a folder on another disk, "
                "and run it again; what was fetched is kept."
            ) from error
        raise WeightsError(f"{folder} cannot be written to ({error.strerror or error}). Mend its permissions or set COACH_HOME.") from error


def sha256_of(path: Path, count: Count = lambda done: None, cancelled: Check = lambda: False) -> str:
    """The SHA-256 of a file in lower-case hex; `count` gets the bytes read so far."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(4 * CHUNK):
            if cancelled():
                raise Cancelled("Stopped while checking; nothing was changed.")
            digest.update(block)
            done += len(block)
            count(done)
    return digest.hexdigest()


def fetch(
    url: str,
    target: Path,
    *,
    access: Access,
    sha256: str | None = None,
    size: int | None = None,
    count: Count = lambda done: None,
    cancelled: Check = lambda: False,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Fetch `url` into `target`, going on from `target.part` when it is there.

    Raises Unavailable when the source fails or gives other bytes than `sha256` (the file is removed then), Cancelled when it was
    stopped, and WeightsError when the disk is full.
    """
    part = target.with_name(target.name + ".part")
    if urlsplit(url).scheme == "file":
        _copy(url, part, count, cancelled)
    else:
        _stream_with_retries(url, part, access, size, count, cancelled, sleep)
    if sha256 and sha256_of(part, cancelled=cancelled) != sha256:
        part.unlink()
        raise Unavailable(f"{target.name} did not have the expected SHA-256 and was removed")
    with disk_errors(target.parent):
        part.replace(target)


def _copy(url: str, part: Path, count: Count, cancelled: Check) -> None:
    source = Path(url2pathname(urlsplit(url).path))
    if not source.is_file():
        raise Unavailable(f"{source} is not there")
    with disk_errors(part.parent), source.open("rb") as read, part.open("wb") as write:
        while block := read.read(CHUNK):
            if cancelled():
                raise Cancelled("Stopped.")
            write.write(block)
            count(write.tell())


def _stream_with_retries(
    url: str, part: Path, access: Access, size: int | None, count: Count, cancelled: Check, sleep: Callable[[float], None]
) -> None:
    import httpx

    failures = 0
    with access.client(url) as client:
        while True:
            before = _size(part)
            try:
                _stream(client, url, part, size, count, cancelled)
                return
            except httpx.InvalidURL as error:
                raise Unavailable(f"{url} is not a web address") from error
            except (httpx.TransportError, httpx.HTTPStatusError) as error:
                if isinstance(error, httpx.HTTPStatusError) and error.response.status_code not in _TRY_AGAIN:
                    raise Unavailable(f"{_host(url)} answered {error.response.status_code} for {part.stem}") from error
                failures = 1 if _size(part) - before >= PROGRESS_BYTES else failures + 1
                if failures > RETRIES:
                    reason = str(error) or type(error).__name__
                    raise Unavailable(
                        f"the connection to {_host(url)} failed {failures} times in a row ({reason}); "
                        f"{size_text(_size(part))} of {part.stem} are kept, and running it again goes on from there"
                    ) from error
                _wait(min(0.5 * 2**failures, 10.0), cancelled, sleep)


def _stream(client: httpx.Client, url: str, part: Path, size: int | None, count: Count, cancelled: Check) -> None:
    """One request, from where the part ends. A server that ignores the range starts it afresh."""
    import httpx

    have = _size(part)
    if size is not None and have == size:
        return
    if size is not None and have > size:
        part.unlink()
        have = 0
    with client.stream("GET", url, headers={"Range": f"bytes={have}-"} if have else {}) as response:
        if response.status_code == 416:  # the part is whole, or belongs to another file
            if response.headers.get("Content-Range", "").rpartition("/")[2] == str(have):
                return
            part.unlink()
            raise httpx.ReadError("the part that was kept did not fit and was removed")
        response.raise_for_status()
        resumed = response.status_code == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        with disk_errors(part.parent), part.open("ab" if resumed else "wb") as file:
            done = have if resumed else 0
            count(done)
            for block in response.iter_raw():  # as it comes: a larger block would be lost with the connection
                if cancelled():
                    raise Cancelled("Stopped; what was fetched is kept, and running it again goes on from there.")
                file.write(block)
                done += len(block)
                count(done)
    if size is not None and done < size:
        raise httpx.ReadError(f"only {done} of {size} bytes came")
    if size is not None and done > size:
        part.unlink()
        raise Unavailable(f"{part.stem} is larger than it should be and was removed")


def _wait(seconds: float, cancelled: Check, sleep: Callable[[float], None]) -> None:
    for _ in range(max(1, round(seconds / 0.25))):
        if cancelled():
            raise Cancelled("Stopped; what was fetched is kept, and running it again goes on from there.")
        sleep(0.25)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def size_text(count: int) -> str:
    """A number of bytes as a person reads it: `1.1 GB`."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= scale:
            return f"{count / scale:.1f} {unit}"
    return f"{count} bytes"
