/** A sentence of the page (`data-…` of `#words`) with its `{names}` filled in. */
export function words(name: string, values: Record<string, string> = {}): string {
  const text = document.getElementById("words")?.dataset[name] ?? "";
  return text.replace(/\{(\w+)\}/g, (_, key: string) => values[key] ?? "");
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** A number of bytes as people of the page's language read it, in the steps of 1024 that the server counts in. */
export function bytes(count: number): string {
  let unit = 0;
  while (count >= 1024 && unit < UNITS.length - 1) {
    count /= 1024;
    unit += 1;
  }
  const digits = unit > 1 && count < 100 ? 1 : 0;
  const style = { style: "unit", unit: UNITS[unit]!, unitDisplay: unit ? "short" : "long" } as const;
  const shown = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const text = new Intl.NumberFormat(document.documentElement.lang, { ...style, ...shown }).format(count);
  return text.replace("kB", "KB"); // as the server writes them: steps of 1024, not of 1000
}
