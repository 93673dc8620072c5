// Sends a PDF for signature, with somebody who reads along and data of one's own.
import { readFile } from "node:fs/promises";
import { call, pdf, show } from "./auco.mjs";

const body = {
  "name": "Arriendo Calle 5",
  "email": "owner@auco.ai",
  "subject": "Firma de arriendo",
  "message": "Por favor firma el contrato.",
  "file": (await readFile(pdf)).toString("base64"),
  "custom": {
    "order": 4711
  },
  "readers": [
    {
      "name": "Lectora Uno",
      "email": "reader@auco.ai"
    }
  ],
  "signProfile": [
    {
      "name": "Nombre Firmante 1",
      "email": "example@auco.ai",
      "phone": "+573000000000",
      "position": [
        {
          "page": 1,
          "x": 0.5854166461564629,
          "y": 0.8034861200774693,
          "w": 100,
          "h": 50
        }
      ]
    },
    {
      "name": "Nombre Aprobador",
      "email": "approver@auco.ai",
      "role": "APPROVER",
      "order": "2"
    }
  ]
};
show(await call("POST", "/document/upload", { body }));
