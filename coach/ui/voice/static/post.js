// The line to the coach by plain requests, for where no socket gets through. What is said is recorded first, and then sent.
export class Post {
  // The hooks are those of `Link`.
  constructor(address, hooks) {
    this.address = address;
    this.hooks = hooks;
    this.sending = Promise.resolve(); // one after the other
    this.begin();
  }

  async begin() {
    try {
      const reply = await fetch(this.address, { method: "POST" });
      const { line, code } = await reply.json();
      if (!line) { this.end(code); return; }
      if (this.over) return;
      this.line = `${this.address}/${line}`;
      this.hooks.opened();
      while (!this.over) await this.hear();
    } catch {
      this.end(0);
    }
  }

  async hear() {
    const reply = await fetch(this.line);
    if (reply.status === 410) this.end((await reply.json()).code);
    else if (!reply.ok) this.end(0);
    else this.take(await reply.arrayBuffer());
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
      .then((reply) => { if (!reply.ok) this.end(0); }, () => this.end(0));
  }

  end(code) {
    if (this.over) return;
    this.over = true;
    this.hooks.ended(code);
  }

  close() { this.over = true; }
}
