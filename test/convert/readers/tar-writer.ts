interface TarOptions {
  readonly type?: string;
  readonly prefix?: string;
}

/** A POSIX ustar header. */
export function tarHeader(name: string, size: number, { type = "0", prefix = "" }: TarOptions = {}): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write("0000644\0", 100);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write("        ", 148);
  header.write(type, 156, 1, "latin1");
  header.write("ustar\x0000", 257);
  header.write(prefix, 345, 155);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** A header with its contents, padded to whole blocks. */
export function tarMember(name: string, content: string | Uint8Array, options: TarOptions = {}): Buffer {
  const bytes = Buffer.from(content as Uint8Array);
  return Buffer.concat([tarHeader(name, bytes.length, options), bytes, Buffer.alloc(-bytes.length & 511)]);
}

/** Two blocks of zeros. */
export const endOfTar = Buffer.alloc(1024);
