// Builds the front end into `dist/`: every file under `dist/assets/` carries a hash of its content in its name, and
// `dist/manifest.json` maps plain names to them (`"app.js": "assets/app-AB12CD34.js"`).
//
// The worker is built before the pages because they name it, and it names the WASM files: nobody asks the server where
// anything is. `MOCK=1` puts the fixture of the browser tests in the place of the WASM module.

import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const assets = join(here, "dist/assets");
const mock = process.env.MOCK === "1";
const manifest = {};

rmSync(join(here, "dist"), { recursive: true, force: true });
mkdirSync(assets, { recursive: true });

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: ["es2023", "chrome120", "firefox121", "safari17.5"],
  outdir: assets,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  legalComments: "none",
  loader: { ".yaml": "text" },
  logLevel: "warning",
};

/** Copies a file under its hashed name and returns that name. */
function copyHashed(path) {
  const hash = createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 8).toUpperCase();
  const extension = extname(path);
  const name = `${basename(path, extension)}-${hash}${extension}`;
  copyFileSync(path, join(assets, name));
  manifest[basename(path)] = `assets/${name}`;
  return name;
}

/** Runs esbuild and writes down what its entry points became. */
async function bundle(options) {
  const result = await build({ ...common, ...options });
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    if (output.entryPoint) {
      const plain = basename(output.entryPoint).replace(/\.ts$/, ".js");
      manifest[plain] = `assets/${basename(path)}`;
    }
  }
}

const mockWasm = {
  name: "mock-wasm",
  setup(plugin) {
    const fixture = resolve(here, "../tests/browser/fixtures/playground_wasm.ts");
    plugin.onResolve({ filter: /^\.\/module\.js$/ }, () => ({ path: fixture }));
  },
};

const wasm = join(here, "generated/playground_wasm_bg.wasm");
if (!mock && !existsSync(wasm)) {
  console.error("generated/playground_wasm_bg.wasm is not there: run `cargo xtask build`, or set MOCK=1 for the fixture.");
  process.exit(1);
}
const wasmName = mock ? "no-wasm-in-the-fixture" : copyHashed(wasm);
// A debug build is one part.
const rest = join(here, "generated/playground_wasm_rest.wasm");
const restName = !mock && existsSync(rest) ? copyHashed(rest) : "";

await bundle({
  entryPoints: ["src/worker/worker.ts"],
  define: { WASM_FILE: JSON.stringify(wasmName), WASM_REST_FILE: JSON.stringify(restName) },
  plugins: mock ? [mockWasm] : [],
});

await bundle({ entryPoints: ["css/app.css", "css/time.css"] });
await bundle({
  entryPoints: ["src/app.ts", "src/playground.ts", "src/lesson.ts"],
  splitting: true,
  define: { WORKER_FILE: JSON.stringify(basename(manifest["worker.js"])), TIME_STYLE: JSON.stringify(basename(manifest["time.css"])) },
});
await bundle({ entryPoints: ["src/theme.ts"], format: "iife" });

for (const icon of readdirSync(join(here, "icons"))) copyHashed(join(here, "icons", icon));

const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(join(here, "dist/manifest.json"), `${JSON.stringify(sorted, null, 2)}\n`);
