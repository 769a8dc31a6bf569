// In the audio thread: the microphone, at the rate that the browser has it, becomes 16 kHz mono in frames of a tenth of a second.
import { Resampler, toInt16 } from "./resampler.js";

const RATE = 16000;
const FRAME = 1600;

class Frames extends AudioWorkletProcessor {
  constructor() {
    super();
    this.resampler = new Resampler(sampleRate, RATE);
    this.frame = new Float32Array(FRAME);
    this.filled = 0;
  }

  process([channels]) {
    if (!channels.length) return true; // nothing is connected just now
    const mono = Float32Array.from(channels[0], (_, i) => channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length);
    for (const sample of this.resampler.push(mono)) {
      this.frame[this.filled] = sample;
      this.filled += 1;
      if (this.filled === FRAME) this.send();
    }
    return true;
  }

  send() {
    const level = Math.sqrt(this.frame.reduce((sum, sample) => sum + sample * sample, 0) / FRAME);
    const { buffer } = toInt16(this.frame);
    this.port.postMessage({ level, buffer }, [buffer]);
    this.filled = 0;
  }
}
registerProcessor("interview-coach-frames", Frames);
