// Builds the islands into dist/: files with hashes in their names under assets/, each beside its brotli; the service
// worker; and `entries`, which tells build.rs of crates/dtm what a page has to load.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import { type Plugin, build, defineConfig } from "vite";
import { formLibrary } from "./build/library.ts";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");

/** Writes `entries`, builds the service worker with the list of files it keeps, compresses everything. */
function finish(): Plugin {
  const lines: string[] = [];
  return {
    name: "finish",
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== "chunk" || !file.isEntry) continue;
        lines.push(`script ${file.name} ${file.fileName}`);
        const styles = (file as { viteMetadata?: { importedCss: Set<string> } }).viteMetadata?.importedCss ?? [];
        for (const other of file.imports) lines.push(`also ${file.name} ${other}`);
        for (const style of styles) lines.push(`style ${file.name} ${style}`);
      }
    },
    async writeBundle() {
      writeFileSync(join(dist, "entries"), `${lines.sort().join("\n")}\n`);
      const names = readdirSync(join(dist, "assets")).sort();
      const of = createHash("sha256").update(names.join("\n")).digest("hex").slice(0, 12);
      await build({
        root,
        configFile: false,
        logLevel: "warn",
        publicDir: false,
        define: { __FILES__: JSON.stringify(names.map((name) => `/assets/${name}`)), __BUILD__: JSON.stringify(of) },
        build: {
          outDir: dist,
          emptyOutDir: false,
          target: "es2022",
          rollupOptions: {
            input: join(root, "src/worker/worker.ts"),
            output: { format: "iife", entryFileNames: "worker.js" },
          },
        },
      });
      const brotli = promisify(brotliCompress);
      const files = [...names.map((name) => join(dist, "assets", name)), join(dist, "worker.js")];
      await Promise.all(
        files.map(async (file) => {
          const bytes = readFileSync(file);
          const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
          writeFileSync(`${file}.br`, await brotli(bytes, { params }));
        }),
      );
    },
  };
}

export default defineConfig({
  root,
  publicDir: false,
  plugins: [formLibrary(root), finish()],
  define: {
    __VUE_OPTIONS_API__: "true",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
  },
  base: "/",
  logLevel: "warn",
  build: {
    outDir: dist,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4000,
    reportCompressedSize: false,
    rollupOptions: {
      checks: { pluginTimings: false },
      input: { fill: join(root, "src/fill/main.ts"), review: join(root, "src/review/main.ts") },
      output: {
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});
