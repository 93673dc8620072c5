// The review inbox by keyboard, and its pictures larger, smaller and turned. Each key presses what is on the page.
import { keys } from "./review/keys.ts";
import { stage } from "./review/stage.ts";

keys();
document.querySelectorAll<HTMLElement>(".stage").forEach(stage);
