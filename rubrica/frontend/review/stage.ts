const STEPS = [1, 1.5, 2, 3, 4]; // of the width that the picture has on the page
const SHARP = 1.2; // from here on the larger picture is worth its bytes

/** A picture on a sheet that scrolls in its field; the sheet has the size of the picture as it lies there. */
export function stage(element: HTMLElement): void {
  let image = element.querySelector<HTMLImageElement>(".stage__picture")!;
  const sheet = element.querySelector<HTMLElement>(".stage__sheet");
  const percent = element.querySelector("[data-percent]");
  if (!image || !sheet) {
    return;
  }
  let step = 0;
  let turns = 0;

  const draw = () => {
    const zoom = STEPS[step]!;
    const field = sheet.parentElement!;
    const lies = turns % 2 === 1;
    const ratio = image.naturalHeight / image.naturalWidth || 1;
    const across = field.clientWidth * zoom; // of the sheet, and of the picture's height where it lies on its side
    const width = lies ? across / ratio : across;
    element.classList.toggle("is-placed", step > 0 || turns > 0);
    sheet.style.width = `${across}px`;
    sheet.style.height = `${lies ? width : width * ratio}px`;
    image.style.width = `${width}px`;
    image.style.transform = `translate(-50%, -50%) rotate(${turns * 90}deg)`;
    if (percent) {
      percent.textContent = `${Math.round(zoom * 100)} %`;
    }
    if (zoom > SHARP) {
      sharpen();
    }
    if (step === 0 && turns === 0) {
      for (const one of [sheet, image]) {
        one.removeAttribute("style");
      }
    }
  };

  /** The larger picture takes the place of the other one when it is whole; until then that one stays. */
  const sharpen = () => {
    const full = image.dataset["full"];
    if (!full) {
      return;
    }
    delete image.dataset["full"];
    const sharp = new Image();
    sharp.className = image.className;
    sharp.alt = image.alt;
    sharp.addEventListener("load", () => {
      image.replaceWith(sharp);
      image = sharp;
      draw();
    });
    sharp.src = full;
  };

  element.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-zoom], [data-turn]");
    if (!button) {
      return;
    }
    if (button.dataset["turn"] !== undefined) {
      turns = (turns + 1) % 4;
    } else {
      step = Math.min(Math.max(step + (button.dataset["zoom"] === "in" ? 1 : -1), 0), STEPS.length - 1);
    }
    draw();
  });
  window.addEventListener("resize", draw);
}
