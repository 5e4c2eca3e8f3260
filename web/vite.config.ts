/// <reference types="vitest/config" />
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const WORTH_IT = 512; // bytes; below, a packet is a packet
const AT_ONCE = /\/src\/(boot|pages|api\/(client|early))\.ts$|preload-helper|index\.html/;
const LATER =
  /Dialog|\/src\/tokens\/(dialogs|fields)|OpenMenu|CopyButton|notifications\/esm\/(?!notifications\.store)|@mantine\/form|floating-ui|transition-group|\/(Modal|ModalBase|Menu|Popover|Portal|Overlay|FocusTrap|ScrollArea|Tabs|Notification)\//;
const RARE =
  /\/src\/pages\/|react-number-format|\/(NumberInput|PasswordInput|Switch|Radio|Pill\w*|Combobox|Select|MultiSelect|Textarea|SimpleGrid)\/|autosize/;
const OF_NATIVE_SELECT = /ComboboxChevron|Combobox\.module|get-parsed-combobox-data/;

/**
 * In few parts, for each is a request more: what begins; what every page is drawn with; what it takes to open
 * something, which comes while nobody waits; and each page. What only some pages need goes with them.
 */
function partOf(id: string): string | undefined {
  if (AT_ONCE.test(id)) return "boot";
  if (RARE.test(id) && !OF_NATIVE_SELECT.test(id)) return undefined;
  return LATER.test(id) ? "later" : "app";
}

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
      const files = Object.values(bundle).flatMap((chunk) => (chunk.type === "chunk" ? Object.keys(chunk.modules).filter((id) => chunk.modules[id]?.renderedLength) : []));
      const known = new Set([...this.getModuleIds()].map((id) => /@mantine\/core\/styles\/(\w+)\.css/.exec(id)?.[1]));
      for (const id of files) {
        const name = /@mantine\/core\/.*\/(\w+)\.module\.css\.mjs$/.exec(id)?.[1];
        if (name && !known.has(name)) this.error(`src/mantine.ts lacks the styles of ${name}`);
      }
    },
  };
}

/** src/boot.ts asks for the application as it runs; the browser may know of it, and of its styles, before. */
function fetchedEarly(): Plugin {
  return {
    name: "fetched-early",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle }) {
        const main = Object.values(bundle ?? {}).find((chunk) => chunk.type === "chunk" && chunk.moduleIds.some((id) => id.endsWith("/src/main.tsx")));
        if (main?.type !== "chunk" || main.imports.length > 1)
          throw new Error(`what every page is drawn with is in more than one part, see partOf: ${String(main?.type === "chunk" && main.imports)}`);
        const link = (attrs: Record<string, string>) => ({ tag: "link", attrs, injectTo: "head" as const });
        const styles = [...(main.viteMetadata?.importedCss ?? [])];
        return [
          ...[main.fileName, ...main.imports].map((name) => link({ rel: "modulepreload", crossorigin: "", href: `./${name}` })),
          ...styles.map((name) => link({ rel: "stylesheet", crossorigin: "", href: `./${name}` })),
        ];
      },
    },
  };
}

export default defineConfig({
  base: "./", // the page's <base> says where it lives
  plugins: [react(), compressed(), stylesOfAll(), fetchedEarly()],
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
        manualChunks: partOf,
        onlyExplicitManualChunks: true,
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
