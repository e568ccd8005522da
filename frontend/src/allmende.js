// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Comforts on top of pages that work without them. No eval, no inline code, nothing from elsewhere.

import { editor } from "./editor.js";

document.documentElement.dataset.js = "on";

for (const field of document.querySelectorAll("[data-editor]")) editor(field);

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
    button.textContent = button.dataset.done;
  });
}

for (const select of document.querySelectorAll("select[data-submit]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

const maps = document.querySelectorAll("[data-map]");
if (maps.length > 0) {
  const { draw } = await import("./map.js");
  for (const place of maps) draw(place);
}
