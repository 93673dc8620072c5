// The same with the pictures of identity checks. Argument: the code.
import { args, call, show } from "./auco.mjs";

show(await call("GET", "/document", { query: { code: args[0], image: "true" } }));
