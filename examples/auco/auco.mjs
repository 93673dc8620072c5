// The few lines that every Node example shares.
import { openAsBlob } from "node:fs";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";

const RUBRICA = process.env.RUBRICA ?? "http://127.0.0.1:8000";
const given = process.argv[2];
export const args = process.argv.slice(2);
export const pdf = given?.endsWith(".pdf") ? given : fileURLToPath(new URL("sample.pdf", import.meta.url));

/** The answer's JSON. Ends the program with the code word when Rubrica says no. */
export async function call(method, path, { body, query = {} } = {}) {
  const headers = {
    Authorization: process.env[method === "GET" ? "PUBLIC_KEY" : "PRIVATE_KEY"],
    "Content-Type": "application/json",
  };
  if (method !== "GET") headers["Idempotency-Key"] = randomUUID();
  const url = `${RUBRICA}/v1.5/ext${path}?${new URLSearchParams(query)}`;
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) {
    console.error(`${answer.status} ${await answer.text()}`);
    process.exit(1);
  }
  return answer.json();
}

/** Sends a file to the address that an answer gave, without reading it into memory. */
export async function upload(url, path) {
  const body = await openAsBlob(path, { type: "application/pdf" });
  const answer = await fetch(url, { method: "PUT", body });
  return answer.json();
}

export const show = (answer) => console.log(JSON.stringify(answer));
