// A stack of codes, scanned one after the other: each on a line of its own, whatever the scanner sends behind it.
// Without this file the page works by itself. Needs code.js and hands.js.
"use strict";

function startList(field) {
  const counted = document.getElementById("counted");

  function count() {
    const lines = field.value.split("\n").filter((line) => line.trim() !== "").length;
    counted.textContent = lines ? counted.dataset.count.replace("{n}", lines) : "";
  }

  const scanner = watchScanner(field, ({ code, before }) => {
    if (!code) return false;
    const head = before.text.slice(0, before.from);
    const line = `${head && !head.endsWith("\n") ? "\n" : ""}${inFours(Array.from(code))}\n`;
    field.value = head + line + before.text.slice(before.to);
    const caret = head.length + line.length;
    field.setSelectionRange(caret, caret);
    field.scrollTop = field.scrollHeight;
    count();
    return true;
  });

  field.addEventListener("keydown", scanner.watch);
  field.addEventListener("input", count);
  document.addEventListener("keydown", (event) => {
    const does = { list: () => location.assign("/desk"), print: () => window.print() }[deskKey(event)];
    if (!does) return;
    event.preventDefault();
    does();
  });
  document.getElementById("print")?.addEventListener("click", () => window.print());
  showKeyNames();
  count();
}

startList(document.getElementById("codes"));
