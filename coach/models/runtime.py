"""The child process that runs a local chat model: the runtime's own OpenAI-compatible server, on a free loopback port.

`python -m coach.models.runtime --model PATH`, started by local_chat.py. Its first line of standard input is the key that every request
must carry, so the key is in no argument list and no environment. When it is ready it prints one line of JSON, `{"port": N}`, or
`{"error": "…"}`, and then lives until its standard input closes, which happens by itself when its parent ends.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import xllamacpp

PARENT_CHECK = 0.5  # seconds


def main(arguments: list[str] | None = None) -> int:
    """Serve until the parent closes our standard input; 0 then, 1 when the model cannot be loaded."""
    parser = argparse.ArgumentParser(prog="coach.models.runtime", description="Serve a local chat model to the process that started it.")
    parser.add_argument("--model", required=True, help="a GGUF file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--ctx", type=int, default=4096, help="tokens of context")
    parser.add_argument("--debug", action="store_true", help="let the native code log to standard error")
    options = parser.parse_args(arguments)

    os.environ["GOMP_SPINCOUNT"] = "0"  # before the native code loads: spinning threads starve each other on a busy machine
    key = sys.stdin.readline().strip()
    reply = _quiet_streams(options.debug)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is the parent's to answer; it then closes our input
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    if not key:
        _say(reply, {"error": "no key came on standard input"})
        return 1
    try:
        server = serve(options.model, options.threads, options.ctx, key, options.debug)
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        _say(reply, {"error": str(error)})
        return 1
    _say(reply, {"port": urlsplit(server.listening_address).port})
    for _ in sys.stdin:  # until it closes
        pass
    os._exit(0)  # the native server's threads do not wind down by themselves


def serve(model: str, threads: int, context: int, key: str, debug: bool) -> xllamacpp.Server:
    """Load the model and start the server's threads; it serves for as long as somebody holds it."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_ctx = context
    params.n_parallel = 1  # one answer at a time: a second slot would only halve the context and split the cores
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.ui = params.endpoint_slots = params.endpoint_props = params.endpoint_metrics = False
    params.offline = True
    params.cache_ram_mib = 0  # no second store of prompts: up to 8 GB otherwise, and values would depend on what was asked before
    params.no_extra_bufts = True  # weights stay as they are mapped: 0.6 GB less memory, twice as fast to load, no slower (measured)
    params.verbosity = 3 if debug else 0
    return xllamacpp.Server(params)


def _quiet_streams(debug: bool) -> IO[str]:
    """Keep our standard output for the one line of JSON; what native code prints goes to standard error, or nowhere."""
    reply = os.fdopen(os.dup(1), "w", encoding="utf-8")
    if not debug:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
    os.dup2(2, 1)
    return reply


def _end_with_parent(parent: int) -> None:
    """Exit when the parent has gone, even if a fork of it still holds the other end of our input.

    Linux's PR_SET_PDEATHSIG would not do: it fires when the *thread* that started us ends, and that may be a short-lived one.
    """
    while os.name != "posix" or os.getppid() == parent:
        time.sleep(PARENT_CHECK)
    os._exit(0)


def _say(reply: IO[str], line: dict[str, object]) -> None:
    reply.write(json.dumps(line) + "\n")
    reply.flush()


if __name__ == "__main__":
    sys.exit(main())
