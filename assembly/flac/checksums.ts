/** The two checksums of FLAC: RFC 9639, sections 9.1.8 and 9.3. Both begin with 0 and take the first bit first. */

const table8 = memory.data(256);
const table16 = memory.data(256 * 2, 16);

for (let byte: u32 = 0; byte < 256; byte++) {
  let short = byte;
  let long = byte << 8;
  for (let bit = 0; bit < 8; bit++) {
    short = (short << 1) ^ (short & 0x80 ? 0x107 : 0);
    long = (long << 1) ^ (long & 0x8000 ? 0x18005 : 0);
  }
  store<u8>(table8 + byte, <u8>short);
  store<u16>(table16 + 2 * byte, <u16>long);
}

/** x^8 + x^2 + x + 1 over the header. */
export function crc8(at: usize, bytes: i32): u32 {
  let crc: u32 = 0;
  for (const end = at + bytes; at < end; at++) crc = load<u8>(table8 + (crc ^ load<u8>(at)));
  return crc;
}

/** x^16 + x^15 + x^2 + 1 over the frame. */
export function crc16(at: usize, bytes: i32): u32 {
  let crc: u32 = 0;
  for (const end = at + bytes; at < end; at++) {
    crc = ((crc << 8) & 0xffff) ^ load<u16>(table16 + 2 * ((crc >> 8) ^ load<u8>(at)));
  }
  return crc;
}
