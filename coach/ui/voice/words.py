"""What the talk panel says, in one place; its script takes the words from here by name."""

from __future__ import annotations

STATE = {
    "connecting": "Connecting…",
    "waiting": "The connection broke. Trying again…",
    "loading": "Getting the voice ready…",
    "asking": "The coach is asking",
    "listening": "Listening",
    "yours": "Your turn",
    "thinking": "Reading your answer…",
    "replying": "The coach is speaking",
    "over": "That was the interview",
    "muted": "You are muted",
    "recording": "Recording your answer",
    "sending": "Sending your answer…",
}

PLACEHOLDER = {
    "listening": "Take your time. You may pause to think.",
    "muted": "Nothing is heard until you unmute.",
    "record": "Press “Record my answer” when you are ready.",
    "file": "Choose a recording of your answer, made with any recorder.",
}

# What went wrong, and what to do about it. The names are those that the script and the socket give.
PROBLEM = {
    "insecure": (
        "Browsers give the microphone to secure pages only, and this address is not one. Open the coach through https, or as "
        "http://localhost on the machine that it runs on. You can also send a recording of your answer."
    ),
    "unsupported": "This browser cannot hand the microphone to a page. Use a current one, or send a recording of your answer.",
    "denied": (
        "The browser has been told not to give this page the microphone. Allow it with the icon beside the address, "
        "then press Talk again. You can also send a recording of your answer."
    ),
    "dismissed": "The browser asked whether the coach may hear you, and got no answer. Press Talk again, and choose “Allow”.",
    "missing": "No microphone was found. Plug one in and press Talk again, or send a recording of your answer.",
    "busy": "The microphone could not be opened: another program may be using it. Close that and press Talk again.",
    "gone": "The microphone is gone. Plug it in again, then press Talk.",
    "muted": "Your system has muted the microphone. Unmute it there, and go on.",
    "silent": "The microphone is on, but only silence comes from it. Is it muted on the headset, or switched off in the system?",
    "unreachable": "The coach cannot be reached. Your answers are kept. Press Talk to try again, or type.",
    "refused": (
        "Something between this page and the coach lets no live sound through. "
        "So the coach still speaks, and you record each answer and send it."
    ),
    "unreadable": "That file cannot be read as sound. Choose a WAV, MP3, M4A, Ogg or WebM file.",
    "too long": "That is longer than ten minutes. Send a shorter answer.",
    "empty": "There was nothing in that recording. Record it again.",
    "origin": "The talk was asked for from another site, and refused.",
    "no session": "That interview is not here any more. Start a new one.",
    "elsewhere": "The talk goes on in another window, so it has stopped here. Press Talk to bring it back.",
    "full": "As many people are talking just now as this machine can follow. Try again in a few minutes, or type.",
    "slow": "The connection is too slow for sound, so the talk has stopped. Press Talk to try again, or type.",
    "unreadable message": "The page and the coach did not understand each other. Reload the page.",
}

LABEL = {
    "done": "I’m done",
    "skip": "Skip the speech",
    "mute": "Mute",
    "unmute": "Unmute",
    "record": "Record my answer",
    "send": "Send my answer",
    "back": "You were talking. Press Talk to go on.",
    "points": "{count} of {of} key points heard",
    "heard as": "Heard as “{heard}”",
}

KEPT = "What you keep can be listened to in the report, and goes when the interview is deleted."
ABOUT = "The coach asks aloud, and you answer as in a call."
UNAVAILABLE = "To answer aloud instead of typing, install the extra for it: pip install “interview-coach[voice]”"


def privacy(heard_by: str | None, spoken_by: str | None) -> str:
    """Where voices go, and what is kept. The arguments name the services that yours, and the words of the coach, are sent to."""
    parts = [
        f"Your voice leaves this machine: {heard_by} puts it into words." if heard_by else "Your voice is understood on this machine.",
        f"What the coach says is sent to {spoken_by}, which speaks it." if spoken_by else None,
        "Nothing is recorded unless you switch it on.",
    ]
    return " ".join(part for part in parts if part)
