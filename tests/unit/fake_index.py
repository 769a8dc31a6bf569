"""A package index and a model hub on the loopback, with the faults that real ones have."""

from __future__ import annotations

import hashlib
import io
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from coach.models.catalogue import Catalogue


def wheel(name: str, members: dict[str, bytes], version: str = "1.0") -> tuple[str, bytes]:
    """A wheel's file name and its bytes. Importing the package in it would fail the test run."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    texts = {
        f"{module}/__init__.py": b"raise SystemExit('a package of data was imported')",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path, content in (texts | members).items():
            archive.writestr(path, content)
    return f"{module}-{version}-py3-none-any.whl", data.getvalue()


class FakeServer:
    """Files by path, with ranges. `cuts[path]` holds, for each request to come, after how many bytes the connection drops."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.pages: dict[str, list[str]] = {}
        self.redirects: dict[str, str] = {}
        self.cuts: dict[str, list[int]] = {}
        self.status: dict[str, list[int]] = {}
        self.slowly = 0.0  # seconds before each 64 kB
        self.wrong_hashes = False
        self.offers_metadata = True  # beside each wheel, as large indexes do; pip looks into the wheel otherwise
        self.requests: list[tuple[str, str, dict[str, str]]] = []  # path, range, headers
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner._answer(self)

            def do_HEAD(self) -> None:
                owner._answer(self)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def publish(self, name: str, members: dict[str, bytes]) -> str:
        """Put a package on the index; the path of its wheel."""
        file_name, data = wheel(name, members)
        path = f"/files/{file_name}"
        self.files[path] = data
        self.files[path + ".metadata"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode()
        self.pages.setdefault(f"/simple/{name}/", []).append(path)
        return path

    def fetches(self, path: str) -> list[str]:
        """The range that each request for this path asked for, in order ('' is all of it)."""
        return [range_ for asked, range_, _ in self.requests if asked == path]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        path, range_ = request.path, request.headers.get("Range", "")
        if request.command == "GET":
            self.requests.append((path, range_, dict(request.headers)))
        if path in self.pages:
            more = 'data-core-metadata="true" data-dist-info-metadata="true"' if self.offers_metadata else ""
            links = "".join(f'<a href="{p}#sha256={self._hash(p)}" {more}>{p.rpartition("/")[2]}</a>' for p in self.pages[path])
            self._send(request, 200, f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), {"Content-Type": "text/html"})
        elif path in self.redirects:
            self._send(request, 302, b"", {"Location": self.redirects[path]})
        elif request.command == "GET" and self.status.get(path):
            self._send(request, self.status[path].pop(0), b"no", {})
        elif path in self.files:
            self._send_file(request, path, range_)
        else:
            self._send(request, 404, b"not here", {})

    def _hash(self, path: str) -> str:
        return "0" * 64 if self.wrong_hashes else hashlib.sha256(self.files[path]).hexdigest()

    def _send_file(self, request: BaseHTTPRequestHandler, path: str, range_: str) -> None:
        data = self.files[path]
        headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
        if range_:
            first, _, last = range_.removeprefix("bytes=").partition("-")
            start, end = (len(data) - int(last), len(data) - 1) if not first else (int(first), int(last or len(data) - 1))
            if start >= len(data):
                self._send(request, 416, b"", {"Content-Range": f"bytes */{len(data)}"})
                return
            headers["Content-Range"] = f"bytes {start}-{min(end, len(data) - 1)}/{len(data)}"
            self._send(request, 206, data[start : end + 1], headers)
        else:
            self._send(request, 200, data, headers)

    def _send(self, request: BaseHTTPRequestHandler, code: int, data: bytes, headers: dict[str, str]) -> None:
        request.send_response(code)
        for key, value in (headers | {"Content-Length": str(len(data))}).items():
            request.send_header(key, value)
        request.end_headers()
        if request.command == "HEAD":
            return
        cuts = self.cuts.get(request.path)
        if cuts:
            request.wfile.write(data[: cuts.pop(0)])
            request.wfile.flush()
            request.close_connection = True
            request.connection.close()
            return
        for start in range(0, len(data), 65536):
            time.sleep(self.slowly)
            try:
                request.wfile.write(data[start : start + 65536])
            except OSError:  # the client was killed, which some tests are about
                return


def catalogue_of(name: str, files: dict[str, bytes], *sources: dict[str, object]) -> Catalogue:
    """A catalogue of one model with these files, pinned to their contents."""
    pinned = [{"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for path, data in files.items()]
    entry = {"name": name, "kind": "chat", "summary": "a test", "licence": "MIT", "files": pinned, "sources": list(sources)}
    return Catalogue.model_validate({"defaults": {"chat": name}, "models": [entry]})
