// The line to the coach by plain requests, for where no socket gets through. What is said is recorded first, and then sent.
import { STEADY, WAITS } from "./link.js";

export class Post {
  // The hooks are those of `Link`, and a line that breaks is begun anew as there.
  constructor(address, hooks) {
    this.address = address;
    this.hooks = hooks;
    this.sending = Promise.resolve(); // one after the other
    this.attempt = 0;
    this.everOpen = false;
    this.since = Infinity; // when it was opened
    this.begin();
  }

  async begin() {
    let line;
    try {
      const reply = await fetch(this.address, { method: "POST" });
      const found = await reply.json();
      if (this.over) return;
      if (!found.line) { this.end(found.code); return; }
      line = `${this.address}/${found.line}`;
      Object.assign(this, { line, everOpen: true, since: performance.now() });
      this.hooks.opened();
      while (this.line === line && !this.over) await this.hear(line);
    } catch {
      this.broken(line);
    }
  }

  async hear(line) {
    const reply = await fetch(line);
    if (this.line !== line) return;
    if (reply.status === 410) this.end((await reply.json()).code);
    else if (!reply.ok) this.broken(line);
    else this.take(await reply.arrayBuffer());
  }

  broken(line) {
    if (this.over || this.line !== line) return;
    this.line = undefined;
    if (performance.now() - this.since > STEADY) this.attempt = 0;
    this.since = Infinity;
    if (!this.everOpen || (this.attempt >= WAITS.length && !this.hooks.holding())) { this.end(0); return; }
    this.hooks.waiting();
    this.timer = setTimeout(() => this.begin(), WAITS[Math.min(this.attempt, WAITS.length - 1)]);
    this.attempt += 1;
  }

  take(pieces) {
    const view = new DataView(pieces);
    for (let at = 0; at < pieces.byteLength && !this.over;) {
      const length = view.getUint32(at + 1, true);
      const piece = pieces.slice(at + 5, at + 5 + length);
      if (view.getUint8(at) === 1) this.hooks.sound(piece);
      else this.hooks.message(JSON.parse(new TextDecoder().decode(piece)));
      at += 5 + length;
    }
  }

  get open() { return Boolean(this.line) && !this.over; }

  send(message) { this.post(JSON.stringify(message), "application/json"); }

  sendRecorded(buffer) { this.post(buffer, "application/octet-stream"); }

  post(body, type) {
    const { line } = this;
    if (!line || this.over) return;
    this.sending = this.sending
      .then(() => fetch(line, { method: "POST", body, headers: { "content-type": type } }))
      .then((reply) => { if (!reply.ok) this.broken(line); }, () => this.broken(line));
  }

  end(code) {
    if (this.over) return;
    this.over = true;
    this.hooks.ended(code);
  }

  close() {
    this.over = true;
    clearTimeout(this.timer);
  }
}
