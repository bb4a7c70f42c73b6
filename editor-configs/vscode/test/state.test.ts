import assert from "node:assert/strict";
import { test } from "node:test";
import { label, lines, tooltip } from "../src/state";

const DONE = { root: "/a/one", complete: true, indexedFiles: 3, totalFiles: 3, pendingFiles: 0, failedFiles: 1 };
const HALF = { root: "/a/two", complete: false, indexedFiles: 40, totalFiles: 90, pendingFiles: 50, failedFiles: 0 };

test("the label tells what is still to be done", () => {
  assert.equal(label("running", [DONE]), "$(check) codeindex");
  assert.equal(label("running", [DONE, HALF, { ...HALF, root: "/b" }]), "$(sync~spin) codeindex 80/180");
  assert.equal(label("running", []), "$(circle-outline) codeindex");
  assert.equal(label("missing", [DONE]), "$(cloud-download) codeindex");
  assert.equal(label("broken", [DONE]), "$(warning) codeindex");
});

test("the tooltip tells of every folder", () => {
  assert.equal(
    tooltip("running", [DONE, HALF]),
    "one: 3 of 3 files, 1 failed, complete\ntwo: 40 of 90 files, indexing",
  );
  assert.match(tooltip("missing", []), /install/);
});

test("a status in words", () => {
  const folder = { ...DONE, symbols: 12, languages: { python: 3 }, problems: [] };
  assert.deepEqual(lines({ daemon: { version: "1", pid: 7, uptime: 2 }, folders: [folder] }), [
    "one: 3 of 3 files, 1 failed, complete, 12 symbols",
    "daemon 1, pid 7",
  ]);
  assert.deepEqual(lines({ error: "no daemon" }), ["no daemon"]);
  assert.deepEqual(lines({ daemon: null, folders: [] }), []);
});
