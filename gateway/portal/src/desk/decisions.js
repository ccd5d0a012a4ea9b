// The officer's own decision on a grey verdict: kept in this browser, and sent as soon as the register can be reached.
// Needs hands.js.
"use strict";

const DECISIONS = "ebirlik.decisions";
const DECISIONS_MAX = 500; // a day without the register; the newest are kept
const SEND_EVERY_MS = 30 * 1000;

function startDecisions(waiting) {
  // While the register cannot be reached the page does not know who asks: then it is who asked before in this tab.
  const known = document.getElementById("session")?.dataset.user;
  const officer = known || kept(() => sessionStorage.getItem("ebirlik.officer")) || "";
  if (known) kept(() => sessionStorage.setItem("ebirlik.officer", known));
  const token = document.querySelector("#sign-out [name=token]")?.value;
  let sending = false;

  const list = () => kept((store) => JSON.parse(store.getItem(DECISIONS))) || [];

  function save(all) {
    kept((store) => store.setItem(DECISIONS, JSON.stringify(all.slice(-DECISIONS_MAX))));
    const own = all.filter((one) => one.by === officer).length;
    waiting.textContent = own ? waiting.dataset.waits.replace("{n}", own) : "";
  }

  async function send() {
    if (sending || !known || !token) return;
    sending = true;
    for (const one of list().filter((other) => other.by === officer)) {
      const { by, ...told } = one;
      const body = new URLSearchParams({ ...told, token });
      const answer = await fetch("/desk/decisions", { method: "POST", body, redirect: "manual" }).catch(() => null);
      // Noted, or never to be: anything else is tried again.
      if (answer?.status !== 204 && answer?.status !== 422) break;
      save(list().filter((other) => other.at !== one.at || other.by !== by));
    }
    sending = false;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-decide]");
    if (!form) return;
    event.preventDefault();
    const { code } = form.closest(".verdict").dataset;
    const decision = new FormData(form).get("decision");
    const said = form.querySelector("[role=status]");
    said.textContent = decision ? said.dataset.kept : said.dataset.missing;
    if (!decision) return;
    save([...list(), { by: officer, code, decision, note: form.elements.note.value.trim(), at: Date.now() }]);
    form.querySelector("button").disabled = true;
    send();
  });
  addEventListener("online", send);
  document.addEventListener("session-used", send);
  setInterval(() => list().length && send(), SEND_EVERY_MS);
  save(list());
  send();
}

startDecisions(document.getElementById("waiting"));
