// What the coach says, played as one stream without gaps, and silent at once when it is told to stop.
// A reply comes in sentences, each with its sound or, where there is none, for the browser's own voice.
import { Resampler, fromInt16 } from "./resampler.js";

const AHEAD = 0.06; // seconds from the first piece to its sound: what a busy page needs in order not to stutter
const FADE = 0.02; // seconds: a stop without a click

if (window.speechSynthesis) window.speechSynthesis.getVoices(); // browsers load them when they are first asked for, and take a moment

// A voice of the machine itself: some browsers' other voices are made elsewhere, from the text that they are sent.
const ownVoice = () => window.speechSynthesis.getVoices().find(({ lang, localService }) => localService && lang.startsWith("en"));

export const canSpeak = () => Boolean(window.speechSynthesis && ownVoice());

export class Speaker {
  // `played` gets the number of a reply that was heard to its end; `playing` the one that is heard now, or null.
  constructor(context, { played, playing }) {
    this.context = context;
    this.played = played;
    this.playing = playing;
    this.replies = new Map();
    this.stopped = -1; // replies up to this one are not to be heard any more
    this.next = 0;
  }

  // A line to the coach is there: its replies count anew.
  anew() { this.stopped = -1; }

  say({ reply, text, rate, audio }) {
    if (reply <= this.stopped) return;
    const state = this.reply(reply);
    if (audio) state.rate = rate;
    else this.utter(state, reply, text);
  }

  // A frame: the number of the reply, then its sound.
  sound(frame) {
    const reply = new DataView(frame).getUint32(0, true);
    const state = this.replies.get(reply);
    if (state && state.rate) this.schedule(state, reply, fromInt16(new Int16Array(frame.slice(4))));
  }

  said(reply) {
    const state = this.replies.get(reply);
    if (!state) return;
    if (state.resampler) this.enqueue(state, reply, state.resampler.flush());
    state.complete = true;
    this.settle(reply);
  }

  // Stop everything, and play nothing more of what has begun. Gives the number of the reply that was stopped, or null.
  stop() {
    let stopped = null;
    for (const [reply, state] of this.replies) {
      if (state.busy || !state.complete) stopped = reply;
      this.stopped = Math.max(this.stopped, reply);
      const now = this.context.currentTime;
      if (state.gain) state.gain.gain.setTargetAtTime(0, now, FADE / 4);
      for (const source of state.sources) { source.onended = null; source.stop(now + FADE); }
    }
    if (window.speechSynthesis) window.speechSynthesis.cancel();
    this.replies.clear();
    this.next = 0;
    this.playing(null);
    return stopped;
  }

  reply(number) {
    if (!this.replies.has(number)) this.replies.set(number, { sources: new Set(), busy: 0, complete: false });
    return this.replies.get(number);
  }

  schedule(state, reply, samples) {
    if (!state.resampler) {
      state.resampler = new Resampler(state.rate, this.context.sampleRate);
      state.gain = this.context.createGain();
      state.gain.connect(this.context.destination);
    }
    this.enqueue(state, reply, state.resampler.push(samples));
  }

  enqueue(state, reply, samples) {
    if (!samples.length) return;
    const buffer = this.context.createBuffer(1, samples.length, this.context.sampleRate);
    buffer.copyToChannel(samples, 0);
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(state.gain);
    if (this.next < this.context.currentTime) this.next = this.context.currentTime + AHEAD;
    source.start(this.next);
    this.next += samples.length / this.context.sampleRate;
    state.sources.add(source);
    this.begin(state, reply);
    source.onended = () => { state.sources.delete(source); this.end(state, reply); };
  }

  utter(state, reply, text) {
    if (!canSpeak()) return; // it is shown, and that is all that can be done
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = ownVoice();
    utterance.onend = utterance.onerror = () => { if (this.replies.get(reply) === state) this.end(state, reply); };
    this.begin(state, reply);
    window.speechSynthesis.speak(utterance);
  }

  begin(state, reply) {
    state.busy += 1;
    this.playing(reply);
  }

  end(state, reply) {
    state.busy -= 1;
    this.settle(reply);
  }

  settle(reply) {
    const state = this.replies.get(reply);
    if (!state || state.busy) return;
    if (state.complete) this.replies.delete(reply);
    const others = [...this.replies].find(([, other]) => other.busy);
    this.playing(others ? others[0] : null);
    if (!state.complete) return;
    this.played(reply);
  }
}
