// An answer that is recorded first and then sent: from the microphone or from a file, 16 kHz mono int16 in the end.
import { toInt16 } from "./resampler.js";

const RATE = 16_000;
const LONGEST = 600 * RATE; // samples: ten minutes

export class Recording {
  // `full` is called when no more fits.
  constructor(full) {
    this.full = full;
    this.frames = [];
    this.count = 0;
  }

  add(buffer) {
    const frame = new Int16Array(buffer);
    if (this.count + frame.length > LONGEST) { this.full(); return; }
    this.frames.push(frame);
    this.count += frame.length;
  }

  samples() {
    const all = new Int16Array(this.count);
    let at = 0;
    for (const frame of this.frames) { all.set(frame, at); at += frame.length; }
    return all;
  }
}

// The sound of a file that the candidate chose. Rejects when the browser cannot read it, with the name "too long" when it is that.
export const fromFile = async (file) => {
  const sound = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await file.arrayBuffer()); // which brings it to that rate
  if (sound.length > LONGEST) throw Object.assign(new Error("too long"), { name: "too long" });
  const channels = Array.from({ length: sound.numberOfChannels }, (_, n) => sound.getChannelData(n));
  const mono = channels[0].map((_, i) => channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length);
  return toInt16(mono);
};
