"""What to read aloud for the benchmark of speech: `python -m eval.voice.script FOLDER` lists each text and the file that it goes into.

A folder with these recordings, by a person or by any synthesiser, is a voice like the others: `coach eval voice-words --voice FOLDER`.
"""

from __future__ import annotations

import csv
import re
import zlib
from pathlib import Path
from typing import Annotated

import typer

from coach.words import words
from eval.voice.data import answers, filled, sentences, turns
from eval.voice.text import sayable

SCRIPT = "script.csv"


def file_of(text: str) -> str:
    """The name of the sound file in which this text is read: its first words, and a number that tells it from others."""
    first = "-".join(re.sub(r"\W", "", word) for word in words(text.casefold())[:4])
    return f"{first}-{zlib.crc32(text.encode()):08x}.wav"


def texts() -> dict[str, list[str]]:
    """Everything that is read, by the benchmark that hears it. Raises DocumentError for data that is off."""
    return {
        "voice-words": [sentence.text for sentence in sentences()],
        "voice-answers": [answer.answer for answer in answers()],
        "voice-turns": [piece.text for turn in turns() for piece in turn.pieces],
        "voice-fillers": [row.text for row in filled()],
    }


def main(folder: Annotated[Path, typer.Argument(help="Where the recordings are to lie; the list goes there too.")]) -> None:
    """List what to read aloud, and into which file; `say_as` spells for a synthesiser what people read rightly."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / SCRIPT).open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("benchmark", "file", "read", "say_as"))
        rows.writerows((name, file_of(text), text, sayable(text)) for name, each in texts().items() for text in each)
    typer.echo(f"Wrote {folder / SCRIPT}. Record each text into its file; a benchmark needs only its own.")


if __name__ == "__main__":
    typer.run(main)
