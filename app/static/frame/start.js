"use strict";
// A button beside what is to be pasted elsewhere; without a script it is selected by hand.
for (const text of document.querySelectorAll("pre[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain copy";
  button.textContent = text.dataset.copy;
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(text);
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "✓";
    } catch {
      document.execCommand("copy");
    }
  });
  text.after(button);
}
