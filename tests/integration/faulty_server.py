"""An OpenAI-compatible server as it should not be. The good ways are tested against a real one."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOOD = json.dumps(
    {
        "id": "1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Well said."}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
)  # fmt: skip
_DELTA = {"index": 0, "delta": {"content": "It starts"}, "finish_reason": None}
CHUNK = f"data: {json.dumps({'id': '1', 'object': 'chat.completion.chunk', 'created': 1, 'model': 'm', 'choices': [_DELTA]})}\n\n"


class FaultyServer:
    """Plays its `plan`, one step a request, the last one for ever: a status, a body, or `hang` and `cut`."""

    def __init__(self, *plan: tuple[int, str] | str) -> None:
        self.plan, self.requests = list(plan), list[dict[str, str]]()
        self._over = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                owner.requests.append(dict(self.headers))
                step = owner.plan.pop(0) if len(owner.plan) > 1 else owner.plan[0]
                if step == "hang":
                    owner._over.wait(20)
                elif step == "cut":
                    self._reply(200, CHUNK, "text/event-stream", 5000)
                    time.sleep(0.1)
                elif step == "drop":
                    self.connection.close()
                else:
                    status, body = step
                    self._reply(status, body, "application/json" if body.startswith("{") else "text/html", len(body))

            def _reply(self, status: int, body: str, kind: str, length: int) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(length))
                self.send_header("Retry-After", "0")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> FaultyServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
