// What a module's exported functions return, read from its binary: a JavaScript number does not say its type.

const KINDS = new Map([[0x7f, 'i32'], [0x7e, 'i64'], [0x7d, 'f32'], [0x7c, 'f64']]);
const SECTION = { type: 1, import: 2, function: 3, export: 7 };
const FUNCTION = 0;

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  byte() {
    return this.bytes[this.at++];
  }
  number() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }
  name() {
    const length = this.number();
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }
  list(item) {
    return Array.from({ length: this.number() }, () => item(this));
  }
}

function section(module, id) {
  const reader = new Reader(module);
  reader.at = 8;
  while (reader.at < module.length) {
    const found = reader.byte();
    const size = reader.number();
    if (found === id) return new Reader(module.subarray(reader.at, reader.at + size));
    reader.at += size;
  }
  return new Reader(Uint8Array.of(0));
}

const kind = (reader) => KINDS.get(reader.byte()) ?? 'unknown';

/** The types of what the exported function `name` returns, for a module whose function of that name was called. */
export function resultTypes(module, name) {
  const { index } = section(module, SECTION.export)
    .list((reader) => ({ name: reader.name(), kind: reader.byte(), index: reader.number() }))
    .find((entry) => entry.kind === FUNCTION && entry.name === name);
  const imported = importedTypes(section(module, SECTION.import));
  const own = section(module, SECTION.function).list((reader) => reader.number());
  const types = section(module, SECTION.type).list((reader) => {
    reader.byte();
    reader.list(kind);
    return reader.list(kind);
  });
  return types[[...imported, ...own][index]];
}

// The types of imported functions. Go imports nothing else; anything else ends the reading with an error.
function importedTypes(reader) {
  return reader.list(() => {
    const name = `${reader.name()}.${reader.name()}`;
    if (reader.byte() !== FUNCTION) throw new Error(`the import ${name} is no function`);
    return reader.number();
  });
}
