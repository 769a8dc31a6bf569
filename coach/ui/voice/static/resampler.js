// Sound from one rate to another, piece by piece, as if it were one: what is left of a piece goes on with the next.
// A windowed sinc, cut off below half of the lower rate, so that nothing above it folds back into speech.
const ZEROS = 16; // zero crossings on each side: the longer, the sharper the cut
const FINE = 64; // steps of the table between two input samples
const EDGE = 0.92; // the cut-off, as a share of half the lower rate

export class Resampler {
  constructor(from, to) {
    this.step = from / to;
    const band = EDGE * Math.min(1, to / from);
    this.half = Math.ceil(ZEROS / band);
    this.table = new Float32Array(this.half * FINE + 2);
    for (let i = 0; i < this.half * FINE; i += 1) {
      const x = i / FINE;
      const wave = x === 0 ? 1 : Math.sin(Math.PI * band * x) / (Math.PI * band * x);
      this.table[i] = band * wave * (0.5 + 0.5 * Math.cos((Math.PI * x) / this.half));
    }
    this.rest = new Float32Array(this.half); // silence before the first sample
    this.at = this.half; // where in `rest` the next sample lies
  }

  // The samples that can be told now; the last few come with the next piece.
  push(piece) {
    if (this.step === 1) return piece;
    const input = new Float32Array(this.rest.length + piece.length);
    input.set(this.rest);
    input.set(piece, this.rest.length);
    const count = Math.max(0, Math.ceil((input.length - this.half - this.at) / this.step));
    const output = new Float32Array(count);
    for (let n = 0; n < count; n += 1) output[n] = this.sample(input, this.at + n * this.step);
    this.at += count * this.step;
    const done = Math.max(0, Math.floor(this.at) - this.half);
    this.rest = input.slice(done);
    this.at -= done;
    return output;
  }

  // The end of the sound: what was held back.
  flush() {
    return this.step === 1 ? new Float32Array(0) : this.push(new Float32Array(this.half + 1));
  }

  sample(input, at) {
    let sum = 0;
    for (let k = Math.max(0, Math.ceil(at - this.half)); k <= at + this.half && k < input.length; k += 1) {
      const place = Math.abs(at - k) * FINE;
      const low = Math.floor(place);
      if (low + 1 < this.table.length) sum += input[k] * (this.table[low] + (place - low) * (this.table[low + 1] - this.table[low]));
    }
    return sum;
  }
}

// -1..1 to 16 bit.
export const toInt16 = (samples) => {
  const whole = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i += 1) whole[i] = Math.round(Math.max(-1, Math.min(1, samples[i])) * 32767);
  return whole;
};

export const fromInt16 = (whole) => {
  const samples = new Float32Array(whole.length);
  for (let i = 0; i < whole.length; i += 1) samples[i] = whole[i] / 32768;
  return samples;
};
