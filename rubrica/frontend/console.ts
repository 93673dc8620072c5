// What every page of the console has: the search, reached by its link, by "/" and by Ctrl-K.
import { finder } from "./console/finder.ts";

const dialog = document.getElementById("finder");
if (dialog instanceof HTMLDialogElement) {
  finder(dialog);
}
