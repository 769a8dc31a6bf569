"""An OpenAI-compatible server for speech, on the loopback: it keeps what it is sent, and plays what it is told."""

from __future__ import annotations

import json
import threading
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SpeechServer:
    """Answers `/audio/transcriptions` with `heard` (a body, or a status) and `/audio/speech` with `said`."""

    def __init__(self, heard: dict[str, object] | int, said: bytes | int = b"") -> None:
        self.heard, self.said = heard, said
        self.forms: list[dict[str, list[bytes]]] = []
        self.texts: list[dict[str, object]] = []
        self.keys: list[str] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                owner.keys.append(self.headers.get("Authorization", ""))
                if self.path.endswith("/audio/transcriptions"):
                    owner.forms.append(fields(self.headers["Content-Type"], body))
                    self._reply(owner.heard if isinstance(owner.heard, int) else json.dumps(owner.heard).encode(), "application/json")
                else:
                    owner.texts.append(json.loads(body))
                    self._reply(owner.said, "audio/pcm")

            def _reply(self, body: bytes | int, kind: str) -> None:
                data = b"{}" if isinstance(body, int) else body
                self.send_response(body if isinstance(body, int) else 200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> SpeechServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def fields(kind: str, body: bytes) -> dict[str, list[bytes]]:
    """The parts of a form by name."""
    found: dict[str, list[bytes]] = {}
    for part in BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body).walk():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str):
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            found.setdefault(name, []).append(content)
    return found
