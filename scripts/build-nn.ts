/**
 * Compiles the inference kernels, assembly/nn/, twice: with relaxed SIMD and with plain SIMD. At -O2, not -O3: that
 * reorders the unrolled chains of the matrix products so that V8 runs out of registers (1.3 to 1.4 times slower).
 */
import { main } from "assemblyscript/asc";

for (const target of ["relaxed", "simd"]) {
  const { error, stderr } = await main(["--config", "asconfig.nn.json", "--target", target]);
  if (error) {
    process.stderr.write(stderr.toString());
    process.exit(1);
  }
}
