// Pictures as the pages of one PDF: the JPEGs go in as they are, each on a sheet of its own shape.

const SHORT_SIDE = 595; // points: the width of A4, so that prints come out as the paper was

interface Picture {
  bytes: Uint8Array;
  width: number;
  height: number;
}

/** Every blob must be a JPEG in colours, as canvases write them. */
export async function asPdf(jpegs: Blob[]): Promise<Blob> {
  const pictures = await Promise.all(jpegs.map(read));
  const writer = new Writer();
  const kids = pictures.map((_, at) => `${3 + 3 * at} 0 R`).join(" ");
  writer.object(1, "<< /Type /Catalog /Pages 2 0 R >>");
  writer.object(2, `<< /Type /Pages /Count ${pictures.length} /Kids [${kids}] >>`);
  pictures.forEach((picture, at) => writePage(writer, 3 + 3 * at, picture));
  return writer.end();
}

async function read(jpeg: Blob): Promise<Picture> {
  const bitmap = await createImageBitmap(jpeg);
  const { width, height } = bitmap;
  bitmap.close();
  return { bytes: new Uint8Array(await jpeg.arrayBuffer()), width, height };
}

function writePage(writer: Writer, number: number, { bytes, width, height }: Picture): void {
  const scale = SHORT_SIDE / Math.min(width, height);
  const [w, h] = [(width * scale).toFixed(2), (height * scale).toFixed(2)];
  const resources = `<< /XObject << /P ${number + 2} 0 R >> >>`;
  const page = `/Type /Page /Parent 2 0 R /MediaBox [0 0 ${w} ${h}] /Resources ${resources} /Contents ${number + 1} 0 R`;
  writer.object(number, `<< ${page} >>`);
  writer.stream(number + 1, "", new TextEncoder().encode(`q ${w} 0 0 ${h} 0 0 cm /P Do Q`));
  const colours = "/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode";
  writer.stream(number + 2, `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} ${colours}`, bytes);
}

/** Objects in the order of their numbers, and where each begins. */
class Writer {
  private readonly parts: BlobPart[] = [];
  private readonly starts: number[] = [];
  private size = 0;

  constructor() {
    this.put("%PDF-1.4\n");
    this.put(new Uint8Array([0x25, 0xe2, 0xe3, 0xcf, 0xd3, 0x0a])); // tells programs that bytes and not text follow
  }

  object(number: number, body: string): void {
    this.starts.push(this.size);
    this.put(`${number} 0 obj\n${body}\nendobj\n`);
  }

  stream(number: number, entries: string, bytes: Uint8Array): void {
    this.starts.push(this.size);
    this.put(`${number} 0 obj\n<< ${entries} /Length ${bytes.length} >>\nstream\n`);
    this.put(bytes);
    this.put("\nendstream\nendobj\n");
  }

  end(): Blob {
    const begin = this.size;
    const rows = this.starts.map((start) => `${String(start).padStart(10, "0")} 00000 n \n`).join("");
    const count = this.starts.length + 1;
    this.put(`xref\n0 ${count}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${count} /Root 1 0 R >>\n`);
    this.put(`startxref\n${begin}\n%%EOF\n`);
    return new Blob(this.parts, { type: "application/pdf" });
  }

  private put(part: string | Uint8Array): void {
    const bytes = typeof part === "string" ? new TextEncoder().encode(part) : part;
    this.parts.push(bytes as Uint8Array<ArrayBuffer>);
    this.size += bytes.length;
  }
}
