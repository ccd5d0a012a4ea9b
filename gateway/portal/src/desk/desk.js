// The officer's desk, made quicker. Without this file the page works by itself; nothing here decides a verdict but
// typing errors, which need no register. No dependency, no build step.
"use strict";

// ---- The code: the same reading as everywhere, see the README of crypto-code. ----

const SEPARATES = /[\p{White_Space}\-\u058A\u05BE\u1400\u1806\u2010-\u2015\u2043\u2053\u207B\u208B\u2212\u2E17\u2E1A\u2E3A\u2E3B\u2E40\u2E5D\u301C\u3030\u30A0\uFE31\uFE32\uFE58\uFE63\uFF0D\u{10EAD}.\u00B7\u2022\u2024\u2027\u2219\u22C5\u3002\u30FB\uFE52\uFF0E\uFF61\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u2800\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF9-\uFFFB\u{E0000}-\u{E007F}\u{E0100}-\u{E01EF}]/u;
const CONTROLS = /[\u0000-\u001F\u007F-\u009F]/g;
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LOOK_ALIKES = { O: 0, I: 1, L: 1, "ı": 1, "İ": 1 };

/** The typed letters, separators left out. */
function lettersOf(text) {
  return Array.from(text).filter((letter) => !SEPARATES.test(letter));
}

/** The value from 0 to 31 that a letter stands for; -1 for a foreign one. Case by ASCII, whatever the browser's language. */
function valueOf(letter) {
  const upper = letter.replace(/[a-z]/, (small) => String.fromCharCode(small.charCodeAt(0) - 32));
  return upper in LOOK_ALIKES ? LOOK_ALIKES[upper] : upper.length === 1 ? LETTERS.indexOf(upper) : -1;
}

/** The product in GF(32), built by x⁵ + x² + 1. */
function times(left, right) {
  let product = 0;
  for (let bit = 0; bit < 5; bit += 1) {
    if ((right >> bit) & 1) product ^= left;
    left <<= 1;
    if (left & 32) left ^= 37;
  }
  return product;
}

/** The place from 1 to 16 that alone explains the error, 0 when there is none, -1 when no single place explains it. */
function wrongPlace(values) {
  const at = (point) => values.reduce((sum, value) => times(sum, point) ^ value, 0);
  const first = at(2);
  const second = at(4);
  if (first === 0 && second === 0) return 0;
  for (let place = 16, product = first; place >= 1; place -= 1) {
    if (product === second) return place;
    product = times(product, 2);
  }
  return -1;
}

/** Reads what was typed: `code`, or `kind` of typing error with the place `at` to look at (0 for none) and what was `found`. */
function readCode(text) {
  const letters = lettersOf(text);
  if (letters.length !== 16) return { kind: "length", at: 0, found: letters.length };
  const values = letters.map(valueOf);
  const foreign = values.filter((value) => value < 0).length;
  const first = values.indexOf(-1);
  const place = wrongPlace(values.map((value) => Math.max(value, 0)));
  if (foreign > 0) {
    const explained = foreign === 1 && (place === 0 || place === first + 1);
    return { kind: "letter", at: explained ? first + 1 : 0, found: letters[first] };
  }
  if (place !== 0) return { kind: "checks", at: Math.max(place, 0) };
  return { code: values.map((value) => LETTERS[value]).join("") };
}

/** The one code in what a scanner sent, with whatever it put around it; null when there is none or more than one. */
function codeInScan(text) {
  const bare = text.replace(CONTROLS, "").replace(/^\][A-Za-z][0-9A-Za-z]/, "");
  const letters = lettersOf(bare);
  const found = [];
  for (let from = 0; from + 16 <= Math.min(letters.length, 40); from += 1) {
    const { code } = readCode(letters.slice(from, from + 16).join(""));
    if (code) found.push(code);
  }
  return found.length === 1 ? found[0] : null;
}

/** In fours, as people read it. Known letters in their one spelling, others as typed. */
function inFours(letters) {
  const shown = letters.map((letter) => (valueOf(letter) < 0 ? letter : LETTERS[valueOf(letter)]));
  return shown.join("").replace(/(.{4})(?=.)/gu, "$1-");
}

