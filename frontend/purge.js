// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Leaves out of the design system's style what no page of ours uses: rules for classes that stand in no template,
// and custom properties nothing refers to. The design system weighs 400 kB whole, what remains a tenth of it.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Every file below `folder` with one of `endings`. */
function* files(folder, endings) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!["dist", "node_modules", "__pycache__"].includes(entry.name)) yield* files(path, endings);
    } else if (endings.some((ending) => entry.name.endsWith(ending))) {
      yield path;
    }
  }
}

/** Class names the pages write; a name ending in `--` stands for all that begin so (`kern-badge--{{ kind }}`). */
function namesInUse(project) {
  const found = new Set();
  for (const folder of ["src/allmende", "frontend/src"]) {
    for (const path of files(join(project, folder), [".html", ".py", ".js"])) {
      for (const name of readFileSync(path, "utf8").match(/kern-[\w-]+/g) ?? []) found.add(name);
    }
  }
  const prefixes = [...found].filter((name) => name.endsWith("--"));
  return (name) => found.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
}

const references = (text) => [...text.matchAll(/var\(\s*(--[\w-]+)/g)].map((match) => match[1]);

/** The PostCSS plugin; `project` is the folder that holds `src/` and `frontend/`. */
export function onlyWhatPagesUse(project) {
  return {
    postcssPlugin: "only-what-pages-use",
    OnceExit(root) {
      if (!root.toString().includes("--kern-color-darkblue-025:")) return;
      const used = namesInUse(project);
      const wanted = (selector) => {
        const outside = selector.replace(/:(not|is|has|where)\([^)]*\)/g, "");
        return (outside.match(/\.kern-[\w-]+/g) ?? []).every((name) => used(name.slice(1)));
      };
      root.walkRules((rule) => {
        const kept = rule.selectors.filter(wanted);
        if (kept.length === 0) rule.remove();
        else if (kept.length < rule.selectors.length) rule.selectors = kept;
      });
      let removed = true;
      while (removed) {
        removed = false;
        const known = new Set(references(root.toString()));
        root.walkDecls(/^--kern-/, (declaration) => {
          if (!known.has(declaration.prop)) {
            declaration.remove();
            removed = true;
          }
        });
      }
      root.walk((node) => {
        if (node.type !== "comment" && node.nodes?.length === 0) node.remove();
      });
    },
  };
}
