// Cancels documents; the answer says of which it could not. Arguments: the codes.
import { args, call, show } from "./auco.mjs";

const body = { codes: args, message: "La oferta fue retirada.", email: "owner@auco.ai" };
show(await call("POST", "/document/cancel", { body }));
