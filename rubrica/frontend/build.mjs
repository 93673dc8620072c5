// Bundles the pages' scripts and styles into rubrica/static/build. Names carry no hash: Django's manifest storage adds it.
import { cp, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static", "build");

const options = {
  entryPoints: ["ui.ts", "signer.ts", "completing.ts", "places.ts", "sending.ts", "verify.ts", "css/app.css", "css/signer.css", "css/reference.css", "css/completing.css"].map((name) => join(here, name)),
  outdir: out,
  entryNames: "[name]",
  assetNames: "fonts/[name]",
  bundle: true,
  minify: true,
  format: "esm",
  // Phones of 2022 and later: link holders cannot be asked to update.
  target: ["chrome105", "firefox121", "safari15.4"],
  loader: { ".woff2": "file", ".woff": "empty" },
  logLevel: "info",
};

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await cp(join(here, "icons.svg"), join(out, "icons.svg"));
await cp(join(here, "favicon.svg"), join(out, "favicon.svg"));

if (process.argv.includes("--watch")) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  await esbuild.build(options);
}
