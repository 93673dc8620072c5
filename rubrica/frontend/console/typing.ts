/** Whether a key belongs to what somebody is writing, choosing or being asked, and is no command of the page. */
export function isForSomethingElse(event: KeyboardEvent): boolean {
  const target = event.target as Element;
  const writes = target.closest("input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]");
  return event.defaultPrevented || event.isComposing || writes !== null || document.querySelector("dialog[open]") !== null;
}
