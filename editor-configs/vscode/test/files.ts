// Small executables for the tests, in a folder that is removed at the end.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** A folder of the test's own. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "codeindex-test-"));
  after(() => rmSync(path, { recursive: true }));
  return path;
}

/** A shell script in a folder; returns its path. */
export function script(place: string, name: string, body: string): string {
  const path = join(place, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return path;
}
