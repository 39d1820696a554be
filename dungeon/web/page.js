// The address of the game and the size of letters, before textual.js asks for them when all of the
// page is loaded.
const terminal = document.getElementById("terminal");
terminal.dataset.sessionWebsocketUrl = location.origin.replace(/^http/, "ws") + "/ws";
terminal.dataset.fontSize = new URLSearchParams(location.search).get("fontsize") || "16";
for (const button of document.querySelectorAll(".again")) {
  button.addEventListener("click", () => location.reload());
}

// textual.js marks the body when the game draws for the first time: from then on keys are for it.
new MutationObserver((_, observer) => {
  const keys = terminal.querySelector("textarea");
  if (keys && document.body.classList.contains("-first-byte")) {
    keys.focus();
    observer.disconnect();
  }
}).observe(document.body, { attributes: true, attributeFilter: ["class"] });
