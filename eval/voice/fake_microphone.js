// A microphone that says what it is told to, and an ear on what the page plays. In the page before anything else is.
(() => {
  const QUIET = 0.003; // of full scale: the page plays something when it is louder than that
  const APART = 400; // milliseconds of silence between two sounds
  const HISS = 2e-4; // no microphone is wholly silent
  const voice = { messages: [], sounds: [], starts: [], state: "", saying: "", loud: 0 };
  window.fakeVoice = voice;

  // ---- the microphone
  const room = new AudioContext({ sampleRate: 48000 });
  const out = room.createMediaStreamDestination();
  const noise = room.createBuffer(1, room.sampleRate * 2, room.sampleRate);
  noise.getChannelData(0).forEach((_, at, data) => { data[at] = (Math.random() * 2 - 1) * HISS; });
  const hiss = room.createBufferSource();
  Object.assign(hiss, { buffer: noise, loop: true });
  hiss.connect(out);
  hiss.start();
  navigator.mediaDevices.getUserMedia = async () => {
    await room.resume();
    return new MediaStream(out.stream.getAudioTracks().map((track) => track.clone()));
  };

  // Say 16-bit samples; gives the times (milliseconds of this page) at which they begin and end.
  voice.speak = (base64, rate) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const samples = Float32Array.from(new Int16Array(bytes.buffer), (value) => value / 32768);
    const buffer = room.createBuffer(1, samples.length, rate);
    buffer.copyToChannel(samples, 0);
    const source = room.createBufferSource();
    source.buffer = buffer;
    source.connect(out);
    const at = room.currentTime + 0.1;
    source.start(at);
    const begins = performance.now() + (at - room.currentTime) * 1000;
    return { begins, ends: begins + (samples.length / rate) * 1000 };
  };

  // ---- the ear: whatever goes to the loudspeaker goes by an analyser
  const taps = new Map();
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function tapped(target, ...more) {
    if (target instanceof AudioDestinationNode) {
      if (!taps.has(this.context)) taps.set(this.context, Object.assign(this.context.createAnalyser(), { fftSize: 512 }));
      connect.call(this, taps.get(this.context));
    }
    return connect.call(this, target, ...more);
  };
  // … and what is put there is noted, with the moment that it is heard and the sentence that it is of.
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function noted(when = 0, ...more) {
    if (this.context !== room) {
      const wait = Math.max(0, when - this.context.currentTime);
      voice.starts.push({ at: performance.now() + wait * 1000, text: voice.saying });
    }
    return start.call(this, when, ...more);
  };
  const heard = new Float32Array(512);
  setInterval(() => {
    const now = performance.now();
    for (const tap of taps.values()) {
      tap.getFloatTimeDomainData(heard);
      if (!heard.some((value) => Math.abs(value) > QUIET)) continue;
      if (now - voice.loud > APART) voice.sounds.push(now);
      voice.loud = now;
    }
  }, 5);

  // ---- what the server says
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        const message = typeof data === "string" ? JSON.parse(data) : { type: "sound" };
        if (message.type === "state") voice.state = message.state;
        if (message.type === "say") voice.saying = message.text;
        voice.messages.push({ at: performance.now(), type: message.type, state: message.state, text: message.text });
      });
    }
  };
})();
