// The talk: a microphone, a speaker and a socket, and the panel that shows what they do. Which answer is over, what is said next
// and what becomes of it is the server's to decide.
import { Link } from "./link.js";
import { Microphone, granted, hindrance } from "./microphone.js";
import { Panel } from "./panel.js";
import { Post } from "./post.js";
import { Recording, fromFile } from "./recording.js";
import { Speaker, canSpeak } from "./speaker.js";

const data = JSON.parse(document.getElementById("ic-talk-data").textContent);
const CODES = { 4400: "unreadable message", 4404: "no session", 4409: "elsewhere", 4429: "full", 4408: "slow" };
const NEEDS_NO_MICROPHONE = ["insecure", "unsupported", "denied", "missing"]; // a recording may still be sent
const BY_HAND = "#ic-send, #ic-skip, #ic-next, #ic-end, #ic-hint, #ic-model, #ic-stop";
const TALKING = "interview-coach-talking"; // the session that is talked in, so that a reload goes on with it
const KEEPING = "interview-coach-keeping"; // the session in which that was last chosen, and what: a choice is for one interview
const PATIENCE = "interview-coach-patience";
const ANSWERING = ["asking", "listening"]; // what the coach does while a recorded answer may come: the one it replies to is closed
const SOON = 3000; // milliseconds after a click in which every change of the page may be what came of it
const FRAME = 64_000; // bytes of a recorded answer that are sent at once

const panel = new Panel(data);
const remember = (storage, key, value) => {
  try {
    if (value) storage().setItem(key, value);
    else storage().removeItem(key);
  } catch { /* storage is off: nothing is remembered */ }
};
const recall = (storage, key) => {
  try { return storage().getItem(key); } catch { return null; }
};
const local = () => localStorage;
const session = () => sessionStorage;

let talk = null; // the one that is on
let keeping = recall(session, KEEPING) || "";
const usual = panel.keep; // what the server is set to

class Talk {
  constructor(id, mode) {
    this.id = id;
    this.mode = mode; // live; one: each answer is recorded, then sent; file: without a microphone
    this.context = new AudioContext();
    this.state = "connecting";
    this.byHand = 0; // when the candidate used the page, and the coach may still have to notice
    this.recording = null;
    this.unsent = null; // a recorded answer that the coach has not said to have
    this.sending = false; // it is on its way over this connection
  }

