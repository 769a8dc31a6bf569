"""What works on this machine, what does not, and how to mend it. Nothing is made or fetched here."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, cast

from coach.domain import Frozen
from coach.errors import CoachError, WeightsError
from coach.settings import Settings

Status = Literal["ok", "off", "warning", "failed"]

OLDEST = (3, 11)
ROOM = 500 << 20  # bytes that a library and its index may come to
IMPORT_SECONDS = 120
ENDPOINT_SECONDS = 20.0
LIBGOMP = "Install OpenMP's runtime: `apt install libgomp1`, or your system's package of it."
NATIVE = {"onnxruntime": "the encoders", "xllamacpp": "the local chat model", "chromadb": "the search index"}


class Check(Frozen):
    """One thing that was looked at. `failed` is needed and does not work; `warning` works, with something missing."""

    check: str
    status: Status
    found: str
    mend: str = ""


def examine(settings: Settings) -> Iterator[Check]:
    """Look at one thing after the other, the quick ones first."""
    from coach.voice.checks import checks

    yield _python()
    yield _libgomp()
    yield from (native(package, what) for package, what in NATIVE.items())
    yield _home(settings)
    try:
        wanted = needed_models(settings)
    except WeightsError as error:
        yield Check(check="weights", status="failed", found=str(error), mend="Name another in COACH_LLM or COACH_EMBEDDER.")
        return
    yield _disk(settings, wanted)
    yield from _weights(settings, wanted)
    yield _database(settings)
    yield _index(settings)
    yield _chat(settings)
    yield from checks(settings)


def _python() -> Check:
    found = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info < OLDEST:
        return Check(check="python", status="failed", found=found, mend="Install Python 3.11 or newer.")
    return Check(check="python", status="ok", found=found)


def _libgomp() -> Check:
    if sys.platform != "linux":
        return Check(check="libgomp", status="off", found="only Linux needs it")
    import ctypes

    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError as error:
        return Check(check="libgomp", status="warning", found=str(error), mend=LIBGOMP)
    return Check(check="libgomp", status="ok", found="libgomp.so.1 loads")


def native(package: str, what: str) -> Check:
    """Whether a package with native code can be imported; in a process of its own, which it may take down."""
    try:
        command = [sys.executable, "-c", f"import {package}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=IMPORT_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        found = f"did not load within {IMPORT_SECONDS} s"
        return Check(check=package, status="warning", found=found, mend="Is the machine very busy? Try again.")
    if done.returncode == 0:
        return Check(check=package, status="ok", found=f"loads; for {what}")
    reason = (done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"])[-1]
    mend = LIBGOMP if "libgomp" in reason else f"Install it again: pip install --force-reinstall {package}"
    return Check(check=package, status="failed", found=reason, mend=mend)


def _nearest_folder(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _home(settings: Settings) -> Check:
    place = _nearest_folder(settings.home)
    if not place.is_dir() or not os.access(place, os.W_OK):
        found = f"{settings.home} may not be written to"
        return Check(check="home", status="failed", found=found, mend="Set COACH_HOME to a folder of yours.")
    found = str(settings.home) if place == settings.home else f"{settings.home}, which is made on the first start"
    return Check(check="home", status="ok", found=found)


def _disk(settings: Settings, wanted: Sequence[str]) -> Check:
    from coach.models import weights
    from coach.models.download import size_text

    missing = sum(row.size for row in weights.status(settings) if row.name in wanted and row.state != "ready")
    free, need = shutil.disk_usage(_nearest_folder(settings.home)).free, missing + ROOM
    found = f"{size_text(free)} free, {size_text(need)} needed"
    if free < need:
        return Check(check="disk", status="failed", found=found, mend="Make room, or set COACH_HOME to a folder on another disk.")
    return Check(check="disk", status="ok", found=found)


def needed_models(settings: Settings) -> list[str]:
    """The catalogue's models that these settings work with. Raises WeightsError for a name that is not in it."""
    from coach.models.catalogue import load_catalogue

    catalogue = load_catalogue()
    names = [catalogue.find(settings.embedder).name, catalogue.default("tokens").name]
    provider, _, model = settings.llm.partition(":")
    if provider == "local":
        names.append(catalogue.find(model).name if model else catalogue.default("chat").name)
    if provider in ("local", "gguf"):  # what writes may be another model, what grades is the one that was measured
        names.append(catalogue.default("reader").name)
    return names


