// A document, its status and its signers. Argument: the code.
import { args, call, show } from "./auco.mjs";

show(await call("GET", "/document", { query: { code: args[0] } }));
