// What only the browser can do: keys, the theme, the address, drafts. Everything else is the server's.
(() => {
  "use strict";
  const memory = {
    get(key) { try { return localStorage.getItem("interview-coach-" + key); } catch { return null; } },
    set(key, value) {
      try {
        if (value) localStorage.setItem("interview-coach-" + key, value);
        else localStorage.removeItem("interview-coach-" + key);
      } catch { /* storage is off: the page works without it */ }
    },
  };
  const one = (selector) => document.querySelector(selector);
  const box = () => one("#ic-answer textarea");
  const shown = (element) => Boolean(element && element.getClientRects().length);
  const press = (id) => {
    const button = document.getElementById(id);
    if (!shown(button) || button.disabled) return false;
    button.click();
    return true;
  };

  // ---- light and dark
  const paint = () => {
    const wish = memory.get("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    document.body.classList.toggle("dark", wish === "dark");
    const button = one("#ic-theme");
    if (button) button.textContent = wish === "dark" ? "Light theme" : "Dark theme";
  };
  const swapTheme = () => {
    memory.set("theme", document.body.classList.contains("dark") ? "light" : "dark");
    paint();
  };

  // ---- keys
  const LETTERS = { n: "ic-next", h: "ic-hint", s: "ic-skip", m: "ic-model", x: "ic-stop" };
  const typing = (target) =>
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (event.target === box() && press("ic-send")) event.preventDefault();
      return;
    }
    if (event.key === "Escape" && event.target === box()) { box().blur(); return; }
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey || memory.get("letters") === "off") return;
    const key = event.key.toLowerCase();
    if (LETTERS[key] && press(LETTERS[key])) event.preventDefault();
    else if (key === "/" && shown(box())) { box().focus(); event.preventDefault(); }
    else if (key === "?") { const help = one("#ic-keys"); if (shown(help)) { help.open = !help.open; event.preventDefault(); } }
  });

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest("#ic-theme")) swapTheme();
    const all = event.target.closest("[data-tick]");
    if (all) for (const input of document.querySelectorAll("input[data-question]")) input.checked = all.dataset.tick === "all";
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "ic-letters") memory.set("letters", event.target.checked ? null : "off");
  });

  // ---- an opened <details> stays open when the server sends the same one again
  const open = new Set();
  document.addEventListener("toggle", (event) => {
    const details = event.target;
    if (!(details instanceof HTMLDetailsElement) || !details.id) return;
    if (details.open) open.add(details.id);
    else if (details.dataset.closing !== "server") open.delete(details.id);
    delete details.dataset.closing;
  }, true);
  const reopen = (records) => {
    for (const record of records) {
      const details = record.target;
      if (record.attributeName === "open" && details instanceof HTMLDetailsElement && !details.open && open.has(details.id)
          && details !== lastSummary) details.open = true;
    }
  };
  let lastSummary = null; // the one that a person is closing just now
  document.addEventListener("click", (event) => {
    const summary = event.target instanceof Element ? event.target.closest("summary") : null;
    lastSummary = summary ? summary.parentElement : null;
    if (lastSummary && lastSummary.open) open.delete(lastSummary.id);
    setTimeout(() => { lastSummary = null; }, 0);
  }, true);

  // ---- the address and the last interview
  const settle = () => {
    const body = one("#ic-conversation-body");
    if (!body) return;
    const session = body.dataset.session || "";
    const running = Boolean(session);
    document.body.classList.toggle("ic-running", running);
    const address = new URL(location.href);
    if (session && address.searchParams.get("session") !== session) {
      address.searchParams.set("session", session);
      history.replaceState(null, "", address);
    } else if (!session && address.searchParams.has("session") && body.dataset.leave) {
      if (body.dataset.leave !== "new" && memory.get("session") === address.searchParams.get("session")) memory.set("session", null);
      address.searchParams.delete("session");
      history.replaceState(null, "", address);
    }
    if (session) memory.set("session", body.dataset.finished === undefined ? session : null);
    const link = one("#ic-continue");
    const last = memory.get("session");
    if (link) {
      link.hidden = running || !last;
      if (last) link.href = "?session=" + encodeURIComponent(last);
    }
    draft(session + "/" + (body.dataset.turn || ""));
    follow(body);
  };

  // ---- a draft survives a reload, until its turn is over
  let turn = null;
  const draft = (key) => {
    const area = box();
    if (!area || key === turn) return;
    turn = key;
    const [kept, ...text] = (memory.get("draft") || "").split("\n");
    if (kept === key && text.length && !area.value) {
      area.value = text.join("\n");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };
  document.addEventListener("input", (event) => {
    if (event.target === box() && turn) memory.set("draft", event.target.value ? turn + "\n" + event.target.value : null);
  });

  // ---- the eye follows: a new question or follow-up comes into view, and what comes next has the focus
  let place = null;
  let wanted = false;
  let sending = false; // an answer is on its way
  const follow = (body) => {
    const now = body.dataset.turn || "";
    if (place !== null && place !== now && body.dataset.session) {
      wanted = true;
      const target = body.querySelector(".ic-current .ic-follow-up:last-of-type, .ic-current .ic-question-card");
      if (target && target.getBoundingClientRect().top < 0) target.scrollIntoView({ block: "start" });
    }
    place = now;
  };
  const focus = () => {
    if (sending) wanted = true;
    const next = document.getElementById("ic-next");
    if (!wanted || sending || shown(document.getElementById("ic-stop"))) return;
    const at = document.activeElement;
    const idle = !at || at === document.body || at.closest("#ic-actions, #ic-composer, #ic-next, #ic-start");
    if (shown(next)) { wanted = false; if (idle) next.focus({ preventScroll: true }); }
    else if (shown(box())) { wanted = false; if (idle && matchMedia("(min-width: 761px)").matches) box().focus({ preventScroll: true }); }
  };

  // ---- an answer on its way: nothing typed now would be kept, so the box waits until the server has spoken
  const release = () => { sending = false; if (box()) box().readOnly = false; };
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest("#ic-send")) return;
    if (sending) { event.stopImmediatePropagation(); event.preventDefault(); return; }
    if (one("#ic-middle [role=alert]")) one("#ic-middle [role=alert]").removeAttribute("role");
    sending = true;
    if (box()) box().readOnly = true;
    setTimeout(release, 10_000);
  }, true);
  const spoken = () => {
    if (sending && (!shown(box()) || one("#ic-middle [role=alert]"))) release();
  };

  // ---- disagreeing with a verdict: the form's words for the server, and the focus back on it when it has answered
  let wish = "{}";
  let disputed = null;
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-dispute]") : null;
    if (!button) return;
    const form = button.closest(".ic-dispute");
    const back = button.dataset.dispute === "back";
    const current = one(".ic-current");
    wish = JSON.stringify({
      number: Number(form.dataset.question),
      point: form.dataset.point,
      verdict: back ? null : form.querySelector("input:checked").value,
      why: back ? "" : form.querySelector("textarea").value,
      pause: current && shown(one("#ic-next")) ? Number(current.dataset.number) : null,
    });
    open.delete(form.id);
    disputed = form;
    document.getElementById("ic-dispute").click();
  });
  window.interviewCoachDispute = () => wish;
  const answered = () => {
    if (!disputed || disputed.isConnected) return;
    const form = document.getElementById(disputed.id);
    disputed = null;
    if (form) form.querySelector("summary, button").focus({ preventScroll: true });
  };

  // ---- correcting a transcript: the form's words for the server
  let correction = "{}";
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-correct]") : null;
    if (!button) return;
    const form = button.closest(".ic-correct");
    const current = one(".ic-current");
    correction = JSON.stringify({
      turn: Number(button.dataset.correct),
      text: form.querySelector("textarea").value,
      pause: current && shown(one("#ic-next")) ? Number(current.dataset.number) : null,
    });
    document.getElementById("ic-correct").click();
  });
  window.interviewCoachCorrection = () => correction;

  // ---- a recording plays from where something was said
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-listen]") : null;
    const sound = button && document.getElementById(button.dataset.listen);
    if (!sound) return;
    for (const other of document.querySelectorAll("audio")) if (other !== sound) other.pause();
    sound.currentTime = Number(button.dataset.at);
    sound.play().catch(() => { /* the file is gone: the player says so */ });
  });

  // ---- the library's ticks, for the server
  window.interviewCoachUnwanted = () =>
    JSON.stringify([...document.querySelectorAll("input[data-question]")].filter((i) => !i.checked).map((i) => i.dataset.question));

  const start = () => {
    paint();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
    new MutationObserver((records) => { reopen(records); settle(); spoken(); focus(); answered(); name(); })
      .observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["open", "role", "data-session", "data-turn", "data-finished", "data-leave"] });
    settle();
  };
  // ---- groups of choices get the name that stands above them
  const name = () => {
    for (const group of document.querySelectorAll("fieldset:not([aria-label])")) {
      const title = group.querySelector("[data-testid='block-info']");
      if (title) group.setAttribute("aria-label", title.textContent.trim());
    }
    const letters = one("#ic-letters");
    if (letters && letters.dataset.ready === undefined) { letters.checked = memory.get("letters") !== "off"; letters.dataset.ready = ""; }
    const button = one("#ic-theme");
    if (button && !button.textContent) paint();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
