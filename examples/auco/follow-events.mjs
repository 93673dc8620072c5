// Every event behind a cursor, in order. Argument: the cursor of the last event that was seen, none at first.
import { args, call, show } from "./auco.mjs";

let after = args[0] ?? "";
while (after !== null) {
  const page = await call("GET", "/events", { query: { after, limit: 100 } });
  page.data.forEach(show); // keep event.cursor: it is where to go on the next time
  after = page.next;
}
