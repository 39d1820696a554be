// The address of the game and the size of letters, before textual.js asks for them when all of the
// page is loaded.
const terminal = document.getElementById("terminal");
terminal.dataset.sessionWebsocketUrl = location.origin.replace(/^http/, "ws") + "/ws";
terminal.dataset.fontSize = new URLSearchParams(location.search).get("fontsize") || "16";
for (const button of document.querySelectorAll(".again")) {
  button.addEventListener("click", () => location.reload());
}
