import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { locate } from "../src/locate";
import { folder, script } from "./files";

const VERSION = 'echo "codeindex 1.2.3"';

function nowhere() {
  return { configured: "", path: "", home: folder(), environment: folder() };
}

test("what is on the path comes first", async () => {
  const [first, second, places] = [folder(), folder(), nowhere()];
  script(second, "codeindex", "echo codeindex 9");
  const file = script(first, "codeindex", VERSION);
  mkdirSync(join(places.environment, "bin"));
  script(join(places.environment, "bin"), "codeindex", "echo codeindex 9");
  const found = await locate({ ...places, path: `/not/there:${first}:${second}` });
  assert.deepEqual(found, { file, version: "1.2.3" });
});

test("an editor's short path hides neither uv's and pipx's commands nor our own environment", async () => {
  for (const [place, at] of [["home", ".local/bin"], ["environment", "bin"]] as const) {
    const places = nowhere();
    const bin = join(places[place], at);
    mkdirSync(bin, { recursive: true });
    const file = script(bin, "codeindex", VERSION);
    assert.equal((await locate(places))?.file, file);
  }
});

test("a folder or a plain file of that name is no command", async () => {
  const [one, two] = [folder(), folder()];
  mkdirSync(join(one, "codeindex"));
  writeFileSync(join(two, "codeindex"), "");
  assert.equal(await locate({ ...nowhere(), path: `${one}:${two}` }), undefined);
});

test("the user's own path counts alone, and is named if it does not run", async () => {
  const places = { ...nowhere(), path: folder() };
  script(places.path, "codeindex", VERSION);
  await assert.rejects(locate({ ...places, configured: "/not/there" }), /\/not\/there does not run/);
  const broken = script(folder(), "codeindex", "echo no interpreter >&2; exit 1");
  await assert.rejects(locate({ ...places, configured: broken }), /does not run: .*\n?.*no interpreter/s);
});
