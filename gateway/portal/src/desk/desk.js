// The officer's desk, made quicker. Without this file the page works by itself; nothing here decides a verdict but
// typing errors, which need no register. Needs code.js and hands.js.
"use strict";

/** The present time by clocks in Türkiye, in the parts asked for. */
function timeNow(parts) {
  return new Intl.DateTimeFormat("tr-TR", { ...parts, timeZone: "Europe/Istanbul" }).format(new Date());
}

// ---- The page. ----

const ANSWER_MAX_MS = 8000; // then the officer is told that we cannot tell
const ASKING_SHOWN_AFTER_MS = 150;
const PAST_MAX = 12;

// Pitch, start and length in hertz and seconds: what is heard without looking up.
const SOUNDS = {
  "good sure": [[660, 0, 0.1], [990, 0.1, 0.16]],
  good: [[660, 0, 0.16]],
  bad: [[200, 0, 0.22], [150, 0.26, 0.4]],
  unsure: [[440, 0, 0.08], [440, 0.16, 0.08], [440, 0.32, 0.08]],
};
let speaker = null;

/** Plays a look's sound; a machine without sound stays silent. */
function play(look) {
  if (!window.AudioContext || !(look in SOUNDS)) return;
  speaker ||= new AudioContext();
  if (speaker.state === "suspended") speaker.resume();
  for (const [pitch, start, length] of SOUNDS[look]) {
    const [tone, volume] = [speaker.createOscillator(), speaker.createGain()];
    const from = speaker.currentTime + start;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.2, from);
    volume.gain.linearRampToValueAtTime(0, from + length);
    tone.connect(volume).connect(speaker.destination);
    tone.start(from);
    tone.stop(from + length);
  }
}

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
        document.dispatchEvent(new Event("session-used"));
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
    letDecide();
    document.title = `${shown.dataset.word} - ${title}`;
    say.textContent = shown.dataset.say;
    remember(shown.dataset);
    if (!soundOff.isOn()) play(shown.dataset.look);
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

  /** The officer's own decision needs the script, which keeps it. */
  function letDecide() {
    const decide = verdict.querySelector("[data-decide]");
    if (decide) decide.hidden = false;
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

  const scanner = watchScanner(box, ({ code, end }) => {
    if (!code) return false;
    box.value = last = inFours(Array.from(code));
    if (end === "Enter") return false; // which sends the form
    ask();
    return true;
  });

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

  const soundOff = choice("ebirlik.sound.off");

  function turn(what) {
    what.turn();
    showKeys();
    box.focus();
  }

  function showKeys() {
    for (const [name, what] of [["toggle", keysOff], ["sound", soundOff]]) {
      const button = keys.querySelector(`[data-do=${name}]`);
      button.textContent = what.isOn() ? button.dataset.on : button.dataset.off;
    }
    byId("tools").classList.toggle("on", !keysOff.isOn());
    showKeyNames();
    keys.hidden = false;
  }

  const DOES = {
    clear: clearAll,
    past: () => (past.hidden ? showPast() : hidePast()),
    print: () => window.print(),
    list: () => location.assign("/desk/list"),
    compare: openCompare,
    toggle: () => turn(keysOff),
    sound: () => turn(soundOff),
  };

  function onKey(event) {
    if (event.target === box) scanner.watch(event);
    const plain = !event.ctrlKey && !event.altKey && !event.metaKey && !event.isComposing;
    if (!plain) return;
    const nowhere = event.target === document.body || event.target.id === "main";
    const inPast = past.contains(document.activeElement);
    let does = null;
    if (inPast && event.key === "Escape") does = () => movePast(-Infinity);
    else if (inPast && event.key === "ArrowUp") does = () => movePast(-1);
    else if (inPast && event.key === "ArrowDown") does = () => movePast(1);
    else {
      const name = deskKey(event);
      // Keys that other fields and the page itself use mean the desk in the box alone.
      const isAnywhere = /^(F\d|Escape)/.test(event.key);
      if (name && (isAnywhere || event.target === box || (nowhere && name === "past"))) does = DOES[name];
      else if (keysOff.isOn()) return;
    }
    if (does) {
      event.preventDefault();
      does();
      return;
    }
    // What is typed or scanned while nothing has the focus is meant for the box.
    if (nowhere && event.key.length === 1 && event.key !== " ") {
      box.focus();
      scanner.watch(event);
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    scanner.take("Enter");
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
  letDecide();
}

if (typeof document !== "undefined") {
  const box = document.getElementById("kod");
  if (box) startDesk(box);
}
