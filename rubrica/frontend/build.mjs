// Bundles the pages' scripts and styles into rubrica/static/build. Names carry no hash: Django's manifest storage adds it.
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static", "build");

const options = {
  entryPoints: ["ui.ts", "signer.ts", "completing.ts", "places.ts", "sending.ts", "verify.ts", "console.ts", "review.ts", "passkeys.ts", "css/app.css", "css/signer.css", "css/reference.css", "css/completing.css", "css/styleguide.css"].map((name) => join(here, name)),
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
  await showThemesAndStates();
}

/** /styleguide shows both themes beside each other, and hovered and focused things that nobody touches: made from the pages' own rules. */
async function showThemesAndStates() {
  const css = await readFile(join(out, "app.css"), "utf8");
  const tokens = [...css.matchAll(/:root\{([^}]*)\}/g)].map((found) => found[1]);
  const rules = [`.theme-light{${tokens[0]};color-scheme:light}`, `.theme-dark{${tokens[1]};color-scheme:dark}`];
  for (const [, selector, body] of css.matchAll(/([^{}]*:(?:hover|focus(?!-within))[^{}]*)\{([^{}]*)\}/g)) {
    const shown = selector.replaceAll(":hover", ':is([data-shows="hover"] *)').replaceAll(/:focus(-visible)?(?!-)/g, ':is([data-shows="focus"] :is(a, button, input, select, textarea, summary))');
    rules.push(`${shown}{${body}}`);
  }
  await writeFile(join(out, "styleguide.css"), rules.join("\n"), { flag: "a" });
}
