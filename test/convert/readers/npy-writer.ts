/** One .npy file as NumPy writes it. */
export function npy(descr: string, fortran: boolean, shape: string, data: Uint8Array): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${shape}), }`;
  const padded = `${header.padEnd(128 - 10 - 1, " ")}\n`;
  return Buffer.concat([
    Buffer.from("\x93NUMPY\x01\x00", "latin1"),
    Buffer.of(padded.length, 0),
    Buffer.from(padded),
    data,
  ]);
}
