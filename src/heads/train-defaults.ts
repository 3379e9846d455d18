/** How heads are trained where nobody chooses: on the command line and on the page. */
export const TRAIN_DEFAULTS = {
  strengths: [0.001, 0.01, 0.1, 1, 10],
  folds: 5,
  balance: "balanced",
  weakWeight: 0.05,
  calibration: "platt",
  /** Unlabelled windows that are taken for background. */
  background: 2000,
} as const;