def _weights(settings: Settings, wanted: Sequence[str]) -> Iterator[Check]:
    from coach.models import weights
    from coach.models.download import size_text

    for row in weights.status(settings):
        if row.name not in wanted:
            continue
        if row.state == "ready":
            yield Check(check=f"weights {row.name}", status="ok", found=f"{size_text(row.size)}, verified")
        else:
            found = f"{row.state}, {size_text(row.size)}; fetched on the first use"
            yield Check(check=f"weights {row.name}", status="warning", found=found, mend=f"coach models pull {row.name}")


def _is_new(settings: Settings) -> bool:
    return not settings.database_url and not (settings.home / "coach.db").exists()


def _database(settings: Settings) -> Check:
    from coach.store import Store
    from coach.store.database import parse_url, shown

    if _is_new(settings):
        return Check(check="database", status="ok", found="none yet; made on the first start")
    try:
        store = Store.open(settings.database)
        try:
            banks = store.banks()
        finally:
            store.close()
        found = f"{shown(parse_url(settings.database))}: {len(banks)} banks, {sum(row.questions for row in banks)} questions"
    except CoachError as error:
        return Check(check="database", status="failed", found=str(error), mend="Mend this, or set COACH_DATABASE_URL.")
    return Check(check="database", status="ok", found=found)


def _index(settings: Settings) -> Check:
    from coach.index import Index
    from coach.models.catalogue import load_catalogue
    from coach.store import Store

    if _is_new(settings):
        return Check(check="index", status="ok", found="none yet; made on the first start")
    try:
        index = Index(settings, cast(Any, None))  # reading the manifest needs no embedder
        store = Store.open(settings.database)
        try:
            manifest = index.manifest()
            wanted = {f"{row.bank}/{row.name}": row.sha256 for row in store.documents()}
        finally:
            index.close()
            store.close()
        embedder = load_catalogue().find(settings.embedder).version
    except CoachError as error:
        return Check(check="index", status="failed", found=str(error), mend="It is made again by the next `coach search` or `coach serve`.")
    if manifest is None or manifest.documents != wanted or manifest.embedder != embedder:
        found = "out of date" if manifest else "none yet"
        return Check(check="index", status="warning", found=found, mend="The next `coach search` or `coach serve` brings it up to date.")
    return Check(check="index", status="ok", found=f"{len(wanted)} documents, up to date; {manifest.embedder}")


def _chat(settings: Settings) -> Check:
    """Whether the chat model can be had; a model behind an address is asked for one word."""
    from coach.models.chat import open_chat

    provider = settings.llm.partition(":")[0]
    if provider == "none":
        found = "none is set; the fast grader grades"
        return Check(check="chat model", status="off", found=found, mend="Set COACH_LLM to use the full grader.")
    if provider == "local":
        return Check(check="chat model", status="ok", found="local; see its weights above")
    mend = "Mend this, or set COACH_LLM to local or none."
    try:
        chat = open_chat(settings.model_copy(update={"llm_timeout": min(settings.llm_timeout, ENDPOINT_SECONDS)}))
        if chat is None:
            return Check(check="chat model", status="off", found="none is set")
        try:
            found = f"{chat.name}, {'on this machine' if chat.local else 'answers leave this machine'}"
            if provider != "gguf":
                "".join(chat.stream("You are brief.", "Say yes.", max_tokens=5))
                found = f"{found}; it answers"
        finally:
            chat.close()
    except CoachError as error:
        return Check(check="chat model", status="failed", found=str(error), mend=mend)
    return Check(check="chat model", status="ok", found=found)
