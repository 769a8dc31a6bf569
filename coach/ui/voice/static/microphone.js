// The microphone: asked for, opened, watched, closed. What cannot be had is told by a name; the words for it are the server's.
const SILENCE = 4; // seconds of nothing but zeros: no room is that quiet, so something is switched off
const WANTED = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };

const NAMES = {
  NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", OverconstrainedError: "missing",
  NotReadableError: "busy", AbortError: "busy",
};

// Why this page cannot have a microphone at all, or null.
export const hindrance = () => {
  if (!window.isSecureContext) return "insecure";
  if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return "unsupported";
  if (!window.AudioWorkletNode) return "unsupported";
  return null;
};

export class Microphone {
  // `frame` gets each tenth of a second of sound and its level (0 to 1), silence while it is `muted`, so that a turn still comes to
  // its end; `trouble` a name: gone, muted, silent, or null when it is over.
  constructor(context, { frame, trouble }) {
    this.context = context;
    this.frame = frame;
    this.trouble = trouble;
    this.muted = false;
    this.silent = 0;
    this.told = null;
  }

  // Rejects with an Error whose `name` says why: insecure, unsupported, denied, dismissed, missing, busy.
  async open() {
    const reason = hindrance();
    if (reason) throw Object.assign(new Error(reason), { name: reason });
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: WANTED });
    } catch (error) {
      throw Object.assign(new Error(error.message), { name: await reasonOf(error) });
    }
    const [track] = this.stream.getAudioTracks();
    track.addEventListener("ended", () => this.tell("gone"));
    track.addEventListener("mute", () => this.tell("muted"));
    track.addEventListener("unmute", () => this.tell(null));
    await this.context.audioWorklet.addModule(new URL("worklet.js", import.meta.url));
    this.node = new AudioWorkletNode(this.context, "interview-coach-frames", { numberOfOutputs: 0 });
    this.node.port.onmessage = ({ data }) => this.take(data);
    this.source = this.context.createMediaStreamSource(this.stream);
    this.source.connect(this.node);
  }

  take({ level, buffer }) {
    if (this.told !== "gone" && this.told !== "muted") {
      this.silent = level === 0 && !this.muted ? this.silent + 0.1 : 0;
      this.tell(this.silent >= SILENCE ? "silent" : null);
    }
    if (this.muted) this.frame(new ArrayBuffer(buffer.byteLength), 0);
    else this.frame(buffer, level);
  }

  tell(name) {
    if (name === this.told) return;
    this.told = name;
    this.trouble(name);
  }

  close() {
    this.told = "gone"; // nothing more is told
    if (this.source) this.source.disconnect();
    if (this.node) this.node.port.onmessage = null;
    if (this.stream) for (const track of this.stream.getTracks()) track.stop();
  }
}

const reasonOf = async (error) => {
  const name = NAMES[error.name] || "busy";
  if (name !== "denied") return name;
  try {
    const permission = await navigator.permissions.query({ name: "microphone" });
    return permission.state === "prompt" ? "dismissed" : "denied";
  } catch {
    return "denied"; // this browser does not tell the difference
  }
};

// Whether the microphone may be used without asking again.
export const granted = async () => {
  try {
    return !hindrance() && (await navigator.permissions.query({ name: "microphone" })).state === "granted";
  } catch {
    return false;
  }
};
