// The panel: what it shows, and what is pressed in it. It stands below the conversation, and is this script's own: the server
// sends it once, as markup, and draws the rest of the page around it.
const NEXT = ["asking", "listening"]; // an answer may be recorded
const TURN = "#ic-conversation-body";

export class Panel {
  constructor(data) {
    this.data = data;
    this.handlers = {};
    const holder = document.createElement("template");
    holder.innerHTML = data.panel;
    [this.element, this.settings] = holder.content.children;
    if (this.settings) this.element.append(this.settings);
    this.element.tabIndex = -1; // takes the focus when a button that has it goes
    this.heard = null; // the places of the key points that were heard
    this.reply = null;
    this.coachSaid = "";
    this.seen = null;
    this.element.addEventListener("click", (event) => this.pressed(event));
    this.element.addEventListener("change", (event) => this.changed(event));
    document.addEventListener("keydown", (event) => this.key(event));
    this.show({ state: this.element.dataset.state, mode: "live" });
  }

  on(name, handler) { this.handlers[name] = handler; }

  part(name) { return this.element.querySelector(`#ic-talk-${name}`); }

  // ---- what the candidate does
  pressed(event) {
    const button = event.target.closest("button");
    if (button) this.handlers[button.id.replace("ic-talk-", "")]();
  }

  changed({ target }) {
    if (target.type === "file") { this.handlers.file(target.files[0]); target.value = ""; }
    else if (target.id === "ic-talk-patience") this.handlers.patience(Number(target.value));
    else if (target.id === "ic-talk-keep") this.handlers.keep(target.checked);
    else if (target.id === "ic-talk-one") this.handlers.one(target.checked);
  }

