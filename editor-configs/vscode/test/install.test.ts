import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { install, ways } from "../src/install";
import { folder, script } from "./files";

const PATHS: Record<string, string> = { uv: "/bin/uv", pipx: "/bin/pipx", python3: "/bin/python3" };

test("every way has an environment of its own", async () => {
  const found = await ways("codeindex-sidecar==1.0", "/env", async (program) => PATHS[program]);
  assert.deepEqual(found.map((one) => one.steps), [
    [["/bin/uv", "tool", "install", "--force", "codeindex-sidecar==1.0"]],
    [["/bin/pipx", "install", "--force", "codeindex-sidecar==1.0"]],
    [
      ["/bin/python3", "-m", "venv", "--clear", "/env"],
      ["/env/bin/python", "-m", "pip", "install", "--upgrade", "codeindex-sidecar==1.0"],
    ],
  ]);
  assert.equal(found[0]?.detail, "as a tool of yours, on your path: tool install --force codeindex-sidecar==1.0");
});

test("what is not there is not offered", async () => {
  assert.deepEqual(await ways("x", "/env", async () => undefined), []);
  const found = await ways("x", "/env", async (program) => (program === "pipx" ? "/bin/pipx" : undefined));
  assert.deepEqual(found.map((one) => one.label), ["Install with pipx"]);
});

test("the steps run in order, what they say is logged, and a failure ends them", async () => {
  const place = folder();
  const lines: string[] = [];
  const good = script(place, "good", `echo "said $1"; touch ${place}/did`);
  const bad = script(place, "bad", "echo why >&2; exit 3");
  const never = script(place, "never", `touch ${place}/went-on`);
  const way = { label: "", detail: "", steps: [[good, "this"], [bad], [never]] };
  await assert.rejects(install(way, (line) => lines.push(line), new AbortController().signal), /bad +ended with 3/);
  assert.deepEqual(lines, [`> ${good} this`, "said this", `> ${bad}`, "why"]);
  assert.ok(existsSync(join(place, "did")));
  assert.ok(!existsSync(join(place, "went-on")));
});

test("it can be cancelled", async () => {
  const aborter = new AbortController();
  const slow = script(folder(), "slow", "echo begun; exec sleep 60");
  const way = { label: "", detail: "", steps: [[slow]] };
  const done = install(way, (line) => line === "begun" && aborter.abort(), aborter.signal);
  await assert.rejects(done, { name: "AbortError" });
});
