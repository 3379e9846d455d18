import { expect, test } from "vitest";
import { hydrophonesFrom } from "../../src/live/index.ts";

test("HYDROPHONES: a playlist or a node by name, with what listeners may know of it", () => {
  expect(hydrophonesFrom(undefined).size).toBe(0);
  expect(hydrophonesFrom(" ").size).toBe(0);
  const found = hydrophonesFrom(
    JSON.stringify({
      lab: { title: "Lab", place: "Haro Strait", node: "https://bucket.example/rpi_lab", hosts: ["cdn.example"] },
      dock: { url: "http://127.0.0.1:8080/live.m3u8" },
    }),
  );
  expect([...found.values()]).toEqual([
    {
      name: "lab",
      title: "Lab",
      place: "Haro Strait",
      source: { url: "https://bucket.example/rpi_lab", kind: "node", hosts: ["cdn.example"] },
    },
    { name: "dock", title: "dock", source: { url: "http://127.0.0.1:8080/live.m3u8", kind: "url", hosts: [] } },
  ]);
});

test.each([
  ["{", /HYDROPHONES cannot be used/],
  ["[]", /HYDROPHONES cannot be used/],
  ['{"a": {"title": "A"}}', /a: needs either url or node/],
  ['{"a": {"url": "https://x/y", "node": "https://x/z"}}', /a: needs either url or node/],
  ['{"a": {"url": "file:///etc/passwd"}}', /a\.url: must be an address that begins with https/],
  ['{"A b": {"url": "https://x/y"}}', /names are small letters/],
  ['{"a": {"url": "https://x/y", "secret": 1}}', /secret/],
  ['{"a": {"url": "https://x/y", "hosts": ["https://z/"]}}', /must be host names/],
])("%s is refused with the place and the reason", (setting, message) => {
  expect(() => hydrophonesFrom(setting)).toThrow(message);
});
