// The socket to the coach. A connection that breaks is made again; what the server ends for a reason is not.
export const WAITS = [300, 1000, 2000, 4000, 8000]; // milliseconds before each new attempt
export const STEADY = 5000; // milliseconds after which a connection has come to stay
const STUCK = 1_000_000; // bytes that wait to be sent, half a minute of sound: the line is too slow, and more would only come later
const SLOW = 4408;
const FINAL = 4000; // codes from here on are the server's own: trying again would end the same way

export class Link {
  // `opened` each time that it is; `message` and `sound` for what comes; `waiting` when it broke and is tried again;
  // `ended` with a code when it is over: the server's, or 0 when it cannot be reached, or not any more; `refused` when it was never open.
  // While it is `holding` something that would be lost, it is tried again for as long as the page is open.
  constructor(address, hooks) {
    this.address = address;
    this.hooks = hooks;
    this.attempt = 0;
    this.everOpen = false;
    this.since = Infinity; // when it was opened
    this.connect();
  }

  connect() {
    const socket = new WebSocket(this.address);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => { this.since = performance.now(); this.everOpen = true; this.hooks.opened(); };
    socket.onmessage = ({ data }) => (typeof data === "string" ? this.hooks.message(JSON.parse(data)) : this.hooks.sound(data));
    socket.onclose = ({ code }) => this.closed(code);
    this.socket = socket;
  }

  closed(code) {
    if (this.over) return;
    if (performance.now() - this.since > STEADY) this.attempt = 0;
    this.since = Infinity;
    const enough = this.everOpen ? this.attempt >= WAITS.length && !this.hooks.holding() : this.attempt > 0;
    if (code >= FINAL || enough) {
      this.over = true;
      if (this.everOpen || code >= FINAL) this.hooks.ended(code >= FINAL ? code : 0);
      else this.hooks.refused();
      return;
    }
    this.hooks.waiting();
    this.timer = setTimeout(() => this.connect(), WAITS[Math.min(this.attempt, WAITS.length - 1)]);
    this.attempt += 1;
  }

  get open() { return this.socket.readyState === WebSocket.OPEN; }

  send(message) {
    if (this.open) this.socket.send(JSON.stringify(message));
  }

  // A piece of what is heard just now. A line that cannot carry it is given up.
  sendSound(buffer) {
    if (!this.open) return;
    if (this.socket.bufferedAmount < STUCK) this.socket.send(buffer);
    else { this.close(); this.hooks.ended(SLOW); }
  }

  // A piece of what was recorded, however long it takes.
  sendRecorded(buffer) {
    if (this.open) this.socket.send(buffer);
  }

  close() {
    this.over = true;
    clearTimeout(this.timer);
    this.socket.close();
  }
}
