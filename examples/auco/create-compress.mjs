// Starts a process whose PDF comes in a second request, with checks of each person of their own.
import { call, pdf, show, upload } from "./auco.mjs";

const body = {
  "name": "Prueba de Anexos Compress y validaciones individuales",
  "email": "owner@auco.ai",
  "message": "Cargar adjuntos de prueba",
  "subject": "Solicitud de adjuntos",
  "packageName": "Adjuntos api prueba 2",
  "signProfile": [
    {
      "type": "firmante1",
      "name": "Nombre Firmante 1",
      "email": "example@auco.ai",
      "camera": true,
      "otpCode": true,
      "options": {
        "camera": "identification",
        "video": true,
        "whatsapp": true,
        "otpCode": "email"
      },
      "phone": "+573000000000",
      "identification": "1084340519",
      "identificationType": "CC",
      "country": "CO",
      "files": [
        {
          "name": "cedula de ciudadanía"
        },
        {
          "name": "hoja de vida"
        },
        {
          "name": "pasaporte",
          "optional": true
        }
      ]
    },
    {
      "type": "firmante2",
      "name": "Nombre Firmante 2",
      "email": "example2@auco.ai",
      "phone": "+573000000000",
      "otpCode": true,
      "options": {
        "otpCode": "email"
      },
      "files": [
        {
          "name": "certificado"
        }
      ]
    }
  ],
  "compress": true
};
const answer = await call("POST", "/package/upload", { body });
await upload(answer.url, pdf); // at once: the address is good for a few seconds, and once
show(answer);
