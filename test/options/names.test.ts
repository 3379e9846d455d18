import { expect, test } from "vitest";
import { namesIn } from "../../src/options/index.ts";

test.each<[string, string[]]>([
  ["", []],
  ["orca", ["orca"]],
  [" orca , ship,", ["orca", "ship", ""]],
  ['"haro, north/a.wav",b.wav', ["haro, north/a.wav", "b.wav"]],
  ['a.wav , "b,c.wav@1-2"', ["a.wav", "b,c.wav@1-2"]],
  ['"5"" gun","x"', ['5" gun', "x"]],
  // A quote within a name is a part of it.
  ['the "J" pod,K', ['the "J" pod', "K"]],
])("%s is a list of names", (given, names) => {
  expect(namesIn(given)).toEqual(names);
});