  async start() {
    this.show("connecting");
    await this.context.resume();
    this.speaker = new Speaker(this.context, {
      played: (reply) => { this.link.send({ type: "played", reply }); if (this.state === "over") end(); },
      playing: (reply) => panel.playing(reply),
    });
    if (this.mode === "live") await this.listen();
    if (talk !== this) return;
    const hooks = {
      opened: () => this.greet(),
      message: (message) => this.receive(message),
      sound: (frame) => this.speaker.sound(frame),
      waiting: () => { this.sending = false; this.speaker.stop(); this.show("waiting"); },
      holding: () => this.unsent !== null,
      ended: (code) => end(CODES[code] || "unreachable"),
      refused: () => this.post(hooks),
    };
    this.link = new Link(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/voice/${this.id}`, hooks);
    remember(session, TALKING, this.id);
  }

  // No socket gets through: go on by plain requests, with answers that are recorded first.
  post(hooks) {
    if (this.mode === "live") {
      this.microphone.close();
      this.mode = "one";
      panel.problem("refused");
    }
    this.link = new Post(`/voice/${this.id}/line`, hooks);
  }

  async listen() {
    const microphone = new Microphone(this.context, {
      frame: (buffer, level) => this.hear(buffer, level),
      trouble: (name) => {
        if (name !== "gone") panel.problem(name);
        else if (this.recording) this.record(); // what there is of the answer is sent
        else end("gone");
      },
    });
    this.microphone = microphone;
    await microphone.open();
    if (talk !== this) microphone.close();
  }

  greet() {
    this.speaker.anew();
    if (this.greeted) document.getElementById("ic-refresh").click(); // what moved meanwhile
    this.greeted = true;
    this.link.send({ type: "hello", rate: 16_000, speaks: canSpeak(), streams: this.mode === "live" });
    if (panel.patience) this.link.send({ type: "patience", seconds: panel.patience });
    this.link.send({ type: "keep", on: panel.keep });
  }

  hear(buffer, level) {
    panel.level(level);
    if (this.mode === "live") this.link.sendSound(buffer);
    else if (this.recording) this.recording.add(buffer);
  }

  receive(message) {
    switch (message.type) {
      case "state": this.show(message.state, message.text); this.sendAgain(); break;
      case "partial": panel.problem(null); panel.you(message.text); break;
      case "points": panel.points(message.places, message.of); break;
      case "heard": this.byHand = 0; panel.you(message.text, message.mended); break;
      case "say": panel.coach(message.reply, message.text); this.speaker.say(message); break;
      case "said": this.speaker.said(message.reply); break;
      case "stop": case "withdrawn": this.speaker.stop(); break;
      case "moved": document.getElementById("ic-refresh").click(); break;
      case "problem": this.unsent = null; panel.problem(null, message.text); break;
      default: break; // of a newer server
    }
  }

  show(state, text) {
    if (state === "over" && this.state !== "over") this.finish();
    this.state = state;
    panel.show({ state, text, mode: this.mode, muted: Boolean(this.microphone && this.microphone.muted), recording: Boolean(this.recording) });
  }

  // The interview is over, and the last words are still to be heard.
  finish() {
    if (this.microphone) this.microphone.close();
    remember(session, TALKING, null);
    setTimeout(() => { if (talk === this && !this.speaker.replies.size) end(); }, 1500);
  }

  // The button and the key for "that was it": it sends the answer, or passes over what the coach says.
  done() {
    if (this.mode === "one") this.record();
    else if (this.state === "asking" || this.state === "replying") this.hush();
    else if (this.mode === "live" && this.state === "listening") this.link.send({ type: "done" });
  }

  hush() {
    const reply = this.speaker.stop();
    if (reply !== null) this.link.send({ type: "stopped", reply });
  }

  think() {
    if (this.mode === "live" && this.state === "listening") this.link.send({ type: "thinking" });
  }

  mute() {
    if (this.mode !== "live" || !this.microphone) return;
    this.microphone.muted = !this.microphone.muted;
    panel.level(0);
    this.show(this.state);
  }

  // Record an answer; once more, and it is sent.
  async record() {
    if (this.recording) {
      const recording = this.recording;
      this.recording = null;
      this.microphone.close();
      this.send(recording.samples());
      return;
    }
    if (!ANSWERING.includes(this.state) || this.opening) return;
    this.hush();
    this.opening = true;
    try {
      await this.listen();
      if (talk !== this) return;
      this.recording = new Recording(() => this.record());
      this.show(this.state);
    } catch (error) {
      if (talk === this) trouble(error.name);
    } finally {
      this.opening = false;
    }
  }

  again() {
    if (this.recording) this.recording = new Recording(() => this.record());
  }

  async file(file) {
    try {
      const samples = await fromFile(file);
      if (talk !== this) return;
      this.hush();
      this.send(samples);
    } catch (error) {
      if (talk === this) panel.problem(error.name === "too long" ? "too long" : "unreadable");
    }
  }

  send(samples) {
    panel.level(0);
    if (!samples.length) { panel.problem("empty"); this.show("listening"); return; }
    panel.problem(null);
    this.unsent = samples;
    if (this.link.open) this.deliver();
    else this.show("waiting");
  }

  deliver() {
    this.sending = true;
    this.show("sending");
    const bytes = this.unsent.buffer;
    for (let at = 0; at < bytes.byteLength; at += FRAME) this.link.sendRecorded(bytes.slice(at, at + FRAME));
    this.link.send({ type: "recorded" });
  }

  // A recording that a broken connection swallowed is sent once the question is open again; the coach listens to it when it thinks.
  sendAgain() {
    if (this.state === "thinking") this.unsent = null;
    if (!this.unsent) this.sending = false;
    else if (!this.sending && ANSWERING.includes(this.state)) { this.hush(); this.deliver(); }
  }

  close() {
    if (this.link) this.link.close();
    if (this.speaker) this.speaker.stop();
    if (this.microphone) this.microphone.close();
    setTimeout(() => this.context.close(), 100); // after the fade
    remember(session, TALKING, null);
  }
}

const begin = async (mode) => {
  const id = panel.session;
  if (talk || !id || panel.finished) return;
  panel.problem(null);
  panel.keep = keeping.startsWith(id) ? keeping.endsWith("true") : usual;
  const mine = new Talk(id, mode || (panel.one ? "one" : "live"));
  talk = mine;
  try {
    await mine.start();
  } catch (error) {
    if (talk === mine) end(error.name);
  }
};

// Say what is wrong with the microphone; a recording can be sent where that may help.
const trouble = (name) => panel.problem(data.problem[name] ? name : "busy", null, NEEDS_NO_MICROPHONE.includes(name));

const end = (problem) => {
  if (!talk) return;
  talk.close();
  talk = null;
  panel.show({ state: "off", mode: "live" });
  if (problem) trouble(problem);
};

// ---- what the candidate does
panel.on("start", () => begin());
panel.on("stop", () => end());
panel.on("done", () => talk && talk.done());
panel.on("record", () => talk && talk.record());
panel.on("again", () => talk && talk.again());
panel.on("think", () => talk && talk.think());
panel.on("mute", () => talk && talk.mute());
const tell = (message) => { if (talk && talk.link) talk.link.send(message); }; // before there is one, `greet` will
panel.on("patience", (seconds) => { remember(local, PATIENCE, seconds); tell({ type: "patience", seconds }); });
panel.on("keep", (on) => { keeping = `${panel.session} ${on}`; remember(session, KEEPING, keeping); tell({ type: "keep", on }); });
panel.on("one", () => { if (talk) { end(); begin(); } });
panel.on("file", async (file) => {
  if (!talk) await begin("file");
  if (talk && file) talk.chosen = file;
  if (talk && file) ready(talk, file);
});

// A file that was chosen before the coach listens waits until it does.
const ready = (mine, file) => {
  if (talk !== mine || mine.chosen !== file) return;
  if (ANSWERING.includes(mine.state)) mine.file(file);
  else setTimeout(() => ready(mine, file), 200);
};

document.addEventListener("click", (event) => {
  if (talk && event.target instanceof Element && event.target.closest(BY_HAND)) talk.byHand = performance.now();
}, true);
panel.moved = () => {
  if (talk && panel.session !== talk.id) end(); // another interview, or none
  else if (talk && talk.byHand && talk.link) {
    talk.link.send({ type: "moved" }); // for nothing, if it was the coach who moved the page: that does no harm
    if (performance.now() - talk.byHand > SOON) talk.byHand = 0;
  }
};

// ---- as the page comes up: what was set, and a talk that a reload has cut
panel.patience = recall(local, PATIENCE);
const resume = async () => {
  const id = panel.session;
  if (talk || panel.finished) return;
  if (recall(session, TALKING) !== id) return;
  const sounds = new AudioContext(); // without a click, a browser may refuse to make a sound
  await Promise.race([sounds.resume(), new Promise((done) => { setTimeout(done, 500); })]);
  const allowed = sounds.state === "running" && ((await granted()) || panel.one);
  sounds.close();
  if (allowed) begin();
  else if (!hindrance()) panel.problem(null, data.label.back);
};
panel.arrived = resume;
panel.watch();
