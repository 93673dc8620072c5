// The process and its participants. Argument: the package.
import { args, call, show } from "./auco.mjs";

show(await call("GET", "/attachments", { query: { package: args[0] } }));
