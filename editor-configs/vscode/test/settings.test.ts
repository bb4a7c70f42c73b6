import assert from "node:assert/strict";
import { test } from "node:test";
import { servedLanguages } from "../src/otherServers";
import { serverSettings } from "../src/settings";

function configuration(given: Record<string, unknown>) {
  return { get: <T>(section: string, otherwise: T) => (given[section] as T | undefined) ?? otherwise };
}

test("a language with a server of its own is left to it, its workspace symbols are not", () => {
  const served = servedLanguages((id) => ["ms-python.python", "ms-python.vscode-pylance", "golang.go"].includes(id));
  assert.deepEqual(served, ["go", "python"]);
  const { off } = serverSettings(configuration({}), served);
  assert.deepEqual(Object.keys(off), ["go", "python"]);
  assert.ok((off["python"] as string[]).includes("definition"));
  assert.ok(!(off["python"] as string[]).includes("workspaceSymbol"));
});

test("what the user says of a language counts alone", () => {
  const given = configuration({ off: { python: [], rust: true } });
  assert.deepEqual(serverSettings(given, ["python"]).off, { python: [], rust: true });
});

test("yielding can be turned off, and progress", () => {
  const given = configuration({ yieldToOthers: false, progress: false });
  assert.deepEqual(serverSettings(given, ["python"]), { off: {}, progress: false, status: true });
});
