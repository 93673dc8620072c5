// Passkeys: a form with `data-passkey="create"` or `"get"` asks the browser for one, puts what it says into the form's
// field `credential`, and sends the form. The server's options are in `data-options`, or at `data-options-from`.
import { toast } from "./ui/toast.ts";

type Json = Record<string, unknown>;

function bytes(text: string): ArrayBuffer {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

function text(buffer: ArrayBuffer | null): string | undefined {
  if (!buffer) {
    return undefined;
  }
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function described(list: unknown): PublicKeyCredentialDescriptor[] {
  return ((list ?? []) as (Json & { id: string; type: "public-key" })[]).map((one) => ({ ...one, id: bytes(one.id) }));
}

async function made(options: Json): Promise<PublicKeyCredential> {
  const told = options as Json & { challenge: string; user: Json & { id: string } };
  const publicKey = {
    ...told,
    challenge: bytes(told.challenge),
    user: { ...told.user, id: bytes(told.user.id) },
    excludeCredentials: described(told["excludeCredentials"]),
  } as unknown as PublicKeyCredentialCreationOptions;
  return (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
}

async function got(options: Json): Promise<PublicKeyCredential> {
  const told = options as Json & { challenge: string };
  const publicKey = {
    ...told,
    challenge: bytes(told.challenge),
    allowCredentials: described(told["allowCredentials"]),
  } as unknown as PublicKeyCredentialRequestOptions;
  return (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
}

function written(credential: PublicKeyCredential): Json {
  const response = credential.response;
  const told: Json = { clientDataJSON: text(response.clientDataJSON) };
  if (response instanceof AuthenticatorAttestationResponse) {
    told["attestationObject"] = text(response.attestationObject);
    told["transports"] = response.getTransports?.() ?? [];
  } else if (response instanceof AuthenticatorAssertionResponse) {
    told["authenticatorData"] = text(response.authenticatorData);
    told["signature"] = text(response.signature);
    told["userHandle"] = text(response.userHandle);
  }
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: told,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function options(form: HTMLFormElement): Promise<Json> {
  const address = form.dataset["optionsFrom"];
  if (!address) {
    return JSON.parse(form.dataset["options"] ?? "{}") as Json;
  }
  const answer = await fetch(address, { headers: { "X-Requested-With": "XMLHttpRequest", Accept: "application/json" } });
  if (!answer.ok) {
    throw new Error(String(answer.status));
  }
  return ((await answer.json()) as { request_options: Json }).request_options;
}

async function ask(form: HTMLFormElement, field: HTMLInputElement): Promise<void> {
  const publicKey = (await options(form))["publicKey"] as Json;
  const credential = form.dataset["passkey"] === "create" ? await made(publicKey) : await got(publicKey);
  field.value = JSON.stringify(written(credential));
  form.submit();
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-passkey]")) {
  const field = form.elements.namedItem("credential");
  if (!window.PublicKeyCredential || !(field instanceof HTMLInputElement)) {
    continue;
  }
  form.hidden = false;
  const button = form.querySelector("button");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    button?.setAttribute("aria-busy", "true");
    ask(form, field).catch(() => {
      button?.removeAttribute("aria-busy");
      toast(form.dataset["failed"] ?? "");
    });
  });
}
