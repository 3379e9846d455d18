/**
 * Eigenvalues and eigenvectors of a small symmetric matrix, largest first, by Jacobi's rotations (Golub and Van Loan, Matrix
 * Computations, 8.5).
 */
export function symmetricEigen(matrix: readonly Float64Array[]): { values: number[]; vectors: Float64Array[] } {
  const n = matrix.length;
  const a = matrix.map((row) => row.slice());
  const v = a.map((_, i) => Float64Array.from(a, (_, j) => (i === j ? 1 : 0)));
  const at = (i: number, j: number) => a[i]?.[j] ?? 0;
  for (let sweep = 0; sweep < 50; sweep++) {
    let [off, all] = [0, 0];
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        all += at(i, j) ** 2;
        if (i !== j) off += at(i, j) ** 2;
      }
    if (off <= 1e-30 * all) break;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        if (at(p, q) === 0) continue;
        const theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
        const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        rotate(a, p, q, c, t * c);
        for (const row of v) rotatePair(row, p, q, c, t * c);
      }
  }
  const order = a.map((_, i) => i).sort((i, j) => at(j, j) - at(i, i));
  return { values: order.map((i) => at(i, i)), vectors: order.map((i) => Float64Array.from(v, (row) => row[i] ?? 0)) };
}

/** Of both sides. */
function rotate(a: readonly Float64Array[], p: number, q: number, c: number, s: number): void {
  for (const row of a) rotatePair(row, p, q, c, s);
  const [rowP, rowQ] = [a[p] as Float64Array, a[q] as Float64Array];
  for (let j = 0; j < a.length; j++) {
    const [x, y] = [rowP[j] as number, rowQ[j] as number];
    rowP[j] = c * x - s * y;
    rowQ[j] = s * x + c * y;
  }
}

function rotatePair(row: Float64Array, p: number, q: number, c: number, s: number): void {
  const [x, y] = [row[p] as number, row[q] as number];
  row[p] = c * x - s * y;
  row[q] = s * x + c * y;
}