/** What a scanner's key means: scanners press the keys of a US keyboard, whatever the computer is set to. */
function usLetter(key) {
  const letter = /^Key([A-Z])$/.exec(key) || /^(?:Digit|Numpad)([0-9])$/.exec(key);
  return letter ? letter[1] : { Minus: "-", Space: " ", Period: ".", BracketRight: "]" }[key] || "";
}

/** The present time by clocks in Türkiye, in the parts asked for. */
function timeNow(parts) {
  return new Intl.DateTimeFormat("tr-TR", { ...parts, timeZone: "Europe/Istanbul" }).format(new Date());
}

// ---- The page. ----

const SCAN_GAP_MS = 30; // between two keys of a scanner; nobody types eight keys so fast
const SCAN_KEYS_MIN = 8;
const SCAN_END_MS = 80; // a scanner that sends no Enter has ended
const ANSWER_MAX_MS = 8000; // then the officer is told that we cannot tell
const ASKING_SHOWN_AFTER_MS = 150;
const PAST_MAX = 12;

function startDesk(box) {
  const byId = (id) => document.getElementById(id);
  const [form, say, verdict, past, keys, details] = ["ask", "say", "verdict", "past", "keys", "compare"].map(byId);
  const [reference, exporter] = [byId("ref"), byId("ihracatci")];
  const title = document.title.split(" - ").slice(-2).join(" - ");

  let last = box.value; // as it stood after the last change

  // -- one question --

  let question = 0;
  let fetching = null;

  async function ask() {
    last = box.value = box.value.replace(CONTROLS, "");
    question += 1;
    const mine = question;
    if (fetching) fetching.abort();
    hidePast();
    verdict.removeAttribute("aria-busy");
    const read = readCode(box.value);
    if (read.found === 0) return nothingAsked();
    if (!read.code) return show(mistyped(read));
    // The last verdict goes at once: nobody may take it for the next one.
    verdict.replaceChildren();
    verdict.setAttribute("aria-busy", "true");
    const waiting = setTimeout(() => verdict.replaceChildren(copyOf("asking")), ASKING_SHOWN_AFTER_MS);
    const answer = await fetchVerdict();
    clearTimeout(waiting);
    if (mine !== question) return;
    verdict.removeAttribute("aria-busy");
    if (answer) show(answer);
  }

  async function fetchVerdict() {
    const asked = new URLSearchParams(new FormData(form));
    fetching = new AbortController();
    const timer = setTimeout(() => fetching.abort(), ANSWER_MAX_MS);
    try {
      const response = await fetch(`/desk/verdict?${asked}`, { signal: fetching.signal, cache: "no-store", redirect: "manual" });
      if (response.headers.get("x-fragment") === "verdict") {
        const template = document.createElement("template");
        template.innerHTML = await response.text();
        return template.content;
      }
      // Signed out, or not allowed any more: the whole page leads on, and back to this question.
      if (response.type === "opaqueredirect" || response.status === 403) {
        location.assign(`/desk?${asked}`);
        return null;
      }
    } catch {
      // No network, or no answer in time: said below.
    } finally {
      clearTimeout(timer);
    }
    return unreachable();
  }

  function nothingAsked() {
    say.textContent = byId("asking").dataset.missing;
    box.focus();
  }

  // -- one verdict --

  function show(content) {
    verdict.replaceChildren(content);
    const shown = verdict.querySelector(".verdict");
    document.title = `${shown.dataset.word} - ${title}`;
    say.textContent = shown.dataset.say;
    remember(shown.dataset);
    if (!("keep" in shown.dataset)) emptyFields();
    const field = byId(shown.dataset.focus);
    field.focus();
    // In a small window, or at four times the size, the word has to be seen without scrolling.
    shown.querySelector(".head").scrollIntoView({ block: "nearest" });
    const at = Number(shown.dataset.at || 0);
    const place = at - 1 + Math.floor((at - 1) / 4);
    if (at > 0) field.setSelectionRange(place, place + 1);
    else if ("keep" in shown.dataset && !("typed" in shown.dataset)) field.select();
  }

  function unreachable() {
    const content = timed(copyOf("unreachable"));
    content.querySelector(".verdict").dataset.code = box.value;
    content.querySelector("dd.code").textContent = box.value;
    return content;
  }

  /** With the time of this question; that of the page is older. */
  function timed(content) {
    const parts = { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit" };
    content.querySelector("[data-asked-at]").textContent = timeNow(parts);
    return content;
  }

  function mistyped(read) {
    const template = byId("mistyped");
    const pattern = read.at ? template.dataset.at : template.dataset[read.kind];
    const sentence = pattern.replace("{n}", read.at || read.found).replace("{letter}", read.found);
    const content = copyOf("mistyped");
    const shown = content.querySelector(".verdict");
    shown.dataset.say = shown.dataset.say.replace(content.querySelector(".sentence").textContent, sentence);
    if (read.at) shown.dataset.at = read.at;
    content.querySelector(".sentence").textContent = sentence;
    const letters = inFours(lettersOf(box.value).slice(0, 24)).split("-");
    let place = 0;
    content.querySelector(".letters").replaceChildren(...letters.map((group) => {
      const span = document.createElement("span");
      for (const letter of group) {
        place += 1;
        const part = document.createElement(place === read.at ? "mark" : "span");
        part.textContent = letter;
        span.append(part);
      }
      return span;
    }));
    return timed(content);
  }

  function copyOf(id) {
    return byId(id).content.cloneNode(true);
  }

  // -- the fields --

  function emptyFields() {
    for (const field of [box, reference, exporter]) field.value = "";
    last = "";
    details.open = false;
  }

  function clearAll() {
    question += 1;
    if (fetching) fetching.abort();
    emptyFields();
    hidePast();
    verdict.replaceChildren();
    verdict.removeAttribute("aria-busy");
    say.textContent = "";
    document.title = title;
    box.focus();
  }

  /** Writes 4-4-4-4 while typing; the caret stays behind the letter that it was behind. */
  function format(event) {
    if (event.isComposing) return;
    const shown = verdict.querySelector(".verdict");
    if (shown) shown.classList.add("old");
    const raw = box.value.replace(CONTROLS, "");
    let letters = lettersOf(raw);
    let before = lettersOf(raw.slice(0, box.selectionStart)).length;
    // Delete in front of a hyphen means the letter behind it.
    if (event.inputType === "deleteContentForward" && letters.length === lettersOf(last).length) letters.splice(before, 1);
    if (event.inputType === "deleteContentBackward" && letters.length === lettersOf(last).length && before > 0) {
      before -= 1;
      letters.splice(before, 1);
    }
    const text = inFours(letters);
    if (text !== box.value) {
      box.value = text;
      const caret = inFours(letters.slice(0, before)).length;
      box.setSelectionRange(caret, caret);
    }
    last = text;
  }
  function openCompare() {
    const shown = verdict.querySelector(".verdict");
    // After a verdict on the code alone: the same code again, now with its declaration.
    if (box.value === "" && shown) last = box.value = shown.dataset.code;
    details.open = true;
    reference.focus();
  }

  // -- a scanner is a keyboard of US layout that types very fast --

  let run = [];
  let lastKeyAt = 0;
  let scanEnds = 0;

  function watchScanner(event) {
    if (event.key === "Shift" || event.key === "CapsLock") return;
    clearTimeout(scanEnds);
    const quick = event.timeStamp - lastKeyAt < SCAN_GAP_MS && !event.repeat;
    lastKeyAt = event.timeStamp;
    if (event.key === "Enter" || event.key === "Tab") {
      const scanned = takeScan();
      if (scanned && event.key === "Tab") {
        event.preventDefault();
        ask();
      }
      return;
    }
    const types = !event.ctrlKey && !event.altKey && !event.metaKey && (event.key.length === 1 || event.key === "Dead");
    if (!quick || !types) run = [];
    if (types) run.push(event);
    if (run.length >= SCAN_KEYS_MIN) scanEnds = setTimeout(() => takeScan() && ask(), SCAN_END_MS);
  }

  /** Puts the scanned code into the box: as it came, or by the keys that were pressed, whichever is a code. */
  function takeScan() {
    const scanned = run;
    run = [];
    if (scanned.length < SCAN_KEYS_MIN) return false;
    const typed = scanned.map((key) => (key.key.length === 1 ? key.key : "")).join("");
    const pressed = scanned.map((key) => usLetter(key.code)).join("");
    const code = codeInScan(typed) || codeInScan(pressed);
    if (!code) return false;
    box.value = inFours(Array.from(code));
    last = box.value;
    return true;
  }

  // -- the last questions, in this tab only --

  function list() {
    try {
      return JSON.parse(sessionStorage.getItem("ebirlik.past")) || [];
    } catch {
      return [];
    }
  }

  function remember({ code, word, look }) {
    if (!code) return;
    const clock = timeNow({ hour: "2-digit", minute: "2-digit" });
    const earlier = list().filter((one) => one.code !== code);
    try {
      sessionStorage.setItem("ebirlik.past", JSON.stringify([{ code, word, look, clock }, ...earlier].slice(0, PAST_MAX)));
    } catch {
      // Full or forbidden: then there is no list.
    }
  }

  function showPast() {
    const all = list();
    const hint = past.querySelector(".hint");
    hint.textContent = all.length ? hint.dataset.about : hint.dataset.none;
    past.querySelector("ul").replaceChildren(...all.map((one) => {
      const [item, button, code, word, clock] = ["li", "button", "span", "b", "time"].map((name) => document.createElement(name));
      button.type = "button";
      button.className = one.look;
      code.className = "code";
      [code.textContent, word.textContent, clock.textContent] = [one.code, one.word, one.clock];
      button.append(code, word, clock);
      button.addEventListener("click", () => {
        emptyFields();
        box.value = last = one.code;
        ask();
      });
      item.append(button);
      return item;
    }));
    past.hidden = false;
    const first = past.querySelector("button");
    if (first) first.focus();
  }

  function hidePast() {
    past.hidden = true;
  }

  function movePast(step) {
    const all = Array.from(past.querySelectorAll("button"));
    const next = all.indexOf(document.activeElement) + step;
    if (next < 0) {
      hidePast();
      box.focus();
    } else if (all[next]) {
      all[next].focus();
    }
  }

  // -- keys --

  const KEYS_OFF = "ebirlik.keys.off";
  const kept = (work) => {
    try {
      return work(localStorage);
    } catch {
      return null; // forbidden: the choice lasts as long as the page
    }
  };
  let keysOff = kept((store) => store.getItem(KEYS_OFF)) === "1";

  function toggleKeys() {
    keysOff = !keysOff;
    kept((store) => (keysOff ? store.setItem(KEYS_OFF, "1") : store.removeItem(KEYS_OFF)));
    showKeys();
    box.focus();
  }

  function showKeys() {
    const toggle = keys.querySelector("[data-do=toggle]");
    toggle.textContent = keysOff ? toggle.dataset.on : toggle.dataset.off;
    byId("tools").classList.toggle("on", !keysOff);
    keys.hidden = false;
  }

  const DOES = {
    clear: clearAll,
    past: () => (past.hidden ? showPast() : hidePast()),
    print: () => window.print(),
    toggle: toggleKeys,
  };

  function onKey(event) {
    if (event.target === box) watchScanner(event);
    const plain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.isComposing;
    if (!plain) return;
    const nowhere = event.target === document.body || event.target.id === "main";
    const inPast = past.contains(document.activeElement);
    let does = null;
    if (inPast && event.key === "Escape") does = () => movePast(-Infinity);
    else if (inPast && event.key === "ArrowUp") does = () => movePast(-1);
    else if (inPast && event.key === "ArrowDown") does = () => movePast(1);
    else if (keysOff) return;
    else if (event.key === "Escape") does = DOES.clear;
    else if (event.key === "F9") does = DOES.print;
    else if (event.key === "ArrowUp" && (nowhere || event.target === box)) does = DOES.past;
    else if (event.key === "ArrowDown" && event.target === box) does = openCompare;
    if (does) {
      event.preventDefault();
      does();
      return;
    }
    // What is typed or scanned while nothing has the focus is meant for the box.
    if (nowhere && event.key.length === 1 && event.key !== " ") {
      box.focus();
      watchScanner(event);
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    takeScan();
    ask();
  });
  box.addEventListener("input", format);
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (button) DOES[button.dataset.do]();
  });
  byId("sign-out")?.addEventListener("submit", () => sessionStorage.removeItem("ebirlik.past"));

  showKeys();
  const shown = verdict.querySelector(".verdict");
  if (shown) remember(shown.dataset);
}

if (typeof document !== "undefined") {
  const box = document.getElementById("kod");
  if (box) startDesk(box);
}