  key(event) {
    const target = event.target;
    const typing = target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat || this.lettersOff()) return;
    const key = event.key.toUpperCase();
    const button = [...this.element.querySelectorAll("[aria-keyshortcuts]")]
      .find((each) => each.getAttribute("aria-keyshortcuts") === key && each.getClientRects().length);
    if (button) { button.click(); event.preventDefault(); }
  }

  lettersOff() {
    try { return localStorage.getItem("interview-coach-letters") === "off"; } catch { return false; }
  }

  get keep() { return Boolean(this.part("keep") && this.part("keep").checked); }

  set keep(on) { if (this.part("keep")) this.part("keep").checked = on; }

  get one() { return Boolean(this.part("one") && this.part("one").checked); }

  get patience() { return this.part("patience") ? Number(this.part("patience").value) : 0; }

  set patience(seconds) {
    const select = this.part("patience");
    if (select && [...select.options].some((option) => option.value === seconds)) select.value = seconds;
  }

  // ---- what is shown
  show({ state, text, mode, muted = false, recording = false }) {
    const { element, data } = this;
    if (state === "none") return;
    const turn = muted ? "muted" : mode === "live" ? state : "yours";
    const shown = recording ? "recording" : state === "listening" ? turn : state;
    Object.assign(element.dataset, { state, mode, muted, recording });
    document.body.classList.toggle("ic-talking", state !== "off");
    this.write("state", shown === state ? text || data.state[state] || "" : data.state[shown]);
    const waiting = mode === "live" ? shown : recording ? "" : mode === "one" ? "record" : "file";
    this.placeholder = (state === "listening" && data.placeholder[waiting]) || "";
    const anew = state === "asking" || state === "off" || (state === "listening" && ["asking", "replying"].includes(this.state));
    if (anew) this.points(null);
    if (anew || !this.said) this.you("");
    this.state = state;
    const answering = NEXT.includes(state);
    const speaking = state === "asking" || state === "replying";
    this.label("done", speaking ? data.label.skip : data.label.done);
    this.label("record", recording ? data.label.send : data.label.record);
    this.label("mute", muted ? data.label.unmute : data.label.mute);
    this.part("mute").setAttribute("aria-pressed", muted);
    this.visible("done", (mode === "live" && state === "listening") || (mode !== "one" && speaking));
    this.visible("record", mode === "one" && answering);
    this.visible("choose", mode === "file" && answering);
    this.visible("again", recording);
    this.visible("think", mode === "live" && state === "listening");
    this.visible("mute", mode === "live" && state !== "off" && state !== "over");
    this.keepFocus();
    if (state === "off") { this.level(0); this.playing(null); this.points(null); this.write("coach", ""); this.reply = null; }
  }

  // Focus that was in here stays in here, so that the keys go on working.
  keepFocus() {
    const at = document.activeElement;
    if (this.element.contains(at) && !at.getClientRects().length) (this.state === "off" ? this.part("start") : this.element).focus({ preventScroll: true });
  }

  label(name, words) { this.part(name).querySelector("span").textContent = words; }

  visible(name, on) { this.part(name).hidden = !on; }

  write(name, words) {
    const part = this.part(name);
    if (part.textContent !== words) part.textContent = words;
  }

  level(value) { this.element.style.setProperty("--ic-level", Math.min(1, Math.sqrt(value) * 1.8).toFixed(2)); }

  playing(reply) {
    if (reply === null) delete this.element.dataset.playing;
    else this.element.dataset.playing = reply;
  }

  coach(reply, sentence) {
    this.coachSaid = this.reply === reply ? `${this.coachSaid} ${sentence}` : sentence;
    this.reply = reply;
    this.write("coach", this.coachSaid);
  }

  // The candidate's words, those that were mended marked.
  you(text, mended = []) {
    this.said = text;
    const line = this.part("you");
    line.replaceChildren(text || this.placeholder || "");
    line.classList.toggle("ic-quiet", !text);
    let rest = text;
    const pieces = [];
    for (const [word, heard] of mended) {
      const at = rest.indexOf(word);
      if (at < 0) continue;
      const mark = document.createElement("mark");
      mark.textContent = word;
      mark.title = this.data.label["heard as"].replace("{heard}", heard);
      pieces.push(rest.slice(0, at), mark);
      rest = rest.slice(at + word.length);
    }
    if (pieces.length) line.replaceChildren(...pieces, rest);
  }

  // The key points that the answer has so far, by their places from 1; null: nothing was said yet.
  points(places, of) {
    this.heard = places && of ? places : null;
    this.part("points").hidden = !this.heard;
    if (this.heard) {
      const dots = Array.from({ length: of }, (_, n) => (places.includes(n + 1) ? "●" : "○"));
      this.write("dots", dots.join(""));
      this.write("count", this.data.label.points.replace("{count}", places.length).replace("{of}", of));
    }
    this.light();
  }

  light() {
    document.querySelectorAll("#ic-side .ic-points > li").forEach((row, n) => {
      row.classList.toggle("ic-heard", Boolean(this.heard && this.heard.includes(n + 1)));
    });
  }

  // What went wrong: by its name, or in the words of the server. With `rescue`, a recording can be sent instead.
  problem(name, words, rescue = false) {
    const text = words || this.data.problem[name] || "";
    const box = this.part("problem");
    if (!box) return;
    box.hidden = !text;
    if (text) box.setAttribute("role", "alert");
    this.write("problem-text", text);
    this.visible("rescue", rescue);
  }

  // ---- the page around it

  // In a talk nobody scrolls: what has come up last stays in sight above the panel.
  follow() {
    const news = document.querySelectorAll(".ic-current :is(.ic-follow-up, .ic-grade, .ic-question-card)");
    if (news.length && document.body.classList.contains("ic-talking")) news[news.length - 1].scrollIntoView({ block: "nearest" });
  }

  get session() {
    const body = document.querySelector(TURN);
    return (body && body.dataset.session) || "";
  }

  get finished() { return document.querySelector(TURN).dataset.finished !== undefined; }

  // Stay below the conversation; tell when an interview comes up, and when it has moved on.
  watch() {
    const look = () => {
      const conversation = document.getElementById("ic-conversation");
      const body = document.querySelector(TURN);
      if (!conversation || !body) return;
      if (conversation.nextElementSibling !== this.element) conversation.after(this.element);
      const away = (!this.session || this.finished) && !document.body.classList.contains("ic-talking");
      if (this.element.hidden !== away) this.element.hidden = away;
      const now = [this.session, body.dataset.turn, this.finished, body.querySelectorAll(".ic-answer, .ic-hint").length].join("/");
      if (now !== this.seen) {
        const arrived = this.session && this.seen === null;
        this.seen = this.session || this.seen !== null ? now : null;
        if (arrived && this.arrived) this.arrived();
        else if (this.moved) this.moved();
        this.follow();
      }
      this.light();
    };
    new MutationObserver((records) => { if (records.some(({ target }) => !this.element.contains(target))) look(); })
      .observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-session", "data-turn", "data-finished"] });
    look();
  }
}
