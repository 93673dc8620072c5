// Every process of the organization, newest first, a line each.
import { call, show } from "./auco.mjs";

let after = "";
while (after !== null) {
  const page = await call("GET", "/processes", { query: { after, limit: 100 } });
  page.data.forEach(show);
  after = page.next;
}
