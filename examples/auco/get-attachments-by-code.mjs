// The same by the code of the document. Arguments: the code and the participant's id.
import { args, call, show } from "./auco.mjs";

show(await call("GET", "/attachments", { query: { code: args[0], userId: args[1] } }));
