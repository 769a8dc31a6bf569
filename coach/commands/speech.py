"""`say` and `transcribe`: what the voice says and hears, for a quick check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from coach.commands.console import print_json, say
from coach.commands.opening import Json, opened, settings_for
from coach.commands.texts import read_option
from coach.errors import UsageError


def speak(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(help="What to say; @FILE reads a file, @- standard input.")],
    out: Annotated[Path, typer.Option(metavar="FILE.wav", help="The sound file to write; what is there is replaced.")],
    json: Json = False,
) -> None:
    """Say a text in the coach's voice, into a WAV file."""
    from coach.voice.speakable import sentences

    settings = settings_for(ctx)
    said = sentences(read_option(text, settings.max_document_mb))
    with opened(settings) as coach:
        voice = coach.voice.synthesiser
        if voice is None:
            raise UsageError("COACH_TTS=none leaves speaking to the browser. Set it to hibari, or to openai:MODEL.")
        import numpy as np

        from coach.voice.sound import write_wav

        pieces = [piece for sentence in said for piece in voice.speak(sentence)]
        if not pieces:
            raise UsageError("There is nothing in that text to say aloud. Give some words.")
        samples = np.concatenate(pieces)
        write_wav(out, samples, voice.rate)
    seconds = len(samples) / voice.rate
    if json:
        print_json({"out": str(out), "seconds": round(seconds, 3), "rate": voice.rate, "voice": voice.name})
    else:
        say(f"{seconds:.1f} seconds are in {out}.")


def transcribe(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A recording: WAV, MP3, M4A, Ogg, WebM or another usual format.")],
    term: Annotated[list[str] | None, typer.Option(metavar="TERM", help="A word that is likely to come; may be repeated.")] = None,
    json: Json = False,
) -> None:
    """Write down what is said in a recording: the words alone on standard output, with --json each with its time."""
    from coach.voice.mend import mend
    from coach.voice.sound import read_sound

    samples = read_sound(file)
    terms = tuple(term or ())
    with opened(settings_for(ctx)) as coach:
        transcript = mend(coach.voice.recogniser.recognise(samples, terms=terms), terms)
    if not transcript.words:
        say(f"Nobody is heard to speak in {file.name}.")
    if json:
        print_json({"text": transcript.text, **transcript.model_dump(mode="json")})
    elif transcript.words:
        typer.echo(transcript.text)
