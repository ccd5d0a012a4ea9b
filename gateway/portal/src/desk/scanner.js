// Tries a scanner with the three printed barcodes, and says what it does and what to set. Needs code.js and hands.js.
"use strict";

const SLOW_MS = 300; // a hand is slower, a badly set scanner is not

function startTrial(field) {
  const said = document.getElementById("said");
  const outcome = document.getElementById("outcome");
  const rows = Array.from(document.querySelectorAll("[data-holds]"));
  const seen = new Map();

  /** Whether what came holds a text, in capitals and digits alone: signs and case may differ, they do no harm. */
  const holds = (came, text) => came.toUpperCase().replace(/[^0-9A-Z]/g, "").includes(text);

  function took(scan) {
    field.value = "";
    const row = rows.find((one) => [scan.typed, scan.pressed].some((came) => holds(came, one.dataset.holds)));
    const last = document.getElementById("came");
    last.textContent = last.dataset.came.replace("{text}", scan.typed);
    if (row) {
      seen.set(row, scan);
      row.querySelector("[data-state]").textContent = row.dataset.read;
      row.classList.add("good");
    }
    judge(row);
    return true;
  }

  function judge(row) {
    const scans = rows.map((one) => [one.dataset.holds, seen.get(one)]).filter(([, scan]) => scan);
    const every = (test) => scans.every(([text, scan]) => test(scan, text));
    const { set } = said.dataset;
    const told = [];
    if (!row) told.push(said.dataset.unread);
    if (!every((scan) => scan.gap < SCAN_GAP_MS)) told.push(said.dataset.slow);
    if (!every((scan) => scan.end === "Enter")) told.push(said.dataset.enter);
    const byKeys = every((scan, text) => holds(scan.pressed, text));
    const asTyped = every((scan, text) => holds(scan.typed, text));
    if (scans.length === rows.length && !byKeys && !asTyped) told.push(said.dataset.layout);
    said.replaceChildren(...told.map((sentence) => {
      const item = document.createElement("li");
      item.textContent = sentence;
      return item;
    }));
    const done = scans.length === rows.length && every((scan) => scan.gap < SCAN_GAP_MS) && (byKeys || asTyped);
    outcome.className = `whole ${done ? "good" : "warn"}`;
    outcome.textContent = done ? outcome.dataset.good : told.length ? set : outcome.dataset.more;
    if (done) kept((store) => store.setItem(READ_BY, byKeys ? "pressed" : "typed"));
  }

  const scanner = watchScanner(field, took, SLOW_MS);
  field.addEventListener("keydown", scanner.watch);
  field.form.addEventListener("submit", (event) => event.preventDefault());
  field.form.hidden = false;
  field.focus();
}

startTrial(document.getElementById("trial"));
