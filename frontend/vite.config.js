// SPDX-FileCopyrightText: 2026 Allmende contributors
// SPDX-License-Identifier: EUPL-1.2
// Builds the pages' style, fonts and enhancements into the Python package, with hashed names and a manifest.

import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { onlyWhatPagesUse } from "./purge.js";

const here = dirname(fileURLToPath(import.meta.url));

export default defineConfig({
  root: here,
  base: "./",
  publicDir: false,
  css: { postcss: { plugins: [onlyWhatPagesUse(resolve(here, ".."))] } },
  build: {
    outDir: resolve(here, "../src/allmende/webkit/static/dist"),
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        allmende: resolve(here, "src/allmende.js"),
        style: resolve(here, "src/style.css"),
      },
    },
  },
});
