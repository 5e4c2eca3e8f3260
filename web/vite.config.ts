/// <reference types="vitest/config" />
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const WORTH_IT = 512; // bytes; below, a packet is a packet
const SMALLEST = 10_000; // bytes of a part that pages share: each is a request more before a page is there

/** Beside each asset its .br and .gz: the server sends what a browser takes, and compresses nothing itself. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    writeBundle() {
      const folder = join("dist", "assets");
      for (const name of readdirSync(folder)) {
        const path = join(folder, name);
        if (!/\.(js|css|svg)$/.test(name) || statSync(path).size < WORTH_IT) continue;
        const data = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(data, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(data, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
      }
    },
  };
}

/** A component whose styles src/mantine.ts does not name would be drawn without them. */
function stylesOfAll(): Plugin {
  return {
    name: "styles-of-all",
    apply: "build",
    generateBundle(_, bundle) {
      const files = Object.values(bundle).flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []));
      const known = new Set([...this.getModuleIds()].map((id) => /@mantine\/core\/styles\/(\w+)\.css/.exec(id)?.[1]));
      for (const id of files) {
        const name = /@mantine\/core\/.*\/(\w+)\.module\.css\.mjs$/.exec(id)?.[1];
        if (name && !known.has(name)) this.error(`src/mantine.ts lacks the styles of ${name}`);
      }
    },
  };
}

export default defineConfig({
  base: "./", // the page's <base> says where it lives
  plugins: [react(), compressed(), stylesOfAll()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    modulePreload: { polyfill: false },
    rollupOptions: {
      output: {
        assetFileNames: "assets/[name]-[hash][extname]",
        chunkFileNames: "assets/[name]-[hash].js",
        entryFileNames: "assets/[name]-[hash].js",
        experimentalMinChunkSize: SMALLEST,
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080", "/user": "http://127.0.0.1:8080", "/logout": "http://127.0.0.1:8080" } },
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "http://latchkey.test/base/" } },
    setupFiles: ["src/test/setup.ts"],
    css: false,
    testTimeout: 30_000,
    restoreMocks: true,
  },
});
