// Hands and scanners, on every page of the desk. A scanner is a keyboard of US layout that types very fast. Needs code.js.
"use strict";

const SCAN_GAP_MS = 30; // between two keys of a scanner; nobody types eight keys so fast
const SCAN_KEYS_MIN = 8;
const SCAN_END_MS = 80; // a scanner that sends no Enter has ended

/** Does something with what this browser remembers; null where that is forbidden. */
function kept(work) {
  try {
    return work(localStorage);
  } catch {
    return null;
  }
}

/** A choice of this machine's, off at first: whether it is on, and how to turn it over. */
function choice(name) {
  let on = kept((store) => store.getItem(name)) === "1";
  return {
    isOn: () => on,
    turn() {
      on = !on;
      kept((store) => (on ? store.setItem(name, "1") : store.removeItem(name)));
    },
  };
}

const keysOff = choice("ebirlik.keys.off");

/** What each key of the desk does, until this machine's user chose another key for it. */
const KEYS_FIRST = { clear: "Escape", past: "ArrowUp", compare: "ArrowDown", list: "F2", print: "F9" };
const KEYS = "ebirlik.keys";
/** Keys that write nothing into a field, and that no scanner sends. */
const FIT_KEY = /^(F([1-9]|1[0-2])|Escape|Arrow(Up|Down)|Page(Up|Down)|Home|End|Insert|Pause|ScrollLock)$/;

/** The keys of the desk as they are on this machine. */
function deskKeys() {
  return { ...KEYS_FIRST, ...kept((store) => JSON.parse(store.getItem(KEYS))) };
}

/** Others for them; the first ones for none. */
function changeKeys(keys) {
  kept((store) => (keys ? store.setItem(KEYS, JSON.stringify(keys)) : store.removeItem(KEYS)));
}

/** What a key of the desk does; nothing for any other key, and while they are turned off. */
function deskKey(event) {
  if (keysOff.isOn() || event.ctrlKey || event.altKey || event.metaKey) return null;
  const keys = deskKeys();
  return Object.keys(keys).find((name) => keys[name] === event.key) || null;
}

/** Writes the keys where the page names them. */
function showKeyNames() {
  const keys = deskKeys();
  for (const place of document.querySelectorAll("kbd[data-key]")) {
    const key = keys[place.dataset.key];
    place.textContent = { Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓" }[key] || key;
  }
}

/** What the set-up page found of this machine's scanner: whether its codes are read by the keys or as typed. */
const READ_BY = "ebirlik.scanner";

/** What a scanner's key means: scanners press the keys of a US keyboard, whatever the computer is set to. */
function usLetter(key) {
  const letter = /^Key([A-Z])$/.exec(key) || /^(?:Digit|Numpad)([0-9])$/.exec(key);
  return letter ? letter[1] : { Minus: "-", Space: " ", Period: ".", BracketRight: "]" }[key] || "";
}

/** The code of a scan, as it came or by the keys that were pressed, whichever is one. */
function codeOfScan(typed, pressed) {
  const [came, meant] = [codeInScan(typed), codeInScan(pressed)];
  if (!came || !meant || came === meant) return came || meant;
  return { typed: came, pressed: meant }[kept((store) => store.getItem(READ_BY))] || null;
}

/**
 * Watches the keys that go into a field. `took` is given each scan: its `code` or null, what was `typed` and `pressed`,
 * the slowest `gap` in milliseconds, the `end` (Enter, Tab or nothing) and what the field held `before`; it says whether
 * it took the scan, so that its last key does nothing else. `take` ends a scan that sent no last key.
 */
function watchScanner(field, took, gapMs = SCAN_GAP_MS) {
  let run = [];
  let slowest = 0;
  let before = null;
  let lastKeyAt = 0;
  let ends = 0;

  function take(end) {
    const scanned = run;
    run = [];
    if (scanned.length < SCAN_KEYS_MIN) return false;
    const typed = scanned.map((key) => (key.key.length === 1 ? key.key : "")).join("");
    const pressed = scanned.map((key) => usLetter(key.code)).join("");
    return took({ code: codeOfScan(typed, pressed), typed, pressed, gap: slowest, end, before });
  }

  function watch(event) {
    if (event.key === "Shift" || event.key === "CapsLock") return;
    clearTimeout(ends);
    const gap = event.timeStamp - lastKeyAt;
    lastKeyAt = event.timeStamp;
    if (event.key === "Enter" || event.key === "Tab") {
      if (take(event.key)) event.preventDefault();
      return;
    }
    const types = !event.ctrlKey && !event.altKey && !event.metaKey && (event.key.length === 1 || event.key === "Dead");
    if (gap >= gapMs || event.repeat || !types) run = [];
    if (!types) return;
    if (run.length === 0) {
      slowest = 0;
      before = { text: field.value, from: field.selectionStart, to: field.selectionEnd };
    } else {
      slowest = Math.max(slowest, gap);
    }
    run.push(event);
    if (run.length >= SCAN_KEYS_MIN) ends = setTimeout(() => take(""), Math.max(SCAN_END_MS, 2 * gapMs));
  }

  return { watch, take };
}
