// Minds the session while a page is open: says before it ends that it will, renews it, and keeps what was typed for
// after the next sign-in, in this tab alone: no passwords and no files. Every page is whole without this file.
"use strict";

(() => {
  const WARNED_BEFORE_MS = 2 * 60 * 1000;
  const DRAFT_KEPT_MS = 60 * 60 * 1000;
  const ENDS = "ebirlik.session.ends"; // one session for all tabs
  const DRAFT = "ebirlik.draft";
  const line = document.getElementById("session");

  /** Does something with what this browser remembers; nothing where that is forbidden or full. */
  function remembering(work) {
    try {
      return work();
    } catch {
      return null;
    }
  }

  // -- what was typed --

  const HERE = location.pathname + location.search;
  const isBox = (field) => field.type === "checkbox" || field.type === "radio";

  function fields() {
    const all = document.querySelectorAll("main form[method=post] :is(input, textarea, select)");
    const isKept = (field) =>
      !["password", "file", "hidden", "submit", "button"].includes(field.type) &&
      !field.readOnly &&
      !/password|one-time|^cc-/.test(field.autocomplete);
    return [...all].filter(isKept);
  }

  function keepDraft() {
    const values = fields().map((field) => [field.name, isBox(field) ? field.checked : field.value]);
    if (!line || values.length === 0) return;
    const { user, for: firm } = line.dataset;
    const draft = { page: HERE, user, firm, values, at: Date.now(), again: false };
    remembering(() => sessionStorage.setItem(DRAFT, JSON.stringify(draft)));
  }

  /** Puts back what the last session's end took away: on its page, for its user and firm, after a sign-in. */
  function restoreDraft() {
    const draft = remembering(() => JSON.parse(sessionStorage.getItem(DRAFT)));
    if (!draft) return;
    const isSignIn = location.pathname === "/login";
    const isOld = Date.now() - draft.at > DRAFT_KEPT_MS;
    const isOurs = !line || line.dataset.user === draft.user;
    const isHere = line && draft.page === HERE && draft.firm === line.dataset.for;
    if (isSignIn && !isOld) {
      remembering(() => sessionStorage.setItem(DRAFT, JSON.stringify({ ...draft, again: true })));
    } else if (isOld || !isOurs || !draft.again || isHere) {
      remembering(() => sessionStorage.removeItem(DRAFT));
    }
    if (draft.again && isHere && isOurs && !isOld && putBack(draft.values)) show(line.dataset.restored);
  }

  function putBack(values) {
    let changed = false;
    fields().forEach((field, at) => {
      const [name, value] = values[at] || [];
      const property = isBox(field) ? "checked" : "value";
      if (name !== field.name || field[property] === value) return;
      field[property] = value;
      changed = true;
      for (const event of ["input", "change"]) field.dispatchEvent(new Event(event, { bubbles: true }));
    });
    return changed;
  }

  // -- the end of the session --

  const openedAt = Date.now();
  let state = ""; // what the line says: nothing, "warn" or "ended"
  let focused = null; // before the line's button took the focus

  function show(sentence, control) {
    line.replaceChildren(...[sentence, control].filter(Boolean));
  }

  /** The session was used: all tabs know until when it lives now. */
  function used() {
    const { idle, life } = line.dataset;
    const ends = Math.min(Date.now() + idle * 1000, openedAt + life * 1000);
    line.dataset.ends = ends;
    remembering(() => localStorage.setItem(ENDS, ends));
  }

  function left() {
    const elsewhere = Number(remembering(() => localStorage.getItem(ENDS)));
    return Math.max(Number(line.dataset.ends), elsewhere) - Date.now();
  }

  function look() {
    const remaining = left();
    const next = remaining <= 0 ? "ended" : remaining <= WARNED_BEFORE_MS ? "warn" : "";
    if (next === state) return;
    state = next;
    if (next === "warn") warn();
    else if (next === "ended") end();
    else show("");
  }

  function warn() {
    const isLast = openedAt + line.dataset.life * 1000 - Date.now() <= WARNED_BEFORE_MS;
    if (isLast) return show(line.dataset.last);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = line.dataset.renew;
    button.addEventListener("click", renewSession);
    return show(line.dataset.warn, button);
  }

  async function renewSession() {
    const answer = await fetch("/session", { redirect: "manual", cache: "no-store" }).catch(() => null);
    if (!answer) return; // no network: the button stays
    state = answer.ok ? "" : "ended";
    if (!answer.ok) return end();
    used();
    show(line.dataset.renewed);
    focused?.focus();
  }

  function end() {
    keepDraft();
    const link = document.createElement("a");
    link.href = `/login?next=${encodeURIComponent(HERE)}`;
    link.textContent = line.dataset.again;
    show(line.dataset.ended, link);
  }

  restoreDraft();
  if (!line) return;
  used();
  setInterval(look, 1000); // a computer that slept looks as soon as it wakes
  document.addEventListener("session-used", used);
  document.addEventListener("focusin", (event) => {
    if (!line.contains(event.target)) focused = event.target;
  });
  document.addEventListener("submit", (event) => {
    if (event.target.matches("main form[method=post]")) keepDraft();
  });
})();
