// What pages are better with: parts of a page are renewed without a reload, menus close as people expect, a form is
// sent once. Every page is whole without this file.
"use strict";

// A list renews itself: links and forms within it fetch their address and put the new part in the place of the old.
const partOf = (node) => node.closest("[data-part]");
let shown = location.pathname + location.search;

async function renew(part, address, keep) {
  part.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { headers: { "x-part": part.id } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(part.id);
    if (answer.redirected || !fresh) return location.assign(address);
    document.dispatchEvent(new Event("session-used"));
    part.replaceWith(fresh);
    document.title = page.title;
    if (keep) history.pushState(null, "", address);
    shown = location.pathname + location.search;
    return undefined;
  } catch {
    return location.assign(address);
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-part] a[href]");
  const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (link && plain && !link.hasAttribute("download") && link.pathname === location.pathname && !link.hash) {
    event.preventDefault();
    renew(partOf(link), link.href, true);
  }
  for (const open of document.querySelectorAll("details.menu[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.menu[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "get" && partOf(form)) {
    event.preventDefault();
    const filled = [...new FormData(form)].filter(([, value]) => value !== "");
    renew(partOf(form), `${form.action}?${new URLSearchParams(filled)}`, true);
  } else if (form.method === "post") {
    // A second press sends nothing twice; the way back makes the form whole again.
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  }
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
addEventListener("popstate", () => {
  const part = document.querySelector("[data-part]");
  // A way to another place of the same page is no way back.
  if (part && shown !== location.pathname + location.search) renew(part, location.href, false);
});

// What is chosen to be paid, summed up while it is chosen. The check page tells it again, with and without script.
const lira = (kurus, language) =>
  `${new Intl.NumberFormat(language, { minimumFractionDigits: 2 }).format(kurus / 100)} TL`;

function sumUp(form) {
  const running = form.querySelector("output[data-sum]");
  if (!running) return;
  const chosen = [...form.querySelectorAll("[data-kurus]:checked")];
  const kurus = chosen.reduce((sum, box) => sum + Number(box.dataset.kurus), 0);
  const said = running.dataset.sum.replace("{n}", String(chosen.length));
  running.textContent = said.replace("{sum}", lira(kurus, document.documentElement.lang));
  running.hidden = chosen.length === 0;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-kurus]")) sumUp(event.target.form);
});
addEventListener("pageshow", () => document.querySelectorAll("form").forEach(sumUp));

// What has to be typed elsewhere can be copied, where browsers allow it.
if (navigator.clipboard) {
  for (const text of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = text.dataset.label;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text.dataset.copy);
      button.textContent = text.dataset.done;
    });
    text.after(" ", button);
  }
}
