// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2

/**
 * The text field for SQL: Ctrl+Enter asks, Enter keeps the indentation, and the names of data sets beside it are inserted where
 * the cursor stands. The Tab key is left alone: it moves on, as everywhere.
 */
export function editor(field) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      field.form.requestSubmit();
      return;
    }
    const line = field.value.slice(0, field.selectionStart).split("\n").at(-1);
    const indent = line.match(/^ +/)?.[0];
    if (indent) {
      event.preventDefault();
      field.setRangeText(`\n${indent}`, field.selectionStart, field.selectionEnd, "end");
    }
  });
  for (const button of document.querySelectorAll("[data-insert]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
      field.focus();
    });
  }
}
