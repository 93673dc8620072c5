// What one participant has delivered. Arguments: the package and the participant's id.
import { args, call, show } from "./auco.mjs";

show(await call("GET", "/attachments", { query: { package: args[0], userId: args[1] } }));
