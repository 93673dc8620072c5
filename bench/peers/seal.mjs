// The job of bench/seal_runs.py done by other libraries: six stamps with a drawing and three lines, two more pages, one
// RSA-2048 signature. Prints the median CPU of some rounds, once the engine is warm, as JSON.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { P12Signer, PDF } from "@libpdf/core";
import { pdflibAddPlaceholder } from "@signpdf/placeholder-pdf-lib";
import { P12Signer as NodeSigner } from "@signpdf/signer-p12";
import { SignPdf } from "@signpdf/signpdf";
import { PDFDocument } from "pdf-lib";

const [peer, source] = process.argv.slice(2);
const folder = dirname(source);
const input = readFileSync(source);
const image = readFileSync(join(folder, "signature.png"));
const audit = readFileSync(join(folder, "evidence.pdf"));
const p12 = readFileSync(join(folder, "peers.p12"));
const places = [[0, 165, 42], [0, 445, 42], [0, 165, 126], [1, 445, 126], [1, 177, 421], [1, 165, 252]];
const lines = ["Firmante", "2026-11-12 12:00:00 UTC", "CODEDOCUM0A1"];

function stamp(page, drawing, [, x, y]) {
  page.drawImage(drawing, { x, y: y + 18, width: 96, height: 32 });
  lines.forEach((line, index) => page.drawText(line, { x, y: y + 12 - 6 * index, size: 5 }));
}

async function libpdf() {
  const pdf = await PDF.load(new Uint8Array(input));
  const drawing = await pdf.embedImage(new Uint8Array(image));
  const pages = pdf.getPages();
  for (const place of places) stamp(pages[place[0]], drawing, place);
  const more = await PDF.load(new Uint8Array(audit));
  await pdf.copyPagesFrom(more, [0, 1]);
  const signer = await P12Signer.create(new Uint8Array(p12), "bench");
  const signed = await pdf.sign({ signer, reason: "bench" });
  writeFileSync(join(folder, "libpdf.sealed"), signed.bytes ?? signed);
}

async function pdfLib() {
  const pdf = await PDFDocument.load(input);
  const drawing = await pdf.embedPng(image);
  const pages = pdf.getPages();
  for (const place of places) stamp(pages[place[0]], drawing, place);
  const more = await PDFDocument.load(audit);
  for (const page of await pdf.copyPages(more, [0, 1])) pdf.addPage(page);
  pdflibAddPlaceholder({ pdfDoc: pdf, reason: "bench", contactInfo: "", name: "bench", location: "" });
  const prepared = Buffer.from(await pdf.save({ useObjectStreams: false }));
  const signed = await new SignPdf().sign(prepared, new NodeSigner(p12, { passphrase: "bench" }));
  writeFileSync(join(folder, "pdf-lib.sealed"), signed);
}

const run = { libpdf, "pdf-lib": pdfLib }[peer];
const large = input.length > 10_000_000; // what is to be done counts more there than how warm the engine is
for (let round = 0; round < (large ? 2 : 20); round++) await run();
const took = [];
for (let round = 0; round < (large ? 3 : 9); round++) {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  took.push((user + system) / 1000);
}
took.sort((one, other) => one - other);
console.log(JSON.stringify({ ms: took[took.length >> 1], grown_mb: 0 }));
