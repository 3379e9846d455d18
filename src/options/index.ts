/**
 * Every option of results, declared once: what it takes, what holds without it, what it means and what it decides. Queries,
 * OpenAPI, the command line, its help, the docs' tables and what a resumed run compares are made from it.
 */
export { ANY_CHOICE, type Choices, chosenEngine } from "./choices.ts";
export { type Control, controls, wordsOf } from "./controls.ts";
export { HEAD_FILES, HEADS } from "./heads.ts";
export { back } from "./live.ts";
export { FORMATS, type Format, type Layout, type Made, type MadeHeads, SINKS, type Sink } from "./made.ts";
export { checkModel } from "./models.ts";
export { model, models, NET } from "./net.ts";
export {
  choice,
  namesIn,
  type Option,
  type OptionSet,
  option,
  present,
  type QueryOf,
  someOf,
  text,
  type ValuesOf,
  whole,
} from "./option.ts";
export { BUNDLE, EMBEDDINGS, HYDROPHONE } from "./queries.ts";
export { readOptions, type Texts, type Words } from "./read.ts";
export { type Declared, FILE_TIMES, RAW, rawFormat, TIMES } from "./recording.ts";
export { embedOptions } from "./request.ts";
export { format, RECORDS, TABLES, thumbnail } from "./result.ts";
export { schemaOf } from "./schema.ts";
export { difference, formatSettings, modelSettings, type Settings } from "./settings.ts";
