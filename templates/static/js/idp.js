// What pages gain with scripts. Everything works without this file: whatever needs it starts hidden.
"use strict";

const SLOW_AFTER_MS = 1000;
const ASK_EVERY_MS = 3000;
const ASK_TIMES = 20;

function announce(id, words) {
  const status = document.getElementById(id);
  if (status) status.textContent = words;
}

// Show and hide a password. It hides again on submit, so that browsers never keep it as plain text.
for (const button of document.querySelectorAll("[data-reveals]")) {
  const field = document.getElementById(button.dataset.reveals);
  const turn = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? button.dataset.hide : button.dataset.show;
    button.setAttribute("aria-label", shown ? button.dataset.hideLabel : button.dataset.showLabel);
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    turn(shown);
    announce(field.id + "-status", shown ? button.dataset.shown : button.dataset.hidden);
  });
  field.form.addEventListener("submit", () => turn(false));
}

// On a narrow screen the row of places moves sideways: it begins with the place that one is at in sight.
document.querySelector(".places [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center", behavior: "instant" });

// Copy a code. The clipboard exists only on secure origins and loopback.
for (const button of document.querySelectorAll("[data-copies]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent.trim());
    announce(button.dataset.copies + "-status", button.dataset.copied);
    button.textContent = button.dataset.copied;
  });
}

for (const button of document.querySelectorAll("[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A form is sent once, and says so when the answer takes more than a second.
const slow = document.querySelector("[data-slow]");
const sent = new WeakSet();
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (sent.has(form)) return event.preventDefault();
    sent.add(form);
    setTimeout(() => { if (sent.has(form)) slow.textContent = slow.dataset.slow; }, SLOW_AFTER_MS);
  });
}
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.querySelectorAll("form").forEach((form) => sent.delete(form));
  slow.textContent = "";
});

// Whoever reloads a form that came back with an error, or comes back to it, gets the form: what was typed is not sent again.
for (const form of document.querySelectorAll("form[method=post]")) {
  // Not form.action: that is the button of this name.
  if (form.getAttribute("action") === location.pathname) history.replaceState(null, "", location.href);
}

// Ask how a mail is doing, until it has left or a minute has passed.
const delivery = document.querySelector("[data-asks]");
if (delivery && delivery.dataset.state !== "sent") {
  const ask = async (left) => {
    try {
      const answer = await fetch(delivery.dataset.asks, { redirect: "error" });
      const state = (await answer.json()).delivery;
      if (state !== delivery.dataset.state && delivery.dataset[state]) {
        delivery.dataset.state = state;
        delivery.textContent = delivery.dataset[state];
      }
    } catch {
      // Offline, or the sign-in went on in another tab: the page says what it said.
    }
    if (left > 1 && delivery.dataset.state !== "sent") setTimeout(ask, ASK_EVERY_MS, left - 1);
  };
  setTimeout(ask, ASK_EVERY_MS, ASK_TIMES);
}

// Browsers skip `autofocus` when the address has a fragment, and old ones on anything but fields.
if (location.hash || !("autofocus" in HTMLElement.prototype)) document.querySelector("[data-focus]")?.focus();

// The menu closes as menus do.
for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
