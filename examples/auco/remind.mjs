// Reminds a signer. Arguments: the code of the document and the signer's id.
import { args, call, show } from "./auco.mjs";

show(await call("POST", "/document/reminder", { body: { code: args[0] + args[1] } }));
