/** Search among vectors by the kernels of assembly/vectors/: exact, and over codes of signs. It knows no runtime. */
export { CodeTable } from "./code-table.ts";
export { type CodePlan, type Codes, codeBytes, FACTS } from "./coder.ts";
export { ExactSearch, ResidentVectors } from "./exact-search.ts";
export { fingerprintOf } from "./fingerprint.ts";
export { type Examples, type Hit, MEASURES, type Measure } from "./measure.ts";
export { VectorKernels } from "./vector-kernels.ts";
