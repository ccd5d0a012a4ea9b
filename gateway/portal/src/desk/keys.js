// The keys of the desk, changed by pressing others; kept in this browser. Needs hands.js.
"use strict";

function startKeys(section) {
  const said = section.querySelector("[role=status]");
  const turn = section.querySelector("[data-turn]");
  let chosen = null; // the button of the key that is being changed

  function choose(button) {
    chosen?.removeAttribute("aria-pressed");
    chosen = button;
    chosen?.setAttribute("aria-pressed", "true");
  }

  function show(sentence) {
    said.textContent = sentence;
    turn.textContent = keysOff.isOn() ? turn.dataset.on : turn.dataset.off;
    showKeyNames();
  }

  section.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button === turn) {
      keysOff.turn();
      show("");
    } else if ("first" in button.dataset) {
      changeKeys(null);
      show(said.dataset.changed);
    } else {
      choose(button);
      show(said.dataset.press);
    }
  });

  section.addEventListener("keydown", (event) => {
    if (!chosen || event.key === "Tab" || event.key === "Shift") return choose(null);
    event.preventDefault();
    const name = chosen.dataset.change;
    const other = Object.keys(KEYS_FIRST).find((one) => one !== name && deskKeys()[one] === event.key);
    if (!FIT_KEY.test(event.key) || event.ctrlKey || event.altKey || event.metaKey) return show(said.dataset.unfit);
    if (other) return show(said.dataset.taken);
    changeKeys({ ...deskKeys(), [name]: event.key });
    choose(null);
    return show(said.dataset.changed);
  });

  section.querySelector("[data-keys]").hidden = false;
  show("");
}

startKeys(document.getElementById("own-keys"));
