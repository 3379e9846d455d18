/** Heads: small classifiers on embeddings. Their file, training, judging, running, events. */
export { CALIBRATIONS, type Calibration, isotonic, logistic, platt, probability } from "./calibration.ts";
export { type AuditedBand, type CallDensity, callDensity } from "./density.ts";
export { EventRule } from "./event-rule.ts";
export { EventStage, type Happening, type ScoredWindow } from "./events.ts";
export { type ClassCounts, countsOf, type Examples, type FitOptions, UNKNOWN } from "./examples.ts";
export { falseWindows, timeOf } from "./false-windows.ts";
export { type Fit, fitAll, type Problem } from "./fit.ts";
export { foldsOf, GROUPINGS, type Grouping, LEAST_GROUPS, tooFew } from "./folds.ts";
export {
  checkClasses,
  HEAD_FORMAT,
  type Head,
  type HeadClass,
  headText,
  hopliteText,
  MOST_HEAD_BYTES,
  MOST_HEADS,
  parseHead,
} from "./head.ts";
export {
  backgroundHours,
  type Judged,
  type JudgedClass,
  type JudgedSite,
  type Judgement,
  judge,
  type ThresholdWish,
  thresholdFor,
} from "./judge.ts";
export { Logits } from "./logits.ts";
export {
  averagePrecision,
  calibrationError,
  meanOfNumbers,
  type OperatingPoint,
  operatingPoints,
  type ReliabilityBin,
  ranked,
  reliability,
  rocAuc,
} from "./metrics.ts";
export { BANDS, bandsOf, diverse, fromBands, NEXT_BY, type NextBy, uncertain } from "./next.ts";
export { noiseOf } from "./noise.ts";
export { headFileName, isHeadFile, operatorsHead } from "./operators.ts";
export { Embeddings } from "./products.ts";
export {
  noiseIn,
  noisesAt,
  probabilityOf,
  type RunningClass,
  type RunningOptions,
  runningClasses,
} from "./running-head.ts";
export { type ScoreRule, scoreRules } from "./score-rule.ts";
export {
  type HeadEvent,
  type HeadFacts,
  type HeadScores,
  HeadStage,
  type LoadedHead,
  type RunningModel,
} from "./stage.ts";
export {
  fitOutOfFold,
  judged,
  probabilitiesOf,
  type TrainedClass,
  type Training,
  type TrainOptions,
  train,
} from "./train.ts";
export { TRAIN_DEFAULTS } from "./train-defaults.ts";
export { judgementSummary, outOfFoldOf } from "./training-judged.ts";
export { isBackground, labelFor } from "./window-labels.ts";
