// Decides about a file. Arguments: package, participant's id, file, approve; or reject and a reason.
import { args, call, show } from "./auco.mjs";

const [packageId, userId, file, decision, reason = ""] = args;
const body = { package: packageId, userId, file, decision, reason };
show(await call("POST", "/attachments/review", { body }));
