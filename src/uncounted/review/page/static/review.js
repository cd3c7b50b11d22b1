// Keys for what the buttons and links do; without this script the page works by clicking.
"use strict";
(() => {
  const settled = performance.now() + 250; // a key pressed twice must not decide a pair that nobody has seen
  let sent = false;
  const note = document.querySelector("[data-note]");

  // On a keyboard set to Cyrillic, Arabic or Greek the key where S is still means S.
  const letter = (event) => {
    const typed = event.key.toLowerCase();
    if (/^[a-z]$/.test(typed)) return typed;
    return /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : "";
  };

  document.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) sent = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const typing = event.target.matches("textarea, input");
    if (typing) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.repeat || sent || performance.now() < settled) return;
    if (note && letter(event) === "n") {
      event.preventDefault();
      note.focus();
      return;
    }
    const wanted = letter(event);
    const found = [...document.querySelectorAll("[data-key]")].find(
      (one) => (wanted && one.dataset.key === wanted) || one.dataset.arrow === event.key,
    );
    if (found) {
      event.preventDefault();
      found.click();
    }
  });
})();
